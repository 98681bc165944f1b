"""Trees of conversations are walked to every answer in them."""

from finetune import preferences


def node(role, text, *replies, **other):
    return {"role": role, "text": text, "replies": list(replies), **other}


def test_the_best_of_ranked_answers_is_liked_and_what_follows_an_answer_is_read_too(lines):
    follow_up = node("prompter", "and then?", node("assistant", "nothing"))
    tree = node("prompter", "hi", node("assistant", "bad", rank=1), node("assistant", "good", follow_up, rank=0))
    found = lines({"message_tree_id": "1", "prompt": tree})
    assert [(row.answer, row.liked, len(row.prompt)) for row in found.rows] == [
        ("good", True, 1),
        ("bad", False, 1),
        ("nothing", True, 3),
    ]
    assert len(preferences.pairs(found.rows)) == 1
    assert len({row.conversation_id for row in found.rows}) == 1


def test_what_was_deleted_or_failed_its_review_is_left_out(lines):
    replies = (node("assistant", "a", deleted=True), node("assistant", "b", review_result=False))
    (problem,) = lines({"prompt": node("prompter", "hi", *replies)}).problems
    assert "no answer in this tree" in problem.text
