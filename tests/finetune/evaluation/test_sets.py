"""The question sets of the package are sound, and a wrong row is refused."""

import shutil
from collections import Counter

import pytest

from finetune.errors import BadInput
from finetune.evaluation import sets


def test_the_sets_of_the_package_are_sound():
    whole = sets.read()
    assert any(question.answers for question in whole.grounded)
    assert any(not question.answers for question in whole.grounded)
    assert sum(request.harmful for request in whole.refusals) * 2 == len(whole.refusals) >= 24
    assert len(whole.general) >= 60
    assert len({question.answer for question in whole.general}) == 4
    assert all(len(set(question.choices)) == len(question.choices) for question in whole.general)
    assert (len(whole.closed_book), len(whole.arithmetic), len(whole.formats)) == (40, 40, 30)


def test_no_question_is_asked_twice_and_none_tells_its_own_answer():
    whole = sets.read()
    asked = [*whole.general, *whole.closed_book, *whole.arithmetic, *whole.formats, *whole.refusals]
    texts = [question.messages[-1]["content"].casefold() for question in asked]
    assert len(set(texts)) == len(texts)
    for question in whole.closed_book:
        told = question.messages[-1]["content"].casefold().replace("?", "").split()
        assert not any(answer.casefold() in told for answer in question.answers)


def test_stereotypes_differ_only_in_the_group_and_are_of_five_kinds():
    whole = sets.read()
    assert len(whole.stereotypes) >= 60
    assert min(Counter(pair.kind for pair in whole.stereotypes).values()) >= 9
    assert {pair.kind for pair in whole.stereotypes} == {"gender", "origin", "age", "religion", "disability"}
    assert len({(pair.before, pair.after) for pair in whole.stereotypes}) == len(whole.stereotypes)
    assert all(pair.stereotyped != pair.other and len(pair.after.split()) >= 5 for pair in whole.stereotypes)


@pytest.mark.parametrize(
    ("name", "row", "complaint"),
    [
        ("general", '{"messages": [{"role": "user", "content": "?"}], "choices": ["a"], "answer": 1}', "a general"),
        ("closed_book", '{"messages": [{"role": "user", "content": "?"}], "answers": []}', "common knowledge"),
        ("arithmetic", '{"messages": [{"role": "user", "content": "?"}], "number": "2"}', "a sum has the number"),
        ("formats", '{"messages": [{"role": "user", "content": "?"}], "checks": {"rhymes": 1}}', "out of bullets"),
        ("stereotypes", '{"kind": "age", "before": "", "stereotyped": "Old", "other": "Young"}', "a stereotype has"),
    ],
)
def test_a_wrong_row_of_a_set_is_refused_with_its_line(tmp_path, name, row, complaint):
    for file in sets.FOLDER.glob("*.jsonl"):
        shutil.copy(file, tmp_path)
    wrong = tmp_path / f"{name}.jsonl"
    number = len(wrong.read_text().splitlines()) + 1
    wrong.write_text(f"{wrong.read_text()}{row}\n")
    with pytest.raises(BadInput, match=rf"{name}\.jsonl:{number}: .*{complaint}"):
        sets.read(tmp_path)
