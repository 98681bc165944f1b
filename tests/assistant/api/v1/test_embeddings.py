"""Texts as vectors."""

import base64
import math
import struct

import pytest


def embed(api, **asked):
    return api().client.post("/v1/embeddings", json=asked)


def test_each_text_has_a_vector_of_unit_length_in_its_place(api):
    told = embed(api, input=["annual leave", "a car"]).json()
    assert [row["index"] for row in told["data"]] == [0, 1]
    for row in told["data"]:
        assert len(row["embedding"]) == 384
        assert math.isclose(math.hypot(*row["embedding"]), 1, abs_tol=1e-3)


def test_vectors_are_those_of_the_passages_encoder(api):
    told = embed(api, input="annual leave").json()["data"][0]["embedding"]
    assert told == pytest.approx(api().assistant.library.embed(["annual leave"])[0])


def test_vectors_in_base64_are_floats_of_32_bits(api):
    plain, packed = (embed(api, input="leave", encoding_format=form).json()["data"][0] for form in ("float", "base64"))
    unpacked = struct.unpack("<384f", base64.b64decode(packed["embedding"]))
    assert unpacked == pytest.approx(plain["embedding"], abs=1e-6)


def test_the_tokens_of_all_texts_are_counted(api):
    used = embed(api, input=["one two", "three"]).json()["usage"]
    assert used == {"prompt_tokens": 3, "total_tokens": 3}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"input": [1, 2, 3]}, "check_embedding_ctx_length"),
        ({"input": [[1, 2], [3]]}, "send text"),
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["a"] * 300}, "input"),
        ({"input": "a", "dimensions": 5}, "384"),
        ({"input": "a", "encoding_format": "int8"}, "encoding_format"),
    ],
)
def test_what_cannot_be_embedded_is_refused_in_one_line(api, fields, named):
    answer = embed(api, **fields)
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


def test_an_encoder_that_is_not_there_is_not_found(api):
    assert embed(api, input="a", model="text-embedding-3-small").status_code == 404
