"""Answers that are written together, by a tiny model of random weights."""

import copy
import json
import re
import threading
from dataclasses import replace

import pytest

from assistant.errors import BadInput, Busy, ModelUnavailable
from assistant.model.computing import InSlots, WithCache
from assistant.model.local import LocalModel
from assistant.turns import Form, Limits, Message, Sampling
from finetune import models
from finetune.settings import FinetuneSettings

GREEDY = Sampling(max_new_tokens=24)
WARM = Sampling(temperature=1.0, top_p=0.9, max_new_tokens=24, seed=1)


@pytest.fixture
def loaded(tiny_model, tmp_path):
    """A model in fp32: in bf16, likeliest tokens are often equal, and either may be taken."""
    made = models.load(FinetuneSettings(home=tmp_path, model=str(tiny_model)))
    made.model.float()
    return made


@pytest.fixture
def make(loaded):
    def make(context=512, **limits):
        own = replace(loaded, model=copy.deepcopy(loaded.model))
        return LocalModel(own, context=context, limits=Limits(**limits))

    return make


def says(*words):
    return (Message(role="user", content=" ".join(words)),)


def pieces(model, messages, sampling=GREEDY, **how):
    return list(model.stream(messages, adapter=how.pop("adapter", None), sampling=sampling, **how))


def answer(model, messages, sampling=GREEDY, **how):
    return "".join(pieces(model, messages, sampling, **how))


class Held:
    """Holds a model at its first pass until it is let go."""

    def __init__(self, model):
        self._reached, self._go = threading.Event(), threading.Event()
        self._hook = inside(model).register_forward_pre_hook(self._wait)

    def _wait(self, *_):
        self._reached.set()
        assert self._go.wait(30)

    def reached(self):
        assert self._reached.wait(30)

    def let_go(self):
        self._go.set()
        self._hook.remove()


def inside(model):
    """Return the transformer that a pass runs."""
    return model._batch._computing._model.model


class Asking:
    """Asks in a thread, and keeps what came of it."""

    def __init__(self, model, messages, sampling=GREEDY, quiet=(), **how):
        self.said, self.error = "", None
        self._quiet = (ModelUnavailable, BadInput, *quiet)
        self._thread = threading.Thread(target=self._ask, args=(model, messages, sampling, how))
        self._thread.start()

    def _ask(self, model, messages, sampling, how):
        try:
            self.said = answer(model, messages, sampling, **how)
        except self._quiet as error:
            self.error = error

    def end(self):
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self


def together(model, asked):
    """Ask all at once: none is answered before all are in line."""
    holding = Held(model)
    asking = [Asking(model, *one[:2], **one[2]) for one in asked]
    holding.reached()
    until(lambda: model.running + model.waiting == len(asked))
    holding.let_go()
    return [one.end().said for one in asking]


def until(so):
    for _ in range(3000):
        if so():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not come to pass")


ASKED = [says("good"), says("the", "quick", "brown", "fox"), says(*["says"] * 40), says("morning", "fox")]


def test_answers_written_together_are_those_written_alone(loaded, make):
    alone = [answer(make(), messages, sampling) for messages in ASKED for sampling in (GREEDY, WARM)]
    model = make()
    assert isinstance(model._batch._computing, InSlots)
    asked = [(messages, sampling, {}) for messages in ASKED for sampling in (GREEDY, WARM)]
    assert together(model, asked) == alone
    assert model.counts.passes < 8 * 24 / 3


def test_a_long_prompt_is_read_in_parts_while_others_are_answered(loaded, make):
    long = says(*["quick brown fox"] * 28)
    assert make().count(long) > 300
    alone = [answer(make(), says("good")), answer(make(), long)]
    assert together(make(), [(says("good"), GREEDY, {}), (long, GREEDY, {})]) == alone


def test_answers_with_different_adapters_are_written_in_the_same_passes(make, make_adapter):
    adapters = [None, *((name, make_adapter(name, seed=seed)) for seed, name in enumerate(("one", "two"), 1))]
    alone = [answer(make(), says("good"), adapter=adapter) for adapter in adapters]
    assert len(set(alone)) == 3
    model = make()
    for adapter in adapters:
        answer(model, says("fox"), adapter=adapter)
    before = model.counts.passes
    assert together(model, [(says("good"), GREEDY, {"adapter": one}) for one in adapters]) == alone
    assert model.counts.passes - before < 2 * 24


def test_an_adapter_that_keeps_whole_layers_takes_turns_with_others(loaded, make, make_adapter, tmp_path):
    import copy

    from peft import LoraConfig, get_peft_model

    whole = get_peft_model(
        copy.deepcopy(loaded.model), LoraConfig(r=1, target_modules=["q_proj"], modules_to_save=["model.layers.1"])
    )
    for name, weight in whole.named_parameters():
        if "modules_to_save" in name:
            weight.data.mul_(1.5)
    whole.save_pretrained(tmp_path / "whole")
    adapters = [None, ("whole", tmp_path / "whole"), ("one", make_adapter("one", seed=1))]
    alone = [answer(make(), says("good"), adapter=adapter) for adapter in adapters]
    assert len(set(alone)) == 3
    assert together(make(), [(says("good"), GREEDY, {"adapter": one}) for one in adapters]) == alone


