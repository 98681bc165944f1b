import json

import pytest

from assistant.errors import BadInput
from assistant.feedback import export, rated_answers
from assistant.turns import Message, Rating, Turn
from finetune.formats.dataset import read_strict

PROMPT = (Message(role="system", content="Be brief."), Message(role="user", content="How long is “leave”?"))


@pytest.fixture
def keep(store):
    """Keep an answer with its rating, in a conversation of its own unless one is named."""

    def keep(answer, rating, *, number, prompt=PROMPT, **other):
        conversation = other.pop("conversation", None) or store.add_conversation().id
        turn = Turn(f"t{number}", conversation, other.pop("position", 0), "How long?", answer, prompt=prompt, **other)
        store.add_turn(turn)
        store.rate(turn.id, rating)
        return turn

    return keep


def rows_of(store, form, folder):
    file = folder / f"{form}.jsonl"
    count = export(store, form, file)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == count
    return rows


def message(text):
    return [{"role": "assistant", "content": text}]


def test_a_rated_answer_holds_the_very_messages_that_the_model_saw(store, keep):
    rating = Rating("down", ("too long",), "far too long", "25 days.")
    keep("It is 25 days, you know.", rating, number=1, model="embedded", adapter="kto-1")
    (row,) = rated_answers(store)
    assert row.prompt == PROMPT
    assert (row.answer, row.rating, row.correction) == ("It is 25 days, you know.", "down", "25 days.")
    assert (row.reasons, row.comment, row.model, row.adapter) == (("too long",), "far too long", "embedded", "kto-1")


@pytest.mark.parametrize("left_out", ["rating", "answer", "prompt"])
def test_what_was_not_rated_or_not_written_by_the_model_is_left_out(store, keep, left_out):
    keep("Fine.", Rating("up"), number=1)
    keep(
        " " if left_out == "answer" else "25 days.",
        None if left_out == "rating" else Rating("up"),
        number=2,
        prompt=() if left_out == "prompt" else PROMPT,
    )
    assert [row.turn_id for row in rated_answers(store)] == ["t1"]


def test_rated_answers_are_read_by_fine_tuning_as_they_were_written(store, keep, tmp_path):
    keep("Ja – 25 \u2028 Tage 🌍", Rating("up"), number=1)
    keep("No.", Rating("down", correction="Yes."), number=2)
    export(store, "rated", tmp_path / "rated.jsonl")
    assert list(read_strict(tmp_path / "rated.jsonl").rows) == rated_answers(store)


def test_a_correction_is_chosen_against_the_original_as_rejected(store, keep, tmp_path):
    keep("It is 25 days, you know.", Rating("down", correction="25 days."), number=1)
    assert rows_of(store, "dpo", tmp_path) == [
        {"prompt": list(PROMPT), "chosen": message("25 days."), "rejected": message("It is 25 days, you know.")}
    ]


def test_siblings_of_different_rating_make_a_pair_and_those_of_the_same_do_not(store, keep, tmp_path):
    conversation = store.add_conversation().id
    for number, (answer, thumb) in enumerate([("25 days.", "up"), ("Long.", "down"), ("25.", "up"), ("Who?", None)]):
        keep(answer, Rating(thumb) if thumb else None, number=number, conversation=conversation)
    rows = rows_of(store, "dpo", tmp_path)
    assert [(row["chosen"], row["rejected"]) for row in rows] == [
        (message("25 days."), message("Long.")),
        (message("25."), message("Long.")),
    ]


def test_answers_to_different_prompts_make_no_pair(store, keep, tmp_path):
    keep("25 days.", Rating("up"), number=1)
    keep("Long.", Rating("down"), number=2, prompt=(Message(role="user", content="Something else?"),))
    assert rows_of(store, "dpo", tmp_path) == []


def test_every_thumb_is_a_row_for_kto_and_a_correction_one_more(store, keep, tmp_path):
    keep("25 days.", Rating("up"), number=1)
    keep("Long.", Rating("down", correction="Short."), number=2)
    assert rows_of(store, "kto", tmp_path) == [
        {"prompt": list(PROMPT), "completion": message("25 days."), "label": True},
        {"prompt": list(PROMPT), "completion": message("Long."), "label": False},
        {"prompt": list(PROMPT), "completion": message("Short."), "label": True},
    ]


def test_liked_answers_and_corrections_are_what_sft_follows(store, keep, tmp_path):
    keep("25 days.", Rating("up"), number=1)
    keep("Long.", Rating("down", correction="Short."), number=2)
    keep("Wrong.", Rating("down"), number=3)
    assert rows_of(store, "sft", tmp_path) == [
        {"prompt": list(PROMPT), "completion": message("25 days.")},
        {"prompt": list(PROMPT), "completion": message("Short.")},
    ]


@pytest.mark.parametrize("form", ["rated", "sft", "dpo", "kto"])
def test_a_file_that_cannot_be_written_is_told_in_one_line(store, tmp_path, form):
    with pytest.raises(BadInput, match="cannot be written"):
        export(store, form, tmp_path / "no folder" / "file.jsonl")


# What a user may not read


def test_what_the_user_may_not_read_and_what_was_told_after_it_is_left_out(store, keep, tmp_path):
    conversation = store.add_conversation().id
    for number in range(3):
        keep("25 days.", Rating("up"), number=number, conversation=conversation, position=number)
    keep("Elsewhere.", Rating("up"), number=3)
    assert export(store, "rated", tmp_path / "rated.jsonl", lambda turn: turn.id != "t1") == 2
    assert {row.turn_id for row in rated_answers(store, lambda turn: turn.id != "t1")} == {"t0", "t3"}


def test_an_answer_that_nobody_rated_counts_too_where_it_was_told_before(store, keep):
    conversation = store.add_conversation().id
    keep("Secret.", None, number=1, conversation=conversation)
    keep("As said, secret.", Rating("up"), number=2, conversation=conversation, position=1)
    assert rated_answers(store, lambda turn: turn.id != "t1") == []
