"""The rows that teach answering from passages say what the chat would have to say."""

import json
import random
from pathlib import Path

from assistant.prompts import ABSTENTION, build_prompt
from benchmarks import grounded_rows
from benchmarks.grounded_rows import about, cite, judged, longer, row
from benchmarks.grounded_sources import Asked, Longer, Paragraph, Topic, ours, stands
from finetune import recipe
from finetune.formats.dataset import read_strict


def paragraph(number: int) -> Paragraph:
    question = Asked(f"Which word is in text {number}?", f"word{number}")
    return Paragraph("Title", f"This text holds word{number}.", (question,))


TOPIC = Topic("topic", tuple(paragraph(number) for number in range(5)), (Asked("What is nowhere?", ""),))


def near(topic: Topic, count: int) -> list[Paragraph]:
    return [Paragraph("Other", f"Something else, {number}.", ()) for number in range(count)]


def shown(made: dict) -> str:
    return made["prompt"][-1]["content"]


def test_an_answer_cites_the_place_of_its_passage() -> None:
    made = row(TOPIC.paragraphs[1].asked[0], TOPIC.paragraphs[:3], 1)
    assert made["completion"] == [{"role": "assistant", "content": "word1 [2]."}]
    assert made["marker"] == "[2]"


def test_the_prompt_is_that_of_the_chat() -> None:
    asked, passages = TOPIC.paragraphs[0].asked[0], TOPIC.paragraphs[:2]
    expected = build_prompt(asked.question, [(one.title, one.text) for one in passages])
    assert row(asked, passages, 0)["prompt"] == list(expected)


def test_all_questions_about_the_same_passages_begin_alike() -> None:
    made = about(TOPIC, near, random.Random(1), 0.3, sizes=(4,))
    assert len({shown(one).rpartition("\n\nQuestion: ")[0] for one in made}) == 1


def test_what_is_declined_stands_in_no_passage() -> None:
    for seed in range(30):
        for one in about(TOPIC, near, random.Random(seed), 0.3):
            if one["completion"][0]["content"] == ABSTENTION:
                number = shown(one).rpartition("text ")[2].rstrip("?")
                assert f"holds word{number}." not in shown(one)


def test_an_answer_is_looked_for_as_whole_words() -> None:
    assert stands("Four", "It has four of them.")
    assert not stands("four", "It has fourteen of them.")


def test_each_question_is_judged_with_and_without_its_passage_among_four() -> None:
    made = list(judged(TOPIC, random.Random(1)))
    assert sum(bool(one["answers"]) for one in made) == 5
    assert sum(one["completion"][0]["content"] == ABSTENTION for one in made) == 5
    assert all("[4] " in shown(one) and "[5] " not in shown(one) for one in made)
    for one in made:
        if one["marker"]:
            assert f"{one['marker']} Title\nThis text holds {one['answers'][0]}." in shown(one)


def test_a_longer_answer_is_cited_sentence_by_sentence() -> None:
    passages = (("A", "The cat sleeps all day long."), ("B", "The dog runs at night outside."))
    example = Longer("What do they do?", passages, "The cat sleeps all day. The dog runs at night.")
    made = longer(example, random.Random(0))
    assert made is not None
    cat, dog = (1, 2) if shown(made).index("cat") < shown(made).index("dog") else (2, 1)
    assert made["completion"][0]["content"] == f"The cat sleeps all day [{cat}]. The dog runs at night [{dog}]."


def test_a_sentence_that_stands_nowhere_is_not_cited() -> None:
    assert cite("Birds sing in the morning.", [("A", "The cat sleeps all day long.")]) is None


def test_values_are_drawn_anew_and_are_the_same_in_text_and_answer(tmp_path: Path) -> None:
    text = "# Firm\n@ days 20-90\n## Leave\nYou have {days} days.\n? How many days? | {days} days\n! How much pay?\n"
    (tmp_path / "questions.md").write_text(text, encoding="utf-8")
    drawn = [ours(tmp_path / "questions.md", random.Random(seed))[0] for seed in range(8)]
    assert all(one.paragraphs[0].asked[0].answer in one.paragraphs[0].text for one in drawn)
    assert len({one.paragraphs[0].text for one in drawn}) > 1
    assert drawn[0].absent == (Asked("How much pay?", ""),)


def test_our_own_questions_can_all_be_read() -> None:
    topics = [one for file in grounded_rows.WRITTEN for one in ours(file, random.Random(0))]
    paragraphs = [one for topic in topics for one in topic.paragraphs]
    assert len(paragraphs) > 100
    assert not any("{" in one.text or "{" in asked.answer for one in paragraphs for asked in one.asked)
    assert all(asked.question.endswith("?") and asked.answer for one in paragraphs for asked in one.asked)


def test_the_recipe_learns_from_the_rows_as_they_are(tmp_path: Path) -> None:
    made = about(TOPIC, near, random.Random(1), 0.3)
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(one) + "\n" for one in made), encoding="utf-8")
    read = read_strict(tmp_path / "train.jsonl").rows
    assert [one.answer for one in read] == [one["completion"][0]["content"] for one in made]
    assert recipe.read(recipe.RECIPES / "grounded.toml").method == "sft"
