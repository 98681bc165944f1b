"""Merge an adapter into its base: a model folder with full weights, checked against what it was made of."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune import models
from finetune.errors import BadInput
from finetune.registry import Adapter
from finetune.results import cards
from finetune.results.likeness import Likeness, NotAlike, compare, say
from finetune.settings import FinetuneSettings

SHARD = "5GB"
"""How large one file of weights is at most."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A model folder that was merged, and how alike it answers."""

    folder: Path
    likeness: Likeness
    quantize: str
    """How the base was to be held; it was loaded unquantised whatever this says."""

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        alike = {"tokens": self.likeness.tokens, "same": self.likeness.same, "difference": self.likeness.difference}
        return {"folder": str(self.folder), "likeness": alike}

    def told(self) -> list[str]:
        """Say in lines what became of it."""
        lines = [f"{self.folder} is a model folder now: use it with --model {self.folder}", f"  {self.likeness.told()}"]
        if self.quantize != "none":
            lines.append(f"  merged into the base in full precision, not into its {self.quantize} weights")
        return lines


def merge(settings: FinetuneSettings, adapter: Adapter, folder: Path) -> Merged:
    """Merge an adapter into the model and put both into a folder, with tokenizer, chat template and model card.

    LoRA weights are added to the base's and `modules_to_save` take their place. A base that was quantised for the
    training is loaded as it is: rounding the sum to 4 or 8 bits again would lose what was learnt. The folder is there
    when all of it is, or not at all.

    Raises:
        BadInput: the folder is not empty, the adapter is none that answers, or its base is stored quantised.
        ModelUnavailable: the model or the adapter cannot be loaded.
        NotAlike: the merged weights do not answer like base and adapter.
    """
    if adapter.card.method == "reward":
        raise BadInput(f"{adapter.name} scores answers and gives none: there is nothing to merge it for")
    _refuse_stored_quantised(settings)
    with built_beside(folder) as scratch:
        full = settings.model_copy(update={"quantize": "none"})
        loaded = _load(full, adapter)
        said = say(loaded)
        _save(loaded, scratch, settings)
        del loaded
        likeness = compare(said, models.load(full.model_copy(update={"model": str(scratch)})))
        if not likeness.close:
            raise NotAlike(f"{adapter.name} cannot be merged: the sum answers differently ({likeness.told()})")
        cards.write(scratch, adapter, settings, merged=likeness)
    return Merged(folder.expanduser().resolve(), likeness, settings.quantize)


@contextmanager
def built_beside(folder: Path) -> Iterator[Path]:
    """Let a folder be filled beside its place and put there when it is complete.

    Raises:
        BadInput: the folder is not empty, or it cannot be written.
    """
    target = folder.expanduser().resolve()
    if target.is_file() or (target.exists() and any(target.iterdir())):
        raise BadInput(f"{folder} is not empty: name a new folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            built = Path(scratch) / "built"
            built.mkdir()
            yield built
            built.replace(target)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror or error}") from error


def _load(settings: FinetuneSettings, adapter: Adapter) -> models.Loaded:
    """Load base and adapter, or the whole model where all of it was trained."""
    from safetensors import SafetensorError

    try:
        if (adapter.path / "adapter_config.json").exists():
            return models.load(settings, adapter=adapter.path)
        return models.load(settings.model_copy(update={"model": str(adapter.path)}))
    except SafetensorError as error:
        raise BadInput(f"the weights in {adapter.path} cannot be read: {error}") from error


def _save(loaded: models.Loaded, folder: Path, settings: FinetuneSettings) -> None:
    """Save the merged weights in the number format of the base's own file, whatever they were computed in."""
    from peft import PeftModel

    model = loaded.model.merge_and_unload() if isinstance(loaded.model, PeftModel) else loaded.model
    model.to(_config(settings).dtype or model.dtype).save_pretrained(folder, max_shard_size=SHARD)
    loaded.tokenizer.save_pretrained(folder)
    cards.copy_licence(Path(models.locate(settings)), folder)


def _config(settings: FinetuneSettings) -> Any:
    from transformers import AutoConfig

    source = models.locate(settings)
    with models.translated(settings.model):
        return AutoConfig.from_pretrained(source, local_files_only=models.kept_here(source))


def _refuse_stored_quantised(settings: FinetuneSettings) -> None:
    if getattr(_config(settings), "quantization_config", None) is not None:
        raise BadInput(
            f"{settings.model} is stored quantised, and rounding the sum again would lose what was learnt: "
            "train on its unquantised original with --quantize 4bit"
        )
