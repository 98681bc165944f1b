import json
from dataclasses import replace

from assistant.presentation import answer_json
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
