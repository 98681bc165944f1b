"""How the heads see a text: by the first layers of the embedded encoder, and a short one by all of its layers.

What is asked for is known after a few layers, at that part of the cost; the last ones add what a sentence is about. The
layers compute in eight bits with weights scaled row by row (torch's dynamic quantisation), one text at a time, so that
the vector of a text does not depend on what stands beside it.
"""

import threading
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from assistant.guardrails.terms import Matrix
from knowledge.embeddings import EMBEDDED, TOKENS, locate, quiet

FIRST = 4
"""Layers of six after which a text is looked at."""
SIZE, HEADS = 384, 12
SHORT = 300
"""Characters up to which a text goes through all layers."""


class Views:
    """Turns texts into two vectors each, side by side: after the first layers, and after all of them.

    May be used from several threads. The model is loaded with the first text.
    """

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._parts: tuple[Any, Any] | None = None

    def __call__(self, texts: Sequence[str]) -> Matrix:
        """Return a row of 768 numbers a text; the second half of a long text's is zero.

        What lies beyond 256 tokens is not read.

        Raises:
            IndexUnavailable: the embedded encoder is not installed.
        """
        return np.stack([self._view(text) for text in texts])

    def _view(self, text: str) -> Matrix:
        import torch

        tokenizer, model = self._load()
        # Half a character, as half of a pair that was cut, is none for the tokenizer.
        numbers = tokenizer.encode(text.encode("utf-8", "replace").decode()).ids
        with torch.inference_mode():
            states = model.embeddings(torch.tensor([numbers]))
            view = np.zeros(2 * SIZE, dtype=np.float32)
            for number, layer in enumerate(model.encoder.layer, start=1):
                if number == FIRST + 1:
                    view[:SIZE] = _pooled(states)
                    if len(text) > SHORT:
                        return view
                states = _through(layer, states)
            view[SIZE:] = _pooled(states)
        return view

    def _load(self) -> tuple[Any, Any]:
        with self._loading:
            if self._parts is None:
                self._parts = _load()
        return self._parts


def _through(layer: Any, states: Any) -> Any:
    """Return what a layer of BERT makes of a text: the same numbers as its own call, without what that does besides."""
    from torch.nn import functional

    attention, output = layer.attention, layer.output
    parts = attention.self.query, attention.self.key, attention.self.value
    heads = (1, states.shape[1], HEADS, SIZE // HEADS)
    query, key, value = (part(states).view(heads).transpose(1, 2) for part in parts)
    mixed = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(states.shape)
    states = attention.output.LayerNorm(attention.output.dense(mixed) + states)
    return output.LayerNorm(output.dense(functional.gelu(layer.intermediate.dense(states))) + states)


def _pooled(states: Any) -> Matrix:
    """Return the mean over all tokens, scaled to unit length."""
    mean = states[0].mean(dim=0).float().numpy()
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def _load() -> tuple[Any, Any]:
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel

    folder, _ = locate(EMBEDDED)
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(TOKENS)
    with quiet():
        model = AutoModel.from_pretrained(folder, local_files_only=True, attn_implementation="sdpa").eval()
    if torch.backends.quantized.engine == "none":
        return tokenizer, model  # a processor without a backend for eight bits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own quantisation is old, and says so
        by_row = torch.ao.quantization.per_channel_dynamic_qconfig
        quantize: Any = torch.ao.quantization.quantize_dynamic
        quantize(model.encoder, {torch.nn.Linear: by_row}, inplace=True)
    return tokenizer, model
