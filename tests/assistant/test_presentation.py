import json
import re
from dataclasses import replace

import pytest

from assistant.presentation import answer_json, link, picture, place, withdrawal
from assistant.turns import Citation, Rating, Refusal, Source, Support, Timings, Turn

TURN = Turn(
    id="t1",
    conversation_id="c1",
    position=0,
    question="How long?",
    answer="25 days [1]. So.",
    sources=(Source(1, "p1", "d1", "Leave", {"page": 2}, "25 days.", 10, 18),),
    citations=(Citation(1, "d1", "Leave", {"page": 2}, "25 days.", 10, 18),),
    support=(Support("25 days [1].", 0, 12, 1, 0.987654), Support("So.", 13, 16, None, 0.0)),
    model="embedded",
    adapter="kto-1",
    timings=Timings(1.23456, 2.0, 3.0, 4),
)


def test_an_answer_is_shaped_as_the_outside_relies_on_it():
    assert json.loads(json.dumps(answer_json(TURN))) == {
        "answer": "25 days [1]. So.",
        "citations": [
            {
                "marker": "[1]",
                "document_id": "d1",
                "title": "Leave",
                "location": {"page": 2},
                "quote": "25 days.",
                "start": 10,
                "end": 18,
            }
        ],
        "support": [
            {"sentence": "25 days [1].", "marker": "[1]", "score": 0.9877},
            {"sentence": "So.", "marker": None, "score": 0.0},
        ],
        "abstained": False,
        "stopped": False,
        "refusal": None,
        "notice": None,
        "searched": None,
        "nearest": [],
        "turn_id": "t1",
        "conversation_id": "c1",
        "model": "embedded",
        "adapter": "kto-1",
        "timings": {"retrieval_ms": 1.2, "first_token_ms": 2.0, "total_ms": 3.0, "tokens": 4},
    }


def test_a_refusal_names_its_rail_its_rule_and_the_reason():
    shaped = answer_json(replace(TURN, answer="", refusal=Refusal("harm", "weapons", "Not that.")))
    assert {key: shaped["refusal"][key] for key in ("rail", "rule", "reason")} == {
        "rail": "harm",
        "rule": "weapons",
        "reason": "Not that.",
    }


def test_what_somebody_thinks_of_an_answer_is_no_part_of_it():
    assert "secret" not in json.dumps(answer_json(replace(TURN, rating=Rating("down", comment="secret"))))


def test_the_nearest_passages_of_an_abstention_are_told():
    turn = replace(TURN, answer="No.", abstained=True, sources=(), citations=(), nearest=TURN.sources)
    assert answer_json(turn)["nearest"] == [
        {"document_id": "d1", "title": "Leave", "location": {"page": 2}, "text": "25 days."}
    ]


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ({}, ""),
        ({"page": 3, "heading": "Leave > Sick", "box": [0, 0, 1, 1]}, "Leave > Sick, page 3"),
        ({"slide": 4}, "slide 4"),
        ({"sheet": "Q1", "rows": [2, 9]}, "sheet “Q1”, rows 2–9"),
        ({"sheet": "Q1", "heading": "Q1", "rows": [2, 9]}, "sheet “Q1”, rows 2–9"),
        ({"rows": (7, 7)}, "row 7"),
        ({"lines": [1, 20], "part": "a/b.py"}, "a/b.py, lines 1–20"),
    ],
)
def test_a_place_is_told_in_words(location, words):
    assert place(location) == words


def test_a_passage_has_an_address_and_its_page_another():
    assert link("d1") == "/documents/d1"
    assert link("d1", 0, 9) == "/documents/d1?start=0&end=9#passage"
    assert picture("d1", 2, 5, 9) == "/documents/d1/pages/2.png?start=5&end=9"


class Screen:
    """A terminal of so many columns and lines, as far as an answer and its withdrawal need one."""

    def __init__(self, columns, lines):
        self.columns, self.lines, self.rows, self.at = columns, lines, [""], 0

    def write(self, text):
        for part in re.findall(r"\x1b\[\d*[AJ]|.|\n", text, re.S):
            if part.startswith("\x1b") and part.endswith("A"):
                self.at = max(0, len(self.rows) - self.lines, self.at - int(part[2:-1]))
            elif part.startswith("\x1b"):
                del self.rows[self.at + 1 :]
                self.rows[self.at] = ""
            elif part == "\r":
                pass
            elif part == "\n" or len(self.rows[self.at]) == self.columns:
                self.rows.append("" if part == "\n" else part)
                self.at += 1
            else:
                self.rows[self.at] += part
        return self


@pytest.mark.parametrize(
    "text", ["Short.", "x" * 20, "x" * 21, "One line.\nAnd another that is much longer.\n", "a\n\n\nb"]
)
def test_an_answer_is_taken_off_the_terminal_again(text):
    screen = Screen(20, 24).write(text).write(withdrawal(text, 20, 24))
    assert screen.rows == [""]


def test_what_has_scrolled_off_is_said_to_be_withdrawn():
    text = "\n".join(f"line {n}" for n in range(30))
    screen = Screen(20, 10).write(text).write(withdrawal(text, 20, 10))
    assert screen.rows[:20] == text.split("\n")[:20]
    assert "".join(screen.rows[20:]) == "(What stands above of the answer is withdrawn.)"


def test_wide_characters_take_two_columns_and_marks_none():
    assert "\x1b[1A" in withdrawal("会" * 11, 20, 24)
    assert "A" not in withdrawal("会" * 10, 20, 24)
    assert "A" not in withdrawal("e\u0301" * 20, 20, 24)
