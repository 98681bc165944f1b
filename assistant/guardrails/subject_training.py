"""Train the heads that tell what a message is about: questions for a professional, and what is not for children.

    python -m assistant.guardrails.subject_training DATA_DIR [advice | age]

Each learns from what was written for it, in `heads/advice.jsonl` and `heads/age.jsonl`, and that the harmless examples
of the other heads are about none of it.
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
NAMES = ("advice", "age")


def written(name: str) -> Iterator[Example]:
    """Read what was written for a head: texts by subject, and what only reads like them."""
    for line in (HEADS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Example(name, row["text"], row["label"])


def head(name: str, examples: Sequence[Example], views: Encoder) -> Head:
    """Fit a head to what was written for it and to the harmless among other examples."""
    harmless = [example for example in examples if example.label == NONE]
    return fit(rows([*written(name), *harmless], views))


def train(examples: Sequence[Example], views: Encoder, folder: Path = HEADS, names: Sequence[str] = NAMES) -> None:
    """Fit and store the heads."""
    for name in names:
        head(name, examples, views).save(folder / f"{name}.npz")
        log.info("The head of the %s rail is stored", name)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train(gather(Path(sys.argv[1])), Encoder(Views()), names=sys.argv[2:] or NAMES)
