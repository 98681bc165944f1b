"""Conversations: every answer counts, and what is wrong with their turns is said."""

import pytest

TURNS = (("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"))


def openai(*turns):
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


def sharegpt(*turns):
    names = {"user": "human", "assistant": "gpt", "system": "system"}
    return {"conversations": [{"from": names[role], "value": text} for role, text in turns]}


@pytest.mark.parametrize("form", [openai, sharegpt])
def test_every_answer_of_a_conversation_is_liked_and_they_stay_together(lines, form):
    first, second = lines(form(*TURNS)).rows
    assert (first.answer, second.answer, len(second.prompt)) == ("b", "d", 3)
    assert (first.liked, first.conversation_id == second.conversation_id) == (True, True)
    assert first.turn_id != second.turn_id


@pytest.mark.parametrize("form", [openai, sharegpt])
def test_a_system_message_comes_from_the_turns_or_from_beside_them(lines, form):
    within, beside, empty = (
        lines(row).rows[0].prompt
        for row in (
            form(("system", "be brief"), *TURNS[:2]),
            form(*TURNS[:2]) | {"system": "be brief"},
            form(("system", ""), *TURNS[:2]),
        )
    )
    assert within == beside
    assert (within[0]["content"], [one["role"] for one in empty]) == ("be brief", ["user"])


@pytest.mark.parametrize("form", [openai, sharegpt])
def test_chosen_and_rejected_last_answers_are_a_pair(lines, form):
    better, worse = (form(("assistant", text)) for text in ("better", "worse"))
    (key,) = better
    row = form(*TURNS[:3]) | {"chosen": better[key][0], "rejected": worse[key][0]}
    (read,) = lines(row).rows
    assert (read.answer, read.correction, read.rating, len(read.prompt)) == ("worse", "better", "down", 3)


@pytest.mark.parametrize("label", ["label", "kto_tag"])
def test_a_thumb_beside_a_conversation_is_that_of_its_last_answer(lines, label):
    (read,) = lines(sharegpt(*TURNS) | {label: False}).rows
    assert (read.answer, read.liked, len(read.prompt)) == ("d", False, 3)


def test_an_answer_of_no_weight_is_not_learnt(lines):
    row = openai(("system", ""), *TURNS)
    row["messages"][2]["weight"] = 0
    assert [read.answer for read in lines(row).rows] == ["d"]


def test_content_in_parts_is_joined_and_pictures_are_refused(lines):
    text = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    picture = [*text, {"type": "image_url", "image_url": {"url": "x"}}]
    found = lines(openai(("user", text), ("assistant", "c")), openai(("user", picture), ("assistant", "c")))
    assert found.rows[0].prompt[0]["content"] == "a\nb"
    assert "pictures" in found.problems[0].text


@pytest.mark.parametrize(
    ("turns", "complaint"),
    [
        ((("robot", "a"), ("assistant", "b")), "unknown role 'robot'"),
        ((("user", "a"), ("user", "b"), ("assistant", "c")), "two messages of the user follow each other"),
        ((("assistant", "a"), ("user", "b"), ("assistant", "c")), "must begin with the user's message"),
        ((("user", "a"),), "the last message must be the assistant's"),
        ((("user", "a"), ("assistant", "b"), ("user", "c")), "the last message must be the assistant's"),
        ((("user", "a"), ("system", "b"), ("assistant", "c")), "a system message must come first"),
        ((("user", "a"), ("assistant", " ")), "a message is empty"),
        ((("user", "a"), ("tool", "b"), ("assistant", "c")), "calls of tools"),
        ((("user", "a"), ("assistant", None)), "the content of a message must be text"),
        ((), "not an empty one"),
    ],
)
def test_what_is_wrong_with_the_turns_is_said(lines, turns, complaint):
    (problem,) = lines(openai(*turns)).problems
    assert complaint in problem.text
