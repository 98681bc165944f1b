"""Prompt Guard (Meta): a DeBERTa that classifies up to 512 tokens as benign, as an injection or as a jailbreak.

The first version tells the last two apart: of what people write only a jailbreak counts, of what a document says both
do, as its card recommends. The second version knows only benign and malicious.
"""

from collections.abc import Sequence

from assistant.guardrails.guards.loading import Guard
from assistant.guardrails.guards.reading import Finding, plain

TOKENS = 512
SPECIAL = 8
"""Tokens that open and close a text, and what cutting it at another place may add."""
BATCH = 16


def injections(guard: Guard, texts: Sequence[str], *, foreign: bool) -> list[Finding]:
    """Judge texts of what people write, or foreign ones, as of documents."""
    import torch

    columns = counted(guard.model.config.id2label, foreign=foreign)
    found = []
    for first in range(0, len(texts), BATCH):
        batch = [plain(guard, text) for text in texts[first : first + BATCH]]
        rows = guard.tokenizer(batch, return_tensors="pt", padding=True, truncation=True, max_length=TOKENS)
        with torch.inference_mode():
            logits = guard.model(**rows.to(guard.device)).logits.float()
        scores = torch.softmax(logits, dim=-1)[:, columns].sum(dim=-1)
        found += [Finding(score) for score in scores.tolist()]
    return found


def counted(labels: dict[int, str], *, foreign: bool) -> list[int]:
    """Return the classes that count, by the names that the model's own configuration gives them.

    One that names none of its classes has the second version's order: benign, then malicious.
    """
    names = {number: name.upper() for number, name in labels.items()}
    if "JAILBREAK" in names.values():
        return [number for number, name in names.items() if name == "JAILBREAK" or (foreign and name == "INJECTION")]
    return [number for number, name in names.items() if name != "BENIGN" and number > 0]
