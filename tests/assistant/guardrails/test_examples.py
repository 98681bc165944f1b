import json

from assistant.guardrails.classifier import HEADS, NONE
from assistant.guardrails.examples import LISTS, TWINS, answers, lists, pairs


def test_an_answer_is_learnt_as_it_grows_too(tmp_path):
    path = tmp_path / "answers.jsonl"
    words = " ".join(f"word{n}" for n in range(50))
    path.write_text(json.dumps({"answer": words, "label": NONE}) + "\n", encoding="utf-8")
    assert [len(example.text.split()) for example in answers(path)] == [12, 36, 50]


def test_a_short_answer_is_learnt_once(tmp_path):
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps({"answer": "Yes, on Friday.", "label": NONE}) + "\n", encoding="utf-8")
    assert [example.text for example in answers(path)] == ["Yes, on Friday."]


def test_what_was_written_for_the_heads_can_be_read():
    assert all(list(pairs(HEADS / f"{name}.jsonl")) for name in TWINS)
    assert all(list(lists(HEADS / f"{name}.jsonl")) for name in LISTS)
    assert {example.label for example in answers(HEADS / "answers.jsonl")} > {NONE, "cyber", "fraud"}


def test_what_measures_the_heads_is_not_learnt():
    measuring = HEADS.parents[2] / "benchmarks"
    kept = {
        json.loads(line)["text"]
        for name in ("overrefusal", "overrefusal_twins")
        for line in (measuring / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    }
    learnt = {example.text for name in TWINS for example in pairs(HEADS / f"{name}.jsonl")}
    assert kept.isdisjoint(learnt | {example.text for name in LISTS for example in lists(HEADS / f"{name}.jsonl")})
