"""Documents added, listed and removed by programs."""

import pytest

from assistant.api.v1.documents import plain


def upload(asked, text="# Canteen\n\nThe canteen opens at noon.\n", name="canteen.md", **fields):
    return asked.client.post("/v1/documents", files={"file": (name, text.encode())}, data=fields)


def remove(asked, document_id):
    assert asked.client.delete(f"/v1/documents/{document_id}").status_code == 200


def test_a_document_that_is_added_can_be_found_listed_and_removed(api):
    asked = api()
    added = upload(asked)
    assert added.status_code == 201
    told = added.json()
    assert (told["title"], told["source"], told["collection"], told["state"]) == (
        "Canteen", "canteen.md", "default", "ready",
    )  # fmt: skip
    assert told["id"] in [one["id"] for one in asked.client.get("/v1/documents").json()["data"]]
    assert asked.client.get(f"/v1/documents/{told['id']}").json() == told
    found = asked.client.post("/v1/search", json={"query": "When does the canteen open?"}).json()["data"]
    assert found[0]["document_id"] == told["id"]
    assert asked.client.delete(f"/v1/documents/{told['id']}").json()["deleted"] is True
    assert asked.client.get(f"/v1/documents/{told['id']}").status_code == 404


def test_a_document_of_a_collection_is_listed_with_it_alone(api):
    asked = api()
    document = upload(asked, collection="kitchen").json()["id"]
    listed = asked.client.get("/v1/documents", params={"collection": "kitchen"}).json()["data"]
    assert [one["id"] for one in listed] == [document]
    assert asked.client.get("/v1/documents", params={"collection": "none"}).json()["data"] == []
    remove(asked, document)


def test_what_the_caller_may_not_read_is_to_them_as_if_it_were_not_there(api):
    owner = api()
    secret = upload(owner, "# Merger\n\nThe merger is in May.\n", "merger.md", collection="board").json()["id"]
    ben = api(user="ben")
    assert secret not in ben.client.get("/v1/documents").text
    for method in ("GET", "DELETE"):
        closed, missing = (ben.client.request(method, f"/v1/documents/{one}") for one in (secret, "nothing"))
        assert closed.status_code == missing.status_code == 404
        assert closed.json() == missing.json()
    found = ben.client.post("/v1/search", json={"query": "When is the merger?", "collections": ["board"]}).json()
    assert found["data"] == []
    assert api(user="carl").client.get(f"/v1/documents/{secret}").status_code == 200
    remove(owner, secret)


def test_who_may_read_but_not_change_a_collection_is_told_so(api):
    owner, carl = api(), api(user="carl")
    secret = upload(owner, "# Merger\n\nThe merger is in May.\n", "merger.md", collection="board").json()["id"]
    assert carl.client.delete(f"/v1/documents/{secret}").status_code == 403
    assert upload(carl, collection="board").status_code == 403
    remove(owner, secret)


def test_a_kind_of_file_that_is_not_read_is_refused_with_the_reason(api):
    answer = upload(api(), "MZ\x90\0\x03\0\0\0", "program.exe")
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "unsupported_format"


def test_a_request_without_a_file_is_refused_by_name(api):
    answer = api().client.post("/v1/documents", data={"collection": "default"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "file"


@pytest.mark.parametrize("name", [" x", "a\nb", "a" * 65, "a\0"])
def test_a_name_that_will_not_do_for_a_collection_is_refused(api, name):
    answer = upload(api(), collection=name)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "collection"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("C:\\docs\\plan.docx", "plan.docx"),
        ("a\0b\n.md", "ab.md"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("x" * 300 + ".md", "x" * 197 + ".md"),
        ("räder.md", "räder.md"),
        ("odd.a b", "odd.a b"),
    ],
)
def test_the_name_of_a_file_leads_nowhere(given, kept):
    assert plain(given) == kept
