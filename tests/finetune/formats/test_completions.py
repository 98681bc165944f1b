"""TRL's forms, and those that the chat exports, are read as they are meant."""

import pytest

from finetune import preferences

HI = [{"role": "user", "content": "hi"}]


def said(text):
    return [{"role": "assistant", "content": text}]


@pytest.mark.parametrize("row", [{"prompt": HI, "completion": said("hello")}, {"prompt": "hi", "completion": " hello"}])
def test_a_completion_is_a_liked_answer(lines, row):
    (read,) = lines(row).rows
    assert (list(read.prompt), read.answer, read.liked) == (HI, "hello", True)


def test_of_a_prompt_with_earlier_answers_the_completion_alone_is_learnt(lines):
    row = {"prompt": [*HI, *said("yes?"), *HI], "completion": said("hello")}
    assert [read.answer for read in lines(row).rows] == ["hello"]


@pytest.mark.parametrize(
    ("label", "rating"),
    [(True, "up"), (False, "down"), (1, "up"), (0.0, "down"), ("👍", "up"), ("Thumbs down", "down")],
)
def test_a_label_is_a_thumb(lines, label, rating):
    (read,) = lines({"prompt": "hi", "completion": "hello", "label": label}).rows
    assert read.rating == rating


@pytest.mark.parametrize(
    ("label", "complaint"), [(float("nan"), "NaN"), (None, "no label"), (3, "neither"), ("", "no label")]
)
def test_what_is_no_thumb_is_told(lines, label, complaint):
    (problem,) = lines({"prompt": "hi", "completion": "hello", "label": label}).problems
    assert complaint in problem.text


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": HI, "chosen": said("good"), "rejected": said("bad")},
        {"prompt": "hi", "chosen": "good", "rejected": "bad"},
        {"chosen": HI + said("good"), "rejected": HI + said("bad")},
        {"prompt": "hi", "chosen": HI + said("good"), "rejected": HI + said("bad"), "messages": HI},
        {"chosen": "hi good", "rejected": "hi bad"},
        {"chosen": "\n\nHuman: hi\n\nAssistant: good", "rejected": "\n\nHuman: hi\n\nAssistant: bad"},
        {"prompt": "\n\nHuman: hi\n\nAssistant:", "chosen": " good", "rejected": " bad"},
        {"input": {"messages": HI}, "preferred_output": said("good"), "non_preferred_output": said("bad")},
    ],
)
def test_two_answers_are_one_pair(lines, row):
    found = lines(row)
    assert found.format == "preference"
    assert preferences.pairs(found.rows) == [{"prompt": HI, "chosen": said("good"), "rejected": said("bad")}]


def test_answers_ranked_against_each_other_are_paired_as_they_were_and_no_other_way(lines):
    ranked = [("a", "b"), ("b", "c"), ("c", "d")]
    found = lines(*({"prompt": "hi", "chosen": better, "rejected": worse} for better, worse in ranked))
    pairs = [(pair["chosen"][0]["content"], pair["rejected"][0]["content"]) for pair in preferences.pairs(found.rows)]
    assert pairs == ranked


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"prompt": "hi", "chosen": "same", "rejected": "same"}, "are the same"),
        ({"chosen": "good", "rejected": "bad"}, "there is no prompt"),
        ({"chosen": HI + said("a") + HI + said("b"), "rejected": HI + said("b") + HI + said("c")}, "only the last"),
        ({"prompt": "hi", "chosen": said("a") + said("b"), "rejected": said("c")}, "one message of the assistant"),
        ({"chosen": HI, "rejected": HI + said("a")}, "only the last"),
    ],
)
def test_what_is_wrong_with_a_pair_is_said(lines, row, complaint):
    (problem,) = lines(row).problems
    assert complaint in problem.text


def test_a_conversation_written_out_as_a_text_is_read(lines):
    row = {"text": "### Human: hi\n### Assistant: hello\n### Human: bye\n### Assistant: see you"}
    assert [read.answer for read in lines(row).rows] == ["hello", "see you"]


def test_a_text_alone_is_told_with_the_way_to_learn_from_it(lines):
    assert "pretrain" in lines({"text": "once upon a time"}).problems[0].text


@pytest.mark.parametrize("form", ["demonstrations", "pairs", "labels"])
def test_what_the_chat_exports_is_read_again_as_the_same_rows(lines, rate, form):
    rated = [
        rate(1, question="q", answer="good"),
        rate(2, question="q", answer="bad", rating="down"),
        rate(3, rating="down", correction="better"),
    ]
    shape = getattr(preferences, form)
    rows = shape(rated)
    assert shape(lines(*rows).rows) == rows
