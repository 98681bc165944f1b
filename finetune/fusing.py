"""A LoRA layer with fewer passes over memory: what the adapter adds is added where the layer's output already stands.

PEFT writes `W x`, `B A x`, that times the scale, and the sum, each into memory of its own; on a processor whose memory
is slow, as all are, that takes longer than the products. The sums are the same.
"""

import types
from typing import Any


def fuse(model: Any) -> None:
    """Replace the forward pass of a model's LoRA layers; those that do something else as well stay as they are."""
    from peft.tuners.lora import Linear

    for module in model.modules():
        if type(module) is Linear and not getattr(module, "fused", False):
            module.fused = True
            module.forward = types.MethodType(_forward, module)


def _forward(self: Any, x: Any, *args: Any, **named: Any) -> Any:
    name = _plain(self, x, args, named)
    if name is None:
        return type(self).forward(self, x, *args, **named)
    flat = x.reshape(-1, x.shape[-1])
    added = self.lora_A[name](flat) * self.scaling[name]  # scaled while it is small
    return self.base_layer(flat).addmm_(added, self.lora_B[name].weight.t()).view(*x.shape[:-1], -1)


def _plain(self: Any, x: Any, args: Any, named: Any) -> str | None:
    """Name the one adapter of a layer that is plain LoRA: no dropout, no bias, nothing but this in it."""
    import torch

    active = [name for name in self.active_adapters if name in self.lora_A]
    if args or named or len(active) != 1 or self.disable_adapters or self.merged:
        return None
    [name] = active
    plain = (
        name not in self.lora_variant
        and isinstance(self.lora_dropout[name], torch.nn.Identity)
        and self.lora_B[name].bias is None
        and type(self.base_layer) is torch.nn.Linear
        and not self.base_layer.weight.requires_grad
        and self.base_layer.weight.dtype == self.lora_A[name].weight.dtype == x.dtype
        and not torch.is_autocast_enabled(x.device.type)
    )
    return name if plain else None
