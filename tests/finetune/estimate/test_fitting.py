"""What does not fit is refused with the changes that would make it fit."""

from finetune import recipe
from finetune.estimate import fitting
from finetune.estimate.fitting import Setting
from finetune.estimate.parameters import Parameters
from finetune.estimate.prediction import Memory

GB = 1_000_000_000
PARAMETERS = Parameters(all=2 * GB, trained=GB // 50, linear=GB * 19 // 10, layers=20)
SETTING = Setting(quantize="none", bytes=4, batch=8, checkpointing=False)


def remedies(memory, capacity, *, setting=SETTING, **table):
    chosen = recipe.parse({"method": "sft", **table})
    return fitting.remedies(memory, capacity, PARAMETERS, chosen, setting)


def test_a_batch_that_would_fit_is_named():
    found = remedies(Memory(GB, 8 * GB, GB, 8 * GB), 14 * GB)
    assert found[0] == "lower per_device_train_batch_size to 4"


def test_only_what_helps_is_named():
    found = remedies(Memory(GB, 8 * GB, GB, GB), 10 * GB)
    assert found == ("add --quantize 4bit",)


def test_checkpointing_and_quantising_are_not_named_twice():
    setting = Setting(quantize="4bit", bytes=4, batch=8, checkpointing=True)
    found = remedies(Memory(GB, GB, GB, 8 * GB), 7 * GB, setting=setting)
    assert found == ("lower per_device_train_batch_size to 4",)


def test_lora_takes_the_place_of_training_everything():
    found = remedies(Memory(GB, 8 * GB, 24 * GB, GB), 12 * GB, adaptation="full")
    assert found == ('set adaptation = "lora"',)


def test_where_nothing_helps_the_size_of_a_model_is_named():
    assert remedies(Memory(0, 8 * GB, 0, 0), GB // 2) == ("use a smaller model (up to about 125 M parameters)",)


def test_four_bits_shrink_the_layers_and_not_the_words():
    setting = Setting(quantize="4bit", bytes=2, batch=8, checkpointing=False)
    assert fitting.weights(PARAMETERS, setting) == round(1.9 * GB * 0.52 + 0.1 * GB * 2)


def test_what_is_trained_has_gradients_and_averages_beside_it():
    lora, full = (recipe.parse({"method": "sft", "adaptation": name}) for name in ("lora", "full"))
    assert fitting.states(PARAMETERS, lora) == PARAMETERS.trained * 16
    assert fitting.states(PARAMETERS, full) == PARAMETERS.trained * 12


def test_a_refusal_is_one_line_that_says_what_to_do():
    said = fitting.refusal(Memory(0, 8 * GB, 0, 0), GB, ("add --quantize 4bit", "use less"))
    assert said == "this run needs 8.0 GB of memory, and 1.0 GB can be had here: add --quantize 4bit, or use less"
