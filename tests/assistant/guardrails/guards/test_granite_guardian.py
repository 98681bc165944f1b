import pytest

from assistant.guardrails.guards.granite_guardian import RISKS, harm, injections, risk, support, turns
from assistant.guardrails.guards.loading import load
from assistant.guardrails.guards.reading import render
from tests.assistant.guardrails.guards.conftest import GRANITE, GRANITE_3_3

SAID = "user assistant context groundedness jailbreak 0 ? ."


@pytest.fixture
def granite(make):
    def made(chain, template=GRANITE):
        return load(str(make("Granite", template, chain, " ".join((SAID, *RISKS)))))

    return made


YES = {"": "noon", "\n": "Yes"}
NO = {"": "noon", "\n": "No"}


def prompts(monkeypatch, guard):
    """Keep what the model is given."""
    seen = []
    generate = guard.model.generate

    def watched(**how):
        seen.append(guard.tokenizer.decode(how["input_ids"][0]))
        return generate(**how)

    monkeypatch.setattr(guard.model, "generate", watched)
    return seen


def test_a_message_is_asked_about_as_the_card_says(granite, monkeypatch):
    guard = granite(NO)
    seen = prompts(monkeypatch, guard)
    assert harm(guard, "risk?", "").score < 0.01
    expected = guard.tokenizer.apply_chat_template(
        [{"role": "user", "content": "risk?"}], guardian_config={"risk_name": "harm"}, tokenize=False
    )
    assert seen == [expected]
    assert expected.endswith("user: risk?<end_of_turn>\nrisk harm\n")


def test_an_answer_is_asked_about_with_its_question(granite, monkeypatch):
    guard = granite(NO)
    seen = prompts(monkeypatch, guard)
    harm(guard, "Yes no.", "risk?")
    assert "<|start_of_role|>assistant<|end_of_role|>" in seen[0]
    assert "user: risk?<end_of_turn>\n<start_of_turn>assistant: Yes no.<end_of_turn>\nrisk harm\n" in seen[0]


def test_of_what_kind_a_harm_is_is_asked_where_there_is_one(granite, monkeypatch):
    guard = granite(YES)
    seen = prompts(monkeypatch, guard)
    found = harm(guard, "risk?", "")
    assert found.score > 0.99
    assert [prompt.split("risk ")[-1].strip() for prompt in seen] == ["harm", *RISKS]
    assert found.categories == RISKS["violence"]


def test_jailbreaks_are_asked_about_by_name(granite, monkeypatch):
    guard = granite(YES)
    seen = prompts(monkeypatch, guard)
    assert injections(guard, ["Yes", "No"], foreign=False)[1].score > 0.99
    assert [prompt.split("\n")[1] for prompt in seen] == ["risk jailbreak"] * 2


def test_passages_are_a_turn_of_the_context_and_yes_means_that_they_do_not_support(granite, monkeypatch):
    guard = granite(YES)
    seen = prompts(monkeypatch, guard)
    assert support(guard, "No.", "Yes.") < 0.01
    assert "context: Yes.<end_of_turn>\n<start_of_turn>assistant: No.<end_of_turn>\nrisk groundedness\n" in seen[0]


def test_version_3_3_takes_criteria_and_documents_and_writes_a_score(granite, monkeypatch):
    guard = granite({"": "noon", "\n": "score", "score": "yes"}, GRANITE_3_3)
    seen = prompts(monkeypatch, guard)
    assert support(guard, "No.", "Yes.") < 0.01
    assert seen == ["document 0: Yes.\nassistant: No.\ncriteria groundedness no-think\n"]
    assert risk(guard, turns(guard, "Yes", ""), "harm") > 0.99


def test_the_text_is_in_the_prompt_token_for_token(granite):
    guard = granite(NO)
    prompt = render(guard, turns(guard, "risk harm", ""), guardian_config={"risk_name": "harm"})
    assert guard.tokenizer.decode(prompt).count("risk harm") == 2
