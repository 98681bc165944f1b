"""Passages fit the encoder, keep to headings and pages, and are the text itself."""

import random
import string
from itertools import pairwise

import pytest

from knowledge.chunking import embedded_text, split
from knowledge.documents import Content, Location, Section
from knowledge.loaders.formats import load


def pieces_of(encoder, data, limit=220, name="a.md"):
    content = load(name, data.encode())
    return content, split(content, content.title, encoder.tokenize, limit)


def tokens(encoder, content, piece):
    return len(encoder.tokenize([embedded_text(piece.lead, content.text[piece.start : piece.end])])[0]) + 2


def test_each_section_is_a_passage_of_its_own(encoder):
    said = "Here is one sentence that says enough to stand alone, whatever is around it."
    content, pieces = pieces_of(encoder, f"# Book\n\n{said}\n\n## One\n\n{said}\n\n## Two\n\n{said}\n")
    assert [piece.location.heading for piece in pieces] == ["Book", "One", "Two"]
    assert {content.text[piece.start : piece.end] for piece in pieces} == {said}


def test_tiny_sections_under_one_parent_are_joined(encoder):
    content, pieces = pieces_of(encoder, "# Book\n\n## A\n\nYes.\n\n## B\n\nNo.\n")
    assert [content.text[piece.start : piece.end] for piece in pieces] == ["## A\n\nYes.\n\n## B\n\nNo."]


def test_tiny_sections_of_different_parents_stay_apart(encoder):
    _, pieces = pieces_of(encoder, "# Book\n\n## A\n\n### A1\n\nYes.\n\n## B\n\n### B1\n\nNo.\n")
    assert [piece.location.heading for piece in pieces] == ["A > A1", "B > B1"]


def test_a_passage_never_crosses_a_page(encoder):
    content = Content(
        "one\n\ntwo", (Section(0, 3, 0, place=Location(page=1)), Section(5, 8, 5, place=Location(page=2)))
    )
    assert [(p.start, p.end, p.location.page) for p in split(content, "t", encoder.tokenize, 220)] == [
        (0, 3, 1),
        (5, 8, 2),
    ]


@pytest.mark.parametrize("limit", [32, 100, 256])
def test_no_passage_is_longer_than_allowed(encoder, limit):
    chance = random.Random(limit)
    words = [
        "word",
        "antidisestablishmentarianism",
        "x" * 400,
        "日本語の文章。",
        "§$%&",
        "end.",
        "Next",
        "\n\n",
        "🙂",
        "- item\n",
    ]
    text = "# A title of a few words\n\n" + " ".join(chance.choice(words) for _ in range(3000))
    content, pieces = pieces_of(encoder, text, limit)
    assert max(tokens(encoder, content, piece) for piece in pieces) <= limit


def test_nothing_of_a_text_is_lost(encoder):
    chance = random.Random(7)
    text = "".join(chance.choice([*string.ascii_letters, " ", " ", ". ", "\n", "\n\n", "é"]) for _ in range(20000))
    content, pieces = pieces_of(encoder, text, 64, "a.txt")
    seen = set()
    for piece in pieces:
        seen.update(range(piece.start, piece.end))
    assert all(character.isspace() or i in seen for i, character in enumerate(content.text))


def test_a_cut_paragraph_repeats_its_last_sentence(encoder):
    sentences = [f"Sentence number {n} says that the depot of town {n} is open." for n in range(40)]
    content, pieces = pieces_of(encoder, " ".join(sentences), 100, "a.txt")
    texts = [content.text[piece.start : piece.end] for piece in pieces]
    assert all(before.endswith(after.split(". ")[0] + ".") for before, after in pairwise(texts))


def test_whole_paragraphs_are_not_repeated(encoder):
    paragraphs = [f"Paragraph {n} says that the depot of the town is open all day and all night." for n in range(30)]
    _, pieces = pieces_of(encoder, "\n\n".join(paragraphs), 100, "a.txt")
    assert all(before.end < after.start for before, after in pairwise(pieces))


def test_headings_too_long_to_be_put_before_a_passage_are_shortened(encoder):
    content, pieces = pieces_of(encoder, f"# {'long title ' * 60}\n\n## Short\n\nA sentence that says something.\n", 64)
    assert pieces[0].lead == "Short"
    assert tokens(encoder, content, pieces[0]) <= 64


def test_addresses_of_links_are_not_embedded():
    assert embedded_text("", "See [the rules](https://a.b/c?d=e).") == "See [the rules](https://a.b/c?d=e)."
    assert embedded_text("Lead", "See [the rules](https://a.b/c?d=e).") == "Lead\nSee the rules."


def test_a_document_of_headings_alone_is_a_passage(encoder):
    content, pieces = pieces_of(encoder, "# Emergency exit: door B\n\n## Meeting point: car park\n")
    assert [content.text[piece.start : piece.end] for piece in pieces] == [content.text.strip()]


def test_a_row_of_a_table_that_fits_is_never_cut(encoder):
    rows = "".join(f"item {i},It is kept. Ask for it at desk {i}.\n" for i in range(60))
    content, pieces = pieces_of(encoder, f"name,remark\n{rows}", limit=100, name="a.csv")
    assert len(pieces) > 5
    for piece in pieces:
        lines = content.text[piece.start : piece.end].split("\n")
        assert all(line.startswith("name: item ") and line.endswith(".") for line in lines)
        assert piece.location.rows[1] - piece.location.rows[0] + 1 == len(lines)
