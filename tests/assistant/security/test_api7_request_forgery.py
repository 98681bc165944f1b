"""OWASP API7:2023, server-side request forgery, and requests that another site makes a visitor's browser send."""

import time

import gradio as gr
import pytest
from starlette.testclient import TestClient

from assistant import server
from assistant.ui.documents_tab import DocumentsTab

INSIDE = ["http://127.0.0.1:1/", "http://localhost/admin", "http://169.254.169.254/latest/meta-data/", "http://[::1]/"]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Cookie": "apprentice=x"},
]
UNSAFE = ["/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/call/ask", "/signin", "/signout", "/account"]


@pytest.mark.parametrize("address", [*INSIDE, "file:///etc/passwd", "ftp://example.com/x"])
def test_a_web_page_inside_of_the_network_or_a_file_is_not_fetched(assistant, clicks, address):
    documents = DocumentsTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        documents.build()
    with clicks("anna"):
        assistant.limits._spent.clear()
        documents._fetch(address, None, None)
        for _ in range(200):
            (job,) = [job for job in assistant.library.ingestion.progress() if job.name == address]
            if job.ended:
                break
            time.sleep(0.05)
    assert job.state == "failed"
    assert job.reason


@pytest.fixture(scope="module")
def client(assistant):
    return TestClient(server.application(assistant, "127.0.0.1", 7860), base_url="http://127.0.0.1:7860")


@pytest.mark.parametrize("path", UNSAFE)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Cookie": "apprentice=x"},
        {"Origin": "null"},
    ],
)
def test_what_another_site_makes_a_browser_send_is_refused_on_every_path_that_changes_something(client, path, headers):
    answer = client.post(path, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
