"""Train the head that finds questions for a doctor, a lawyer or an adviser on money.

    python -m assistant.guardrails.advice_training DATA_DIR

It learns from `heads/advice.jsonl`, and that all harmless examples of the other heads ask for no such advice.
"""

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.guardrails.classifier import HEADS, NONE, Head
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.examples import Example, gather
from assistant.guardrails.fitting import fit
from assistant.guardrails.training import rows
from assistant.guardrails.views import Views

log = logging.getLogger(__name__)
NAME = "advice"


def written(path: Path = HEADS / f"{NAME}.jsonl") -> Iterator[Example]:
    """Read what was written for this: questions by field, and what only reads like them."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Example(NAME, row["text"], row["label"])


def head(examples: Sequence[Example], views: Encoder) -> Head:
    """Fit the head to what was written for it and to the harmless among other examples."""
    harmless = [example for example in examples if example.label == NONE]
    return fit(rows([*written(), *harmless], views))


def train(examples: Sequence[Example], views: Encoder, folder: Path = HEADS) -> None:
    """Fit and store the head."""
    head(examples, views).save(folder / f"{NAME}.npz")
    log.info("The head of the advice rail is stored")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train(gather(Path(sys.argv[1])), Encoder(Views()))
