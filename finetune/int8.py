"""Weights in eight bits on a processor: half of what is read for each token, and so nearly twice the tokens.

Each row of a weight has a scale of its own; what is multiplied with it stays as it is (weight-only: Dettmers et al.,
LLM.int8(), 2022, on why activations are left alone). One token to a few go through torch's own kernel; for many, as in
prompts, the weights are unpacked first, which then costs less.
"""

from typing import Any

import torch
from torch import nn

FEW = 12
"""Rows up to which the kernel is the faster way."""


class Int8Linear(nn.Linear):
    """A linear layer with weights of eight bits; it can be given adapters, and be trained through."""

    def __init__(self, layer: nn.Linear) -> None:
        """Take over the weights of a layer, rounded to 255 steps a row."""
        nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        scales = layer.weight.detach().float().abs().amax(1).clamp_min(1e-8) / 127
        rounded = (layer.weight.detach().float() / scales[:, None]).round().to(torch.int8)
        self.weight = nn.Parameter(rounded, requires_grad=False)
        self.scales = nn.Parameter(scales.to(layer.weight.dtype), requires_grad=False)
        self.bias = layer.bias

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Multiply: ... x in to ... x out."""
        rows = input.reshape(-1, self.in_features)
        if len(rows) > FEW or torch.is_grad_enabled():
            out = nn.functional.linear(rows, self.weight.to(rows.dtype)) * self.scales
        else:
            out = torch._weight_int8pack_mm(rows.contiguous(), self.weight, self.scales)
        out = out if self.bias is None else out + self.bias
        return out.reshape(*input.shape[:-1], self.out_features)


def shrink(model: Any) -> None:
    """Put layers with weights of eight bits in the place of all linear ones, the head's own weights included."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Linear:
                setattr(module, name, Int8Linear(child))
