"""A LoRA folder that vLLM serves beside its base, or one line that says why it cannot.

The limits are those of vLLM's PEFTHelper and LoRAConfig (vllm/lora/peft_helper.py, vllm/config/lora.py of
vllm-project/vllm, read in 2026): ranks up to 512, no modules_to_save, no DoRA, no bias, linear layers alone.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune import models
from finetune.errors import BadInput
from finetune.registry import Adapter
from finetune.results import cards
from finetune.results.merging import built_beside
from finetune.settings import FinetuneSettings

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What --max-lora-rank may be; the smallest that is enough costs least memory."""
PLAIN = (
    "modules_to_save",
    "trainable_token_indices",
    "layer_replication",
    "target_parameters",
    "alora_invocation_tokens",
)
"""Features of PEFT that leave more than two matrices a layer; vLLM has none of them."""
VARIANTS = ("use_dora", "use_qalora", "use_bdlora", "lora_bias", "fan_in_fan_out")
OTHERS = ("arrow_config", "kasa_config", "monteclora_config", "velora_config")
LAYERS = re.compile(r"\.lora_[AB]\.weight$")
VOCABULARY = re.compile(r"\.(lm_head|embed_tokens|wte|embed_out)\.")


@dataclass(frozen=True, slots=True)
class Servable:
    """A folder that vLLM takes, and how to serve it."""

    folder: Path
    name: str
    base: str
    """The base as vLLM has to be given it: a name on the hub or a folder."""
    rank: int
    """What --max-lora-rank has to be."""

    @property
    def command(self) -> str:
        """The command line that serves base and adapter."""
        parts = ["vllm", "serve", self.base, "--enable-lora", "--max-lora-rank", str(self.rank)]
        return shlex.join([*parts, "--lora-modules", f"{self.name}={self.folder}"])

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"folder": str(self.folder), "base": self.base, "max_lora_rank": self.rank, "command": self.command}

    def told(self) -> list[str]:
        """Say in lines what became of it."""
        return [f"{self.folder} is ready for vLLM; ask it for the model {self.name}:", f"  {self.command}"]


def export(settings: FinetuneSettings, adapter: Adapter, folder: Path) -> Servable:
    """Put an adapter into a folder that vLLM serves.

    Raises:
        BadInput: vLLM could not serve it, or the folder is not empty.
    """
    if adapter.card.method == "reward":
        raise BadInput(f"{adapter.name} scores answers and gives none: vLLM would have nothing to say with it")
    config, weights = _read(adapter)
    reasons = [*unservable(config), *_strange(weights)]
    if reasons:
        raise BadInput(f"vLLM cannot serve {adapter.name}, because {reasons[0]}: use `merge` and serve the folder")
    rank = min(size for size in RANKS if size >= highest_rank(config))
    source = models.locate(settings)
    with built_beside(folder) as built:
        shutil.copy(adapter.path / "adapter_model.safetensors", built)
        row = {**config, "base_model_name_or_path": cards.public_name(adapter.card.base)}
        (built / "adapter_config.json").write_text(json.dumps(row, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        cards.write(built, adapter, settings)
    return Servable(folder.expanduser().resolve(), adapter.name, source, rank)


def unservable(config: Mapping[str, Any]) -> list[str]:
    """Say what in PEFT's configuration of an adapter vLLM does not serve; nothing where it serves it."""
    if config.get("peft_type") != "LORA":
        return [f"it is {config.get('peft_type')} and not LoRA"]
    reasons = [f"it uses {name}" for name in (*PLAIN, *VARIANTS, *OTHERS) if config.get(name)]
    if config.get("bias", "none") != "none":
        reasons.append(f"its biases were trained (bias = {config['bias']!r})")
    rank = highest_rank(config)
    if rank > RANKS[-1]:
        reasons.append(f"its rank is {rank}, and {RANKS[-1]} is the highest")
    if not config.get("target_modules"):
        reasons.append("it names no layers")
    if config.get("alpha_pattern") or config.get("rank_pattern"):
        # PEFTHelper knows one r and one alpha, and scales all layers by them
        reasons.append("its layers differ in rank or alpha")
    return reasons


def highest_rank(config: Mapping[str, Any]) -> int:
    """Return the highest rank among the layers."""
    return max([int(config.get("r", 0)), *map(int, (config.get("rank_pattern") or {}).values())])


def _read(adapter: Adapter) -> tuple[dict[str, Any], list[str]]:
    """Read the configuration, and the names of the weights."""
    from safetensors import SafetensorError, safe_open

    try:
        config = json.loads((adapter.path / "adapter_config.json").read_text(encoding="utf-8"))
        with safe_open(adapter.path / "adapter_model.safetensors", framework="np") as weights:
            return config, list(weights.keys())
    except FileNotFoundError as error:
        raise BadInput(f"{adapter.name} is no LoRA adapter but a whole model: serve {adapter.path} itself") from error
    except (OSError, ValueError, SafetensorError) as error:
        raise BadInput(f"the adapter in {adapter.path} cannot be read: {error}") from error


def _strange(weights: Iterable[str]) -> list[str]:
    """Say which weights are not LoRA's two matrices of a linear layer."""
    names = list(weights)
    outer = [name for name in names if VOCABULARY.search(name)]
    if outer:
        return [f"it changes the layers of the vocabulary ({outer[0]})"]
    other = [name for name in names if not LAYERS.search(name)]
    return [f"it holds weights beside LoRA's own ({other[0]})"] if other else []
