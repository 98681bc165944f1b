"""The model card that goes with what leaves: base, method, counts, figures, licence, and nothing that people wrote."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune import bases, models
from finetune.registry import Adapter
from finetune.results.likeness import Likeness
from finetune.settings import FinetuneSettings

EMBEDDED_HUB = "HuggingFaceTB/SmolLM2-135M-Instruct"
METHODS = {
    "sft": "supervised fine-tuning on good answers and corrections (SFT)",
    "dpo": "Direct Preference Optimization on pairs of answers (DPO, Rafailov et al. 2023)",
    "kto": "Kahneman-Tversky Optimization on thumbs up and down (KTO, Ethayarajh et al. 2024)",
    "orpo": "Odds Ratio Preference Optimization (ORPO, Hong et al. 2024)",
    "rl": "reinforcement learning from rewards on its own answers",
    "reward": "a reward model on pairs of answers",
    "pretrain": "continued pretraining on documents",
}
_SHOWN = ("preference", "grounded", "refusals", "general", "substance", "variety")
_LICENCES = ("LICENSE*", "LICENCE*", "NOTICE*", "USE_POLICY*")
_GROUNDED = (
    "In the embedded model, an adapter is merged in that learnt from XQuAD among others (CC BY-SA 4.0, paragraphs from "
    "Wikipedia): keep this attribution."
)
_BASES = {
    models.EMBEDDED: f"The base is the embedded model of Apprentice: {EMBEDDED_HUB}, from weights of 4 bits, with the "
    "grounded adapter merged in. On the model of the hub, an adapter for it says something else.",
    models.PLAIN: f"The base is {EMBEDDED_HUB}, from weights of 4 bits.",
}
"""What is to be said of a base that is not quite the one on the hub."""


def write(folder: Path, adapter: Adapter, settings: FinetuneSettings, *, merged: Likeness | None = None) -> None:
    """Write README.md, the model card, into a folder.

    Args:
        folder: the folder that leaves.
        adapter: the adapter and its card; of the recipe and the dataset only numbers are told.
        settings: where the base is, for its licence.
        merged: how alike full weights answer; None for an adapter alone.
    """
    (folder / "README.md").write_text(
        text(adapter, adapter.card.licence or bases.licence(settings), merged=merged), encoding="utf-8"
    )


def text(adapter: Adapter, licence: str | None, *, merged: Likeness | None = None) -> str:
    """Compose the model card."""
    card = adapter.card
    kind = "full weights, merged" if merged else "a PEFT adapter"
    parts = [
        _metadata(adapter, licence, merged=merged is not None),
        f"# {adapter.name}\n",
        f"{public_name(card.base)}, taught by {METHODS.get(card.method, card.method)}; {kind}. Made {card.created}.\n",
        *([_BASES[card.base] + "\n"] if card.base in _BASES else []),
        "## What it learnt from\n\n" + _counts(card.dataset) + "\nWhat people wrote is not part of this folder.\n",
        "## What it scores\n\n" + _figures(adapter),
        "## Licence\n\n" + _licence(card.base, licence),
    ]
    if merged:
        parts.append(f"## Checked\n\nAgainst base and adapter: {merged.told()}.\n")
    return "\n".join(parts)


def public_name(base: str) -> str:
    """Name a base for others: the name on the hub, or that of the folder without where it lies."""
    if base in _BASES:
        return EMBEDDED_HUB if base == models.PLAIN else f"{EMBEDDED_HUB.split('/')[1]}-grounded"
    folder = Path(base).expanduser()
    return folder.resolve().name if folder.is_dir() or base.startswith((".", "/", "~")) else base


def copy_licence(base: Path, folder: Path) -> None:
    """Copy the base's licence files along, where the base is a folder that has some."""
    for pattern in _LICENCES if base.is_dir() else ():
        for file in base.glob(pattern):
            if file.is_file():
                shutil.copy(file, folder / file.name)


def _metadata(adapter: Adapter, licence: str | None, *, merged: bool) -> str:
    base = EMBEDDED_HUB if merged and adapter.card.base in _BASES else public_name(adapter.card.base)
    rows = {"license": licence} if licence else {}
    rows |= {"base_model": base} if "/" in base else {}
    rows |= {"base_model_relation": "finetune" if merged else "adapter"} if "/" in base else {}
    task = "text-classification" if adapter.card.method == "reward" else "text-generation"
    rows |= {"library_name": "transformers" if merged else "peft", "pipeline_tag": task}
    return "\n".join(["---", *(f"{key}: {json.dumps(value)}" for key, value in rows.items()), "---"]) + "\n"


def _counts(dataset: Mapping[str, Any]) -> str:
    """Tell the numbers of the dataset alone: names and paths may say something of people."""
    numbers = {key: value for key, value in dataset.items() if isinstance(value, int) and not isinstance(value, bool)}
    rows = "".join(f"| {key.replace('_', ' ')} | {value:,} |\n" for key, value in numbers.items())
    return f"| | count |\n|---|---|\n{rows}" if rows else "No counts were kept.\n"


def _figures(adapter: Adapter) -> str:
    decision = adapter.card.decision
    if decision is None:
        return "It was not judged.\n"
    scores = {"base": decision.base, "served before": decision.current, "this": decision.candidate}
    head = f"| | {' | '.join(scores)} |\n|---|{'---|' * len(scores)}\n"
    rows = "".join(
        f"| {name} | {' | '.join(f'{getattr(one, name):.2f}' for one in scores.values())} |\n" for name in _SHOWN
    )
    verdict = "It passed the gate." if decision.passed else "It did not pass the gate."
    return f"{head}{rows}\n{verdict} `preference` rests on {decision.candidate.comparisons} comparisons.\n"


def _licence(base: str, licence: str | None) -> str:
    named = f"The base's licence holds: {licence}." if licence else "The base's licence holds; look it up before use."
    return f"{named}\n" if base != models.EMBEDDED else f"{named} {_GROUNDED}\n"
