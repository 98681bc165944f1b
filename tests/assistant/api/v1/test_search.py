"""Passages for a question."""

import pytest


def search(api, **asked):
    return api().client.post("/v1/search", json=asked)


def test_the_passage_that_answers_comes_first_with_its_place(api):
    told = search(api, query="How much annual leave is there?").json()
    assert told["answerable"] is True
    first = told["data"][0]
    assert "25 days" in first["text"]
    assert (first["title"], first["location"]["heading"]) == ("Leave", "Leave")
    assert first["end"] - first["start"] == len(first["text"])


def test_a_collection_that_is_not_there_holds_nothing(api):
    told = search(api, query="leave", collections=["none"]).json()
    assert (told["data"], told["answerable"]) == ([], False)


@pytest.mark.parametrize("fields", [{}, {"query": ""}, {"query": "a", "k": 0}, {"query": "a", "k": 10**6}])
def test_what_cannot_be_searched_is_refused(api, fields):
    assert search(api, **fields).status_code == 400
