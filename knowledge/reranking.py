"""Reranking: a cross-encoder that reads question and passage together, slower and more exact than vectors.

Any sequence classifier with one output of the model hub will do (Nogueira and Cho 2019), such as those of the family
ms-marco-MiniLM. torch and transformers are loaded with the first question.
"""

import threading
from collections.abc import Sequence
from typing import Any

from knowledge.embeddings import locate
from knowledge.errors import BadInput, IndexUnavailable

TOKENS = 512
"""What is read of question and passage together."""
BATCH = 32


class Reranker:
    """Scores passages by how well they answer a question; may be used from several threads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._tokenizer: Any = None
        self._model: Any = None

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the model's output for each text: the higher, the better it answers the question.

        Raises:
            BadInput: the model has more than one output, so that it is no reranker.
            IndexUnavailable: the model cannot be loaded.
        """
        import torch

        scores: list[float] = []
        with self._lock:
            model, tokenizer = self._load()
            for first in range(0, len(texts), BATCH):
                some = list(texts[first : first + BATCH])
                given = tokenizer(
                    [question] * len(some), some, truncation="longest_first", max_length=self._most(), padding=True,
                    return_tensors="pt",
                ).to(model.device)  # fmt: skip
                with torch.inference_mode():
                    scores += model(**given).logits[:, 0].float().tolist()
        return scores

    def _most(self) -> int:
        return min(TOKENS, int(getattr(self._model.config, "max_position_embeddings", TOKENS)))

    def _load(self) -> tuple[Any, Any]:
        if self._model is None:
            import torch
            from safetensors import SafetensorError
            from transformers import AutoModelForSequenceClassification, AutoTokenizer

            source, local = locate(self._name)
            try:
                self._tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
                model = AutoModelForSequenceClassification.from_pretrained(source, local_files_only=local)
            except (OSError, ValueError, SafetensorError) as error:
                raise IndexUnavailable(
                    f"the reranker {self._name!r} cannot be loaded: name a folder that holds one, or set `reranker` to "
                    '"" to do without'
                ) from error
            if model.config.num_labels != 1:
                raise BadInput(
                    f"{self._name!r} has {model.config.num_labels} outputs: set `reranker` to a cross-encoder, of one"
                )
            self._model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        return self._model, self._tokenizer
