"""Adapters on one model: loaded when they are asked for, several in one pass where PEFT can, the oldest put away.

https://huggingface.co/docs/peft/developer_guides/lora (inference with different LoRA adapters in the same batch)
"""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import ModelUnavailable
from assistant.model.whole import Exchange, Weights, parted

LOADED_ADAPTERS = 4
"""How many adapters stay in memory at least as long as answers use them, and else at most."""
Named = tuple[str, Path]


class Adapters:
    """What a model wears, row by row."""

    def __init__(self, model: Any) -> None:
        """Take the model; nothing is changed on it before the first adapter."""
        self._model = model
        self._tuned: Any = None
        self._loaded: list[str] = []
        self._worn: str | None = None
        self._exchange = Exchange(model)
        self._whole: dict[str, Weights] = {}
        """What those adapters keep whole that keep anything."""
        self._rows: list[str] | None = None
        """The adapter of each row, while a pass has several."""

    def load(self, adapter: Named, used: Collection[str]) -> str:
        """Load an adapter where it is not loaded yet, and return what PEFT knows it by.

        Args:
            adapter: its name and folder.
            used: those that answers are being written with, which stay.

        Raises:
            ModelUnavailable: it is not there, is damaged, or does not fit the model.
        """
        if not (adapter[1] / "adapter_config.json").exists():
            raise _unfit(adapter[0])
        name = known_as(adapter)
        if name not in self._loaded:
            self._load(adapter, name)
        self._loaded.remove(name)
        self._loaded.append(name)
        spare = [one for one in self._loaded[:-1] if one not in used]
        while len(self._loaded) > LOADED_ADAPTERS and spare:
            self._put_away(spare.pop(0))
        return name

    def mixes(self, name: str) -> bool:
        """Whether rows with this adapter may stand beside rows with others: LoRA on linear layers and nothing else."""
        from peft import PeftType

        config = self._tuned.peft_config[name]
        plain = config.peft_type == PeftType.LORA and not config.use_dora and config.bias == "none"
        return plain and name not in self._whole and not getattr(config, "alora_invocation_tokens", None)

    def wear(self, rows: Sequence[str | None]) -> None:
        """Put on the adapters that the next pass is computed with, row by row; None is the model as it is."""
        names = set(rows)
        self._rows = None
        if names == {None}:
            self._switch(None)
            return
        self._switch(next(name for name in rows if name))
        if len(names) > 1:
            self._rows = [name or "__base__" for name in rows]

    def _switch(self, name: str | None) -> None:
        """Let one adapter be the active one, or none."""
        if name == self._worn or self._tuned is None:
            return
        if name is None:
            self._tuned.base_model.disable_adapter_layers()
        else:
            self._tuned.base_model.enable_adapter_layers()
            self._tuned.set_adapter(name, inference_mode=True)
        self._exchange.put(self._whole.get(name or "", {}))
        self._worn = name

    def _load(self, adapter: Named, name: str) -> None:
        """Put an adapter on the model; one that cannot be put there leaves the model as it was."""
        from peft import PeftConfig, PeftModel

        self._worn = ""  # loading switches as it likes
        self._exchange.put({})
        try:
            with parted(adapter[1]) as (folder, whole):
                whole = self._exchange.fitted(whole)
                if self._tuned is None:
                    config = PeftConfig.from_pretrained(str(folder))
                    self._tuned = PeftModel(self._model, config, adapter_name=name)
                self._tuned.load_adapter(str(folder), adapter_name=name)
        except Exception as error:
            if self._tuned is not None and name in self._tuned.peft_config:
                self._put_away(name)
            raise error if out_of_memory(error) else _unfit(adapter[0]) from error
        self._tuned.eval()
        self._loaded.append(name)
        if whole:
            self._whole[name] = whole
        self._hook()

    def _put_away(self, name: str) -> None:
        self._worn = ""
        self._exchange.put({})
        self._whole.pop(name, None)
        self._tuned.delete_adapter(name)
        if name in self._loaded:
            self._loaded.remove(name)

    def _hook(self) -> None:
        """Have every layer of LoRA told the adapter of each row, where a pass has several."""
        from peft.tuners.lora import LoraLayer

        for module in self._tuned.modules():
            if isinstance(module, LoraLayer) and not getattr(module, "_told_rows", False):
                module.register_forward_pre_hook(self._tell, with_kwargs=True)
                module._told_rows = True

    def _tell(self, _module: Any, given: Any, named: dict[str, Any]) -> Any:
        return given, named if self._rows is None else {**named, "adapter_names": self._rows}


def known_as(adapter: Named) -> str:
    """Return PEFT's name for an adapter: no dots, nothing like its own `lora_`, and another one when trained anew."""
    return re.sub(r"[^a-z0-9]", "-", f"{adapter[0]}-{adapter[1].stat().st_mtime_ns}".lower())


def out_of_memory(error: BaseException) -> bool:
    """Whether an error of torch means that memory ran out."""
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "not enough memory" in str(error)


def _unfit(adapter: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"the adapter {adapter} is damaged or does not fit this model: roll back to another one on the Improve tab"
    )
