"""The same losses in less time: what TRL's trainers compute of a model, without what their losses do not need.

TRL scores every token of a row against the whole vocabulary where there is no Triton, prompts included, and computes a
prompt as often as it has answers. Here only tokens that are learnt are scored, and common beginnings are shared.
"""

import functools
import types
from typing import Any

from finetune import sharing

OUTPUTS = ("log_probs", "entropy", "log_sum_sq_probs", "mean_logits", "is_top1")
"""What TRL's trainers read of each token."""
READ = {"input_ids", "attention_mask", "use_cache", "num_items_in_batch"}
"""What TRL's trainers give the model that is understood here; with anything else its own forward pass is taken."""
CHUNK = 32768
"""Entries of the vocabulary that are scored at a time."""


def lighten(model: Any, temperature: float = 1.0, *, entropy: bool = False) -> None:
    """Replace the forward pass that TRL gave to a model by one that does less; a model that it does not fit stays.

    Args:
        model: a trainer's model, with or without an adapter.
        temperature: what the logits are divided by, where answers were sampled with it.
        entropy: whether the entropy is learnt from, and not only told.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    if not _fits(inner) or getattr(inner, "lightened", False):
        return
    inner.lightened = True
    if hasattr(inner, "score"):
        _share(inner.base_model)
        return
    heavy = inner.forward

    @functools.wraps(type(inner).forward)
    def forward(self: Any, *args: Any, fused_lm_head: bool = False, labels: Any = None, **given: Any) -> Any:
        given = {key: value for key, value in given.items() if value is not None}  # PEFT names all that there could be
        if not fused_lm_head or args or labels is None or set(given) - READ:
            more = {"fused_lm_head": True} if fused_lm_head else {}
            return heavy(*args, **more, **({} if labels is None else {"labels": labels}), **given)
        found = _scored(self, given["input_ids"], given.get("attention_mask"), labels, score)
        if (counted := given.get("num_items_in_batch")) is not None:
            found.loss = -found.log_probs.sum() / counted
        return found

    score = functools.partial(_score, temperature=temperature, entropy=entropy)
    inner.forward = types.MethodType(forward, inner)


def _share(backbone: Any) -> None:
    """Let a backbone whose head reads single states, as a reward's does, compute common beginnings once."""
    heavy = backbone.forward

    @functools.wraps(type(backbone).forward)
    def forward(self: Any, input_ids: Any = None, attention_mask: Any = None, **given: Any) -> Any:
        alone = input_ids is None or attention_mask is None or attention_mask.ndim != 2 or given.get("use_cache")
        packed = None if alone else sharing.pack(input_ids, attention_mask, _dtype(self))
        if packed is None:
            return heavy(input_ids, attention_mask=attention_mask, **given)
        found = heavy(
            packed.ids, **{**given, "attention_mask": packed.mask, "position_ids": packed.positions, "use_cache": False}
        )
        found.last_hidden_state = found.last_hidden_state.flatten(0, 1)[packed.where]
        return found

    backbone.forward = types.MethodType(forward, backbone)


def _fits(inner: Any) -> bool:
    """Say whether a model is one whose attention takes a mask of ours and whose logits are the head's, unscaled."""
    import torch

    config = inner.config.get_text_config()
    head = inner.get_output_embeddings()
    plain = {"full_attention"}
    scaled = ("final_logit_softcapping", "logit_scale", "logits_scaling", "lm_head_multiplier", "output_multiplier")
    return (
        (hasattr(inner, "score") or (hasattr(inner, "lm_head") and type(head) is torch.nn.Linear))
        and getattr(config, "_attn_implementation", None) in ("sdpa", "eager")
        and getattr(config, "sliding_window", None) is None
        and set(getattr(config, "layer_types", None) or plain) <= plain
        and not getattr(config, "output_router_logits", False)
        and all(getattr(config, name, None) is None for name in scaled)
    )


def _scored(self: Any, ids: Any, attention: Any, labels: Any, score: Any) -> Any:
    """Compute log-probabilities of the labels, in the form in which TRL's trainers read them."""
    from trl.trainer.utils import FusedCausalLMOutput

    learnt = labels[:, 1:] != -100
    hidden = _hidden(self, ids, attention, learnt)
    found = score(hidden, self.get_output_embeddings(), labels[:, 1:][learnt])
    log_probs, entropy, log_sum_sq_probs, mean_logits, is_top1 = (
        one.new_zeros(learnt.shape).masked_scatter(learnt, one) for one in found
    )
    return FusedCausalLMOutput(
        loss=-log_probs.sum() / learnt.sum().clamp(min=1),
        log_probs=log_probs,
        entropy=entropy,
        log_sum_sq_probs=log_sum_sq_probs,
        mean_logits=mean_logits,
        is_top1=is_top1,
        label_mask=learnt,
    )


def _score(hidden: Any, head: Any, targets: Any, *, temperature: float, entropy: bool) -> Any:
    """Score the targets: by TRL's function where the head learns, where entropy is learnt from, or Triton is there."""
    from transformers.utils import is_triton_available
    from trl.kernels import ChunkedLogProbFunction

    from finetune.scoring import FrozenHead

    quick = hidden.device.type in ("cuda", "xpu") and is_triton_available()
    if quick or entropy or head.weight.requires_grad or head.bias is not None:
        return ChunkedLogProbFunction.apply(
            hidden, head.weight, head.bias, targets, temperature, CHUNK, None, 1.0, OUTPUTS
        )
    return FrozenHead.apply(hidden, head.weight, targets, temperature)  # type: ignore[no-untyped-call]


def _hidden(self: Any, ids: Any, attention: Any, learnt: Any) -> Any:
    """Return the hidden states from which the learnt tokens are told, (tokens, size)."""
    packed = None if attention is None else sharing.pack(ids, attention, _dtype(self))
    if packed is None:
        seen = None if _ends_padded(attention) else attention
        states = self.base_model(input_ids=ids, attention_mask=seen, use_cache=False).last_hidden_state
        return states[:, :-1][learnt]
    states = self.base_model(
        input_ids=packed.ids, attention_mask=packed.mask, position_ids=packed.positions, use_cache=False
    ).last_hidden_state
    return states.flatten(0, 1)[packed.where[:, :-1][learnt]]


def _ends_padded(attention: Any) -> bool:
    """Say whether rows are padded at their ends alone: no token sees what comes after it, so they need no mask."""
    return attention is None or (attention.ndim == 2 and bool((attention[:, 1:] <= attention[:, :-1]).all()))


def _dtype(self: Any) -> Any:
    import torch

    kind = self.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else self.dtype
