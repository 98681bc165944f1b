"""How many parameters a model has, and how many of them a recipe trains: counted without any weights."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from finetune import adaptation, models
from finetune.errors import BadInput
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a model is made of, in numbers of parameters, and in how many hidden layers."""

    all: int
    """Those of the model itself, tied weights once."""
    trained: int
    linear: int
    """Those in the linear layers within the hidden layers, which a quantisation shrinks."""
    layers: int

    @property
    def layer(self) -> int:
        """Those of one hidden layer."""
        return self.linear // self.layers


def count(settings: FinetuneSettings, recipe: Recipe, config: Any) -> Parameters:
    """Count the parameters of a model by its configuration, and those that the recipe trains.

    Raises:
        BadInput: the recipe does not fit the model.
        ModelUnavailable: transformers knows no such model.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    kind = AutoModelForCausalLM
    if recipe.method == "reward":
        kind, config = AutoModelForSequenceClassification, deepcopy(config)
        config.num_labels = 1
    with models.translated(settings.model), torch.device("meta"):
        model = kind.from_config(config)
    head = model.get_output_embeddings()
    linear = sum(m.weight.numel() for m in model.modules() if isinstance(m, torch.nn.Linear) and m is not head)
    whole = model.num_parameters()
    return Parameters(whole, _trained(model, recipe), linear, config.get_text_config().num_hidden_layers)


def configuration(settings: FinetuneSettings) -> Any:
    """Read the model's configuration.

    Raises:
        BadInput: the weights are quantised already, so that none can be made like them.
        ModelUnavailable: the model cannot be had.
    """
    from transformers import AutoConfig

    models.quiet()
    source = models.locate(settings)
    with models.translated(settings.model):
        config = AutoConfig.from_pretrained(source, local_files_only=models.kept_here(source))
    if "quantization_config" in config.to_dict():
        raise BadInput(f"{settings.model} is quantised already: name the model it was made from, and --quantize 4bit")
    return config


def _trained(model: Any, recipe: Recipe) -> int:
    import torch
    from peft import get_peft_model

    described = adaptation.peft_config(recipe, model)
    with torch.device("meta"):
        try:
            adapted = get_peft_model(model, described, low_cpu_mem_usage=True) if described else model
        except ValueError as error:
            raise BadInput(f"the recipe's [lora] table does not fit the model: {str(error).splitlines()[0]}") from error
    adaptation.choose_trained(recipe, adapted)
    return sum(weight.numel() for weight in adapted.parameters() if weight.requires_grad)
