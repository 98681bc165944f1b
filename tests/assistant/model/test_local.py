import copy
import threading
from dataclasses import replace

import pytest

from assistant.errors import ModelUnavailable, TooLong
from assistant.model.adapters import LOADED_ADAPTERS
from assistant.model.local import LocalModel
from assistant.turns import Message, Sampling
from finetune import models
from finetune.settings import FinetuneSettings

ASKED = (Message(role="user", content="good morning"),)
GREEDY = Sampling(max_new_tokens=12)
WARM = Sampling(temperature=1.0, top_p=1.0, max_new_tokens=12, seed=1)


@pytest.fixture(scope="module", params=["slots", "cache"])
def loaded(tiny_model, tmp_path_factory, request):
    """A model that computes alike in slots, or one that sees so few tokens back that it does not; in fp32 both."""
    loaded = models.load(FinetuneSettings(home=tmp_path_factory.mktemp("home"), model=str(tiny_model)))
    loaded.model.float()
    return loaded if request.param == "slots" else replace(loaded, model=short_sighted(loaded.model))


def short_sighted(model):
    """Return a model with the same weights that sees eight tokens back."""
    from transformers import MistralConfig, MistralForCausalLM

    names = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    more = ("num_key_value_heads", "max_position_embeddings", "bos_token_id", "eos_token_id")
    config = MistralConfig(**{name: getattr(model.config, name) for name in names + more}, sliding_window=8)
    other = MistralForCausalLM(config).to(model.device, model.dtype).eval()
    other.load_state_dict(model.state_dict())
    return other


@pytest.fixture
def fresh(loaded):
    """A model of its own, for a test that puts adapters on it."""
    return LocalModel(replace(loaded, model=copy.deepcopy(loaded.model)), context=512)


@pytest.fixture(scope="module")
def model(loaded):
    return LocalModel(loaded, context=512)


def answer(model, messages=ASKED, *, adapter=None, sampling=GREEDY, stop=None):
    return "".join(model.stream(messages, adapter=adapter, sampling=sampling, stop=stop))


def named(folder):
    return folder.name, folder


class Passes:
    """Counts how often the model is run, and calls something at one of the times."""

    def __init__(self, model, at=0, call=lambda: None):
        self.count = 0
        self._at, self._call = at, call
        self._hook = model.model.register_forward_hook(self._note)

    def _note(self, *_):
        self.count += 1
        if self.count == self._at:
            self._call()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._hook.remove()


# The answer


