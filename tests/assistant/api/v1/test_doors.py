"""What is turned away before it is read."""

import pytest

HOST = {"Host": "127.0.0.1:7860"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://127.0.0.1.evil.example:7860"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/models", "/v1/documents", "/v1/openapi.json", "/v1/nothing"])
def test_a_page_of_another_site_is_refused(api, headers, path):
    answer = api().client.get(path, headers=HOST | headers)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "cross_site"


def test_a_page_of_another_site_can_neither_ask_nor_add_nor_remove(api):
    asked = api()
    elsewhere = HOST | {"Origin": "https://evil.example"}
    assert asked.client.post("/v1/chat/completions", content="{}", headers=elsewhere).status_code == 403
    assert asked.client.post("/v1/documents", files={"file": ("a.md", b"# A")}, headers=elsewhere).status_code == 403
    assert asked.client.delete("/v1/documents/1", headers=elsewhere).status_code == 403
    assert asked.model.asked == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:7860"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "chat.example", "Origin": "https://chat.example"},
    ],
)
def test_programs_and_pages_of_this_server_are_let_in(api, headers):
    assert api().client.get("/v1/models", headers=HOST | headers).status_code == 200


def test_a_body_that_says_it_is_too_large_is_not_read(api):
    answer = api().client.post("/v1/search", content=b"{}", headers={"Content-Length": "10000001"})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


def test_a_body_that_grows_too_large_is_read_no_further(api):
    sent = []

    def growing():
        for _ in range(100):
            sent.append(1)
            yield b" " * 1_000_000

    answer = api().client.post("/v1/search", content=growing(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["error"]["message"].startswith("the body has more than 10,000,000 bytes")


def test_a_length_that_is_no_number_is_refused(api):
    answer = api().client.post("/v1/search", content=b"{}", headers={"Content-Length": "-5"})
    assert answer.status_code == 413


def test_an_upload_may_be_as_large_as_the_largest_file_that_is_read_and_no_larger(api):
    asked = api()
    most = asked.assistant.settings.knowledge.file_megabytes * 2**20
    for length, status in ((most, 400), (most + 200_000, 413)):
        headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(length)}
        assert asked.client.post("/v1/documents", content=b"--x--", headers=headers).status_code == status
