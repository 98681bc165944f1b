"""What is sent to the model hub: what was said before and nothing of what people wrote."""

import base64
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from huggingface_hub import constants

from finetune.errors import BadInput
from finetune.results import hub, merging


class Hub(BaseHTTPRequestHandler):
    """A double of the hub that takes one model; it keeps what it was sent."""

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers["Authorization"]))
        if self.path == "/api/repos/create":
            self.server.created = json.loads(sent)
            self._answer({"url": f"{self.server.address}/company/short"})
        elif self.path == "/api/validate-yaml":
            self._answer({"warnings": [], "errors": []})
        elif "/preupload/" in self.path:
            files = [{**file, "uploadMode": "regular", "shouldIgnore": False} for file in json.loads(sent)["files"]]
            self._answer({"files": files})
        else:
            rows = [json.loads(line) for line in sent.splitlines()]
            files = [row["value"] for row in rows if row["key"] == "file"]
            self.server.files = {file["path"]: base64.b64decode(file["content"]) for file in files}
            self._answer({"commitUrl": f"{self.server.address}/company/short/commit/1", "commitOid": "1"})

    def do_GET(self):
        self._answer({"id": "company/short", "private": self.server.private})

    def log_message(self, *arguments):
        """Stay silent."""

    def _answer(self, row):
        body = json.dumps(row).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server(monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        server.address = f"http://127.0.0.1:{server.server_port}"
        server.asked, server.files, server.private, server.status = [], {}, True, 200
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reach(monkeypatch, server.address)
        yield server
        server.shutdown()


def reach(monkeypatch, address):
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_the_files_that_were_named_arrive_and_no_others(server, make, settings):
    adapter = make()
    (adapter.path / "sheet.jsonl").write_text('{"answer": "what somebody wrote"}')
    with hub.parcel(settings, adapter) as parcel:
        assert hub.send(parcel, "company/short") == f"{server.address}/company/short"
        assert {name: len(content) for name, content in server.files.items()} == parcel.files
    assert set(server.files) == {"README.md", "adapter_config.json", "adapter_model.safetensors"}
    assert server.created["name"] == "short"
    assert ("/api/models/company/short/commit/main", "Bearer hf_test") in server.asked


def test_neither_the_card_nor_a_path_of_this_machine_is_sent(server, make, settings):
    with hub.parcel(settings, make()) as parcel:
        hub.send(parcel, "company/short")
    text = (server.files["README.md"] + server.files["adapter_config.json"]).decode()
    assert settings.model not in text
    assert str(settings.home) not in text


def test_merged_weights_are_sent_as_a_model_that_loads_by_itself(make, settings):
    with hub.parcel(settings, make(), merged=True) as parcel:
        assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"} <= set(parcel.files)
        assert "adapter_config.json" not in parcel.files


def test_a_model_that_was_trained_whole_is_sent_whole_without_being_asked(make, settings, tmp_path):
    adapter = make()
    whole = merging.merge(settings, adapter, tmp_path / "whole")
    with hub.parcel(settings, replace(adapter, path=whole.folder)) as parcel:
        assert {"config.json", "model.safetensors", "README.md"} <= set(parcel.files)


def test_a_repository_is_private_unless_told_otherwise(server, make, settings):
    with hub.parcel(settings, make()) as parcel:
        hub.send(parcel, "company/short")
        assert "private" in json.dumps(server.created)
        hub.send(parcel, "company/short", private=False)
        assert '"private": true' not in json.dumps(server.created)


def test_nothing_goes_into_a_repository_that_is_open_to_all_unless_that_was_said(server, make, settings):
    server.private = False
    with hub.parcel(settings, make()) as parcel, pytest.raises(hub.HubRefused, match="open to all"):
        hub.send(parcel, "company/short")
    assert server.files == {}


@pytest.mark.parametrize(("status", "reason"), [(401, "token is not valid"), (403, "may not write there")])
def test_what_the_hub_refuses_is_told_in_one_line(status, reason, server, make, settings):
    server.status = status
    with hub.parcel(settings, make()) as parcel, pytest.raises(hub.HubRefused, match=reason) as caught:
        hub.send(parcel, "company/short")
    assert "\n" not in str(caught.value)


def test_without_a_token_nothing_is_asked_of_the_hub(server, make, settings, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    with hub.parcel(settings, make()) as parcel, pytest.raises(BadInput, match="set HF_TOKEN"):
        hub.send(parcel, "company/short")
    assert server.asked == []


def test_a_hub_that_cannot_be_reached_is_told_in_one_line(make, settings, monkeypatch):
    reach(monkeypatch, "http://127.0.0.1:9")
    with hub.parcel(settings, make()) as parcel, pytest.raises(hub.HubRefused, match="cannot be reached") as caught:
        hub.send(parcel, "company/short")
    assert "\n" not in str(caught.value)


def test_where_the_network_is_forbidden_nothing_is_sent(server, make, settings, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with hub.parcel(settings, make()) as parcel, pytest.raises(hub.HubRefused, match="unset it to send"):
        hub.send(parcel, "company/short")
    assert server.asked == []


def test_a_name_that_the_hub_does_not_know_is_told(server, make, settings):
    with hub.parcel(settings, make()) as parcel, pytest.raises(BadInput, match="cannot name a repository"):
        hub.send(parcel, "a//b")