def test_the_pieces_together_are_what_generate_gives(model, loaded):
    inputs = loaded.tokenizer.apply_chat_template(
        list(ASKED), add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(loaded.device)
    whole = loaded.model.generate(**inputs, max_new_tokens=12, do_sample=False, pad_token_id=0)
    written = loaded.tokenizer.decode(whole[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    plain = replace(GREEDY, repetition_penalty=1.0)
    assert answer(model, sampling=plain) == written.rstrip("\ufffd")


def test_an_answer_comes_in_many_pieces(model):
    assert len(list(model.stream(ASKED, adapter=None, sampling=replace(GREEDY, max_new_tokens=48)))) > 5


def test_the_prompt_is_counted_with_its_template(model, loaded):
    rendered = loaded.tokenizer.apply_chat_template(list(ASKED), tokenize=False, add_generation_prompt=True)
    assert model.count(ASKED) == len(loaded.tokenizer(rendered)["input_ids"])


def test_the_same_seed_gives_the_same_answer_and_another_seed_another(model):
    first = answer(model, sampling=WARM)
    assert answer(model, sampling=replace(WARM, seed=2)) != first
    assert answer(model, sampling=WARM) == first


def test_without_temperature_the_seed_does_not_matter(model):
    assert answer(model, sampling=replace(GREEDY, seed=1)) == answer(model, sampling=replace(GREEDY, seed=2))


def test_those_who_ask_at_once_each_get_the_answer_they_get_alone(model):
    samplings = [replace(WARM, seed=seed) for seed in range(4)]
    alone = [answer(model, sampling=sampling) for sampling in samplings]
    together = [""] * 4

    def ask(number):
        together[number] = answer(model, sampling=samplings[number])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_an_answer_has_no_more_tokens_than_asked_for(model):
    assert len(list(model.stream(ASKED, adapter=None, sampling=replace(GREEDY, max_new_tokens=5)))) == 5


def test_an_answer_has_no_more_tokens_than_the_context_leaves(loaded):
    small = LocalModel(loaded, context=LocalModel(loaded, context=512).count(ASKED) + 3)
    assert len(list(small.stream(ASKED, adapter=None, sampling=replace(GREEDY, max_new_tokens=100)))) == 3


def test_the_context_is_never_larger_than_the_models_own(loaded):
    assert LocalModel(loaded, context=100_000).context == 512
    assert LocalModel(loaded, context=300).context == 300


def test_a_prompt_longer_than_the_context_is_told_in_one_line_and_the_next_request_works(loaded):
    small = LocalModel(loaded, context=100)
    with pytest.raises(TooLong, match="context of 100 tokens"):
        answer(small, (Message(role="user", content="word " * 300),))
    assert answer(small)


# Ending early


def test_a_stop_string_ends_the_answer_before_it_and_the_models_work(model, loaded):
    whole = answer(model, sampling=replace(GREEDY, max_new_tokens=200))
    stop = whole[8:11]
    with Passes(loaded.model) as passes:
        cut = answer(model, sampling=replace(GREEDY, max_new_tokens=200, stop=(stop,)))
    assert cut == whole[: whole.index(stop)]
    assert passes.count < 200


def test_a_stop_request_ends_the_models_work_within_one_token_and_what_was_written_stays(model, loaded):
    whole, stop = answer(model, sampling=replace(GREEDY, max_new_tokens=200)), threading.Event()
    with Passes(loaded.model, at=20, call=stop.set) as passes:
        cut = answer(model, sampling=replace(GREEDY, max_new_tokens=200), stop=stop)
    assert passes.count <= 21
    assert whole.startswith(cut)


def test_what_was_written_before_a_stop_request_is_given(model):
    stop, given = threading.Event(), []
    for piece in model.stream(ASKED, adapter=None, sampling=replace(GREEDY, max_new_tokens=200), stop=stop):
        given.append(piece)
        if len(given) == 3:
            stop.set()
    assert 3 <= len(given) <= 5
    assert answer(model, sampling=replace(GREEDY, max_new_tokens=200)).startswith("".join(given))


def test_a_reader_that_goes_away_ends_the_models_work_and_the_next_request_works(model, loaded):
    gone = threading.Event()
    pieces = model.stream(ASKED, adapter=None, sampling=replace(GREEDY, max_new_tokens=400))
    # The model's work waits at its twentieth token until the reader has gone.
    with Passes(loaded.model, at=20, call=lambda: gone.wait(10)) as passes:
        next(pieces)
        threading.Timer(0.2, gone.set).start()
        pieces.close()
        assert passes.count <= 21
    assert answer(model)


def test_a_request_stopped_before_its_turn_gives_nothing(model, loaded):
    stop = threading.Event()
    stop.set()
    with Passes(loaded.model) as passes:
        assert answer(model, stop=stop) == ""
    assert passes.count == 0


# Adapters


def test_an_adapter_changes_the_answer_and_leaves_the_models_own_as_it_was(fresh, make_adapter):
    one, two = named(make_adapter("one", seed=1)), named(make_adapter("two", seed=2))
    before = answer(fresh)
    with_one, with_two = answer(fresh, adapter=one), answer(fresh, adapter=two)
    assert len({before, with_one, with_two}) == 3
    assert answer(fresh) == before
    assert answer(fresh, adapter=one) == with_one
    assert answer(fresh) == before


def test_an_adapter_answers_as_a_model_that_it_is_merged_into(fresh, loaded, make_adapter):
    from peft import PeftModel

    folder = make_adapter("judged")
    merged = PeftModel.from_pretrained(copy.deepcopy(loaded.model), folder).merge_and_unload()
    assert answer(fresh, adapter=named(folder)) == answer(LocalModel(replace(loaded, model=merged), context=512))


def test_an_adapter_that_makes_way_is_loaded_again_when_it_is_asked_for(fresh, make_adapter):
    folders = [named(make_adapter(f"number-{n}", seed=n)) for n in range(LOADED_ADAPTERS + 2)]
    first = [answer(fresh, adapter=folder) for folder in folders]
    assert [answer(fresh, adapter=folder) for folder in folders] == first
    assert len(set(first)) == len(first)


@pytest.mark.parametrize("name", ["kto-1.2", "lora_3", "Lora_A.default"])
def test_an_adapter_of_any_name_that_the_registry_takes_can_serve(fresh, make_adapter, name):
    assert answer(fresh, adapter=named(make_adapter(name))) != answer(fresh)


def test_an_adapter_trained_anew_under_its_old_name_is_the_one_that_answers(fresh, make_adapter, tmp_path):
    one, two = make_adapter("old", seed=1), make_adapter("new", seed=2)
    answers = [answer(fresh, adapter=named(folder)) for folder in (one, two)]
    place = tmp_path / "kto"
    one.rename(place)
    assert answer(fresh, adapter=named(place)) == answers[0]
    place.rename(one)
    two.rename(place)
    assert answer(fresh, adapter=named(place)) == answers[1]


@pytest.fixture(params=["unknown", "empty", "larger", "damaged"])
def unfit(request, make_adapter, tmp_path):
    folder = tmp_path / "unfit"
    if request.param == "unknown":
        return named(folder)
    if request.param == "empty":
        folder.mkdir()
        return named(folder)
    made = make_adapter("unfit", hidden=64 if request.param == "larger" else 32)
    if request.param == "damaged":
        weights = made / "adapter_model.safetensors"
        weights.write_bytes(weights.read_bytes()[:100])
    return named(made)


@pytest.mark.parametrize("after_another", [False, True])
def test_an_adapter_that_does_not_fit_is_told_in_one_line_and_the_next_request_works(
    fresh, make_adapter, unfit, after_another
):
    good = named(make_adapter("good"))
    before = answer(fresh)
    with_good = answer(fresh, adapter=good) if after_another else None
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="adapter") as told:
            answer(fresh, adapter=unfit)
        assert "\n" not in str(told.value)
        assert answer(fresh) == before
    assert answer(fresh, adapter=good) == (with_good or answer(fresh, adapter=good)) != before
    assert answer(fresh) == before


# What goes wrong


class Fails:
    """Lets one of the passes of a model fail."""

    def __init__(self, model, error, at=1):
        self._error, self._at, self._count = error, at, 0
        self._hook = model.model.register_forward_pre_hook(self._fail)

    def _fail(self, *_):
        self._count += 1
        if self._count == self._at:
            raise self._error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._hook.remove()


def out_of_memory(kind):
    import torch

    return {
        "torch": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nSee the documentation"),
        "python": MemoryError(),
        "cpu": RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."),
    }[kind]


@pytest.mark.parametrize("kind", ["torch", "python", "cpu"])
def test_out_of_memory_is_told_in_one_line_and_the_next_request_works(model, loaded, kind):
    with Fails(loaded.model, out_of_memory(kind)), pytest.raises(ModelUnavailable, match="out of memory") as told:
        answer(model)
    assert "\n" not in str(told.value)
    assert answer(model)


def test_an_error_that_is_nobodys_fault_stays_what_it_is(model, loaded):
    with Fails(loaded.model, ZeroDivisionError("odd"), at=3), pytest.raises(ZeroDivisionError):
        answer(model)


# The embedded model


@pytest.mark.slow
def test_the_embedded_model_answers_a_greeting_and_ends_by_itself(tmp_path):
    model = LocalModel(models.load(FinetuneSettings(home=tmp_path)), context=2048)
    said = answer(model, (Message(role="user", content="Say hello."),), sampling=Sampling(max_new_tokens=200))
    assert any(letter.isalpha() for letter in said)
    assert "<|" not in said
    assert len(said.split()) < 190
