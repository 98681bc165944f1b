"""Adapters that keep whole layers: those are put in the place of the model's own while such an adapter is worn.

PEFT wraps a layer that an adapter keeps whole (`modules_to_save`), and then neither finds the layers inside for another
adapter's matrices nor keeps those out of its copy. So the matrices go to PEFT alone, and the layers are exchanged here.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
PREFIX = "base_model.model."
"""What PEFT puts before the names of the model's own modules."""
Weights = dict[str, Any]


@contextmanager
def parted(folder: Path) -> Iterator[tuple[Path, Weights]]:
    """Give a folder with the matrices of an adapter, for PEFT, and the weights that it keeps whole, by their names.

    Raises:
        Exception: whatever comes of files that are damaged.
    """
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    if not config.get("modules_to_save"):
        yield folder, {}
        return
    from safetensors.torch import load_file, save_file

    held = load_file(folder / WEIGHTS)
    matrices = {name: weight for name, weight in held.items() if ".lora_" in name}
    whole = {name.removeprefix(PREFIX): weight for name, weight in held.items() if ".lora_" not in name}
    with TemporaryDirectory() as scratch:
        save_file(matrices, Path(scratch) / WEIGHTS)
        (Path(scratch) / CONFIG).write_text(json.dumps(config | {"modules_to_save": None}), encoding="utf-8")
        yield Path(scratch), whole


class Exchange:
    """Puts weights in the place of a model's own, and those back."""

    def __init__(self, model: Any) -> None:
        """Take the model."""
        self._model = model
        self._own: list[tuple[Any, str, Any]] = []

    def fitted(self, whole: Weights) -> Weights:
        """Return weights as the model can take them.

        Raises:
            ValueError: one has no place in it, or has another shape.
        """
        found = {}
        for name, weight in whole.items():
            module, last = self._place(name)
            own = getattr(module, last, None)
            if own is None or own.shape != weight.shape or not own.is_floating_point():
                raise ValueError(f"there is no place for {name}")
            found[name] = weight.to(own.device, own.dtype)
        return found

    def put(self, whole: Weights) -> None:
        """Put weights in; those of before go back first."""
        import torch

        for module, last, own in self._own:
            module.register_parameter(last, own)
        self._own = []
        for name, weight in whole.items():
            module, last = self._place(name)
            self._own.append((module, last, getattr(module, last)))
            module.register_parameter(last, torch.nn.Parameter(weight, requires_grad=False))

    def _place(self, name: str) -> tuple[Any, str]:
        """Return the module of a weight, within what PEFT may have put round it, and the weight's name there."""
        path, _, last = name.rpartition(".")
        module = self._model
        for part in path.split("."):
            module = getattr(module, part, None)
        return getattr(module, "base_layer", module), last