# What was computed before


def test_a_prompt_that_goes_on_from_an_earlier_one_is_not_computed_anew(make):
    model = make()
    asked = says(*["quick brown fox"] * 20)
    said = answer(model, asked)
    more = (*asked, Message(role="assistant", content=said), *says("good"))
    assert answer(model, more) == answer(make(), more)
    assert model.counts.reused_tokens >= model.count(asked) - 1


def test_a_prompt_sent_again_under_another_adapter_is_computed_anew(make, make_adapter):
    model, asked = make(), says(*["quick brown fox"] * 20)
    answer(model, asked)
    adapter = ("one", make_adapter("one", seed=1))
    assert answer(model, asked, adapter=adapter) == answer(make(), asked, adapter=adapter)
    assert model.counts.reused_tokens == 0


def test_a_prompt_that_is_being_answered_is_copied_for_who_sends_it_too(loaded, make):
    asked = says(*["quick brown fox"] * 20)
    model = make()
    first = Asking(model, asked, replace(GREEDY, max_new_tokens=300))
    until(lambda: model.counts.passes > 5)
    second = answer(model, asked)
    assert model.counts.reused_tokens > 100
    assert first.end().said.startswith(second[:-1])


def test_a_conversation_survives_more_others_than_there_are_places_when_it_is_the_one_used_last(make):
    model = make(places=2)
    asked = says(*["quick brown fox"] * 20)
    for number in range(5):
        answer(model, says(str(number), *["good"] * 20))
        answer(model, asked)
    assert model.counts.reused_tokens >= 4 * (model.count(asked) - 1)


def test_what_follows_again_is_guessed_and_the_answer_stays_what_it_was(make, loaded):
    model = make()
    plain = replace(GREEDY, max_new_tokens=200, repetition_penalty=1.0)
    said = answer(model, says("good"), plain)
    quoting = (*says("good"), Message(role="assistant", content=said), *says("good"))
    cached = LocalModel(loaded, context=512)
    cached._batch._computing = WithCache(loaded.model, loaded.device)
    assert answer(model, quoting, plain) == answer(cached, quoting, plain)
    assert model.counts.right_tokens > 0
    assert cached.counts.guessed_tokens == 0


# Forms and probabilities


SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 8}, "count": {"type": "integer"}},
    "required": ["name", "count"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("sampling", [GREEDY, WARM])
def test_an_answer_has_the_form_of_its_schema(make, sampling):
    form = Form("schema", json.dumps(SCHEMA))
    found = json.loads(answer(make(), says("good"), replace(sampling, form=form, max_new_tokens=200)))
    assert set(found) == {"name", "count"}
    assert isinstance(found["count"], int)


def test_an_answer_matches_its_pattern_and_ends_with_it(make):
    said = answer(make(), says("good"), replace(GREEDY, form=Form("regex", "[a-c]{3}-[0-9]{2}")))
    assert re.fullmatch("[a-c]{3}-[0-9]{2}", said)


@pytest.mark.parametrize("form", [Form("regex", "(("), Form("schema", '{"type": "nothing"}'), Form("schema", "{")])
def test_a_form_that_cannot_be_had_is_told_in_one_line(make, form):
    with pytest.raises(BadInput, match="form") as told:
        answer(make(), says("good"), replace(GREEDY, form=form))
    assert "\n" not in str(told.value)


def test_probabilities_are_those_that_the_model_gives(make, loaded):
    import torch

    sampling = replace(GREEDY, logprobs=3, max_new_tokens=6)
    given = pieces(make(), says("good"), sampling)
    scored = [one for piece in given for one in piece.scored]
    assert len(scored) == 6
    ids = loaded.tokenizer.apply_chat_template(
        list(says("good")), add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    expected = loaded.model(**ids).logits[0, -1].log_softmax(-1).topk(3)
    assert [value for _, value in scored[0].likeliest] == pytest.approx(expected.values.tolist(), abs=1e-4)
    assert scored[0].logprob == pytest.approx(float(expected.values[0]), abs=1e-4)
    assert torch.isfinite(torch.tensor([one.logprob for one in scored])).all()


def test_probabilities_are_not_told_unless_they_are_asked_for(make):
    assert all(piece.scored == () for piece in pieces(make(), says("good")))


# Line


def test_who_comes_when_all_places_and_the_line_are_full_is_told_for_how_long(make):
    model = make(places=1, waiting=1)
    held = Held(model)
    first = Asking(model, says("good"))
    held.reached()
    second = Asking(model, says("fox"))
    until(lambda: model.waiting == 1)
    with pytest.raises(Busy, match=r"ask again in about \d+ s") as told:
        answer(model, says("brown"))
    assert told.value.seconds >= 1
    held.let_go()
    assert first.end().said
    assert second.end().said


def test_who_waited_too_long_is_told_so(make):
    model = make(places=1, patience=0.05)
    held = Held(model)
    first = Asking(model, says("good"))
    held.reached()
    second = Asking(model, says("fox"))
    until(lambda: model.waiting == 1)
    threading.Event().wait(0.1)
    held.let_go()
    assert isinstance(second.end().error, Busy)
    assert first.end().said


def test_who_leaves_while_in_line_is_not_answered(make):
    model, stop = make(places=1), threading.Event()
    held = Held(model)
    first = Asking(model, says("good"))
    held.reached()
    second = Asking(model, says("fox"), stop=stop)
    until(lambda: model.waiting == 1)
    stop.set()
    held.let_go()
    assert second.end().said == ""
    assert first.end().said
    assert model.counts.prompt_tokens == model.count(says("good"))


def test_one_person_with_many_questions_does_not_hold_up_another(make):
    model = make(places=2)
    ended = []

    class Noted(Asking):
        def _ask(self, *given):
            super()._ask(*given)
            ended.append(given[3]["person"])

    held = Held(model)
    many = [Noted(model, says("good"), person="many") for _ in range(6)]
    held.reached()
    until(lambda: model.running + model.waiting == 6)
    one = Noted(model, says("fox"), person="one")
    until(lambda: model.running + model.waiting == 7)
    held.let_go()
    for asking in [*many, one]:
        asking.end()
    assert ended.index("one") <= 3


def test_it_is_told_how_long_each_has_waited(loaded):
    waits = []
    model = LocalModel(loaded, context=512, limits=Limits(places=1), waited=waits.append)
    held = Held(model)
    asking = [Asking(model, says("good")) for _ in range(2)]
    held.reached()
    until(lambda: model.waiting == 1)
    threading.Event().wait(0.2)
    held.let_go()
    for one in asking:
        one.end()
    assert [round(seconds) for seconds in waits] == [0, 0]
    assert waits[1] >= 0.2


# What goes wrong


def test_an_answer_that_fails_leaves_those_beside_it_as_they_are(make, tmp_path):
    model = make()
    held = Held(model)
    first = Asking(model, says("good"))
    held.reached()
    second = Asking(model, says("fox"), adapter=("gone", tmp_path / "gone"))
    until(lambda: model.running + model.waiting == 2)
    held.let_go()
    assert "gone" in str(second.end().error)
    assert first.end().said == answer(make(), says("good"))


def test_a_pass_that_has_no_memory_for_all_is_made_for_each(loaded, make):
    alone = [answer(make(), messages) for messages in ASKED]
    model = make()
    failed = []

    def fail(_module, _given, named):
        if named["input_ids"].shape[0] > 2 and len({*named["slots_pass"].places.tolist()}) > 1:
            failed.append(1)
            raise MemoryError

    hook = inside(model).register_forward_pre_hook(fail, with_kwargs=True)
    assert together(model, [(messages, GREEDY, {}) for messages in ASKED]) == alone
    hook.remove()
    assert failed


def test_the_cache_is_no_larger_than_it_may_be(make):
    small = make(cache=1)
    assert small._batch.free < make().running + 8
    assert answer(small, says("good")) == answer(make(), says("good"))


def test_its_thread_goes_when_there_is_nothing_to_do(make, monkeypatch):
    monkeypatch.setattr("assistant.model.scheduler.IDLE", 0.05)
    answer(make(), says("good"))
    until(lambda: not any(thread.name == "write answers" for thread in threading.enumerate()))


def test_whoever_waits_when_the_model_is_closed_is_told_so(make):
    model = make(places=1)
    held = Held(model)
    asking = [Asking(model, says("good"), replace(GREEDY, max_new_tokens=400)) for _ in range(2)]
    held.reached()
    until(lambda: model.waiting == 1)
    closing = threading.Thread(target=model.close)
    closing.start()
    held.let_go()
    closing.join(30)
    assert all("being ended" in str(one.end().error) for one in asking)


def test_where_the_thread_breaks_those_who_wait_are_told_and_the_next_answer_is_written(make):
    model = make(places=1)
    alone = answer(make(), says("good"))
    held = Held(model)
    asking = [Asking(model, says("good"), quiet=(ZeroDivisionError,)) for _ in range(2)]
    held.reached()
    until(lambda: model.waiting == 1)
    step, model._batch.step = model._batch.step, lambda: 1 / 0
    held.let_go()
    assert all(isinstance(one.end().error, ZeroDivisionError) for one in asking)
    model._batch.step = step
    assert answer(model, says("good")) == alone
