"""What becomes of an adapter elsewhere, on the command line: merge, push, gguf, vllm."""

import argparse
from typing import TYPE_CHECKING

from finetune.commands.border import prepare, registry, settings, show
from finetune.errors import BadInput

if TYPE_CHECKING:
    from finetune.registry import Adapter
    from finetune.settings import FinetuneSettings


def merge(options: argparse.Namespace) -> int:
    """Merge an adapter into the base, as full weights."""
    chosen, adapter = _chosen(options)
    prepare(chosen)
    from finetune.results import merging

    merged = merging.merge(chosen, adapter, options.folder)
    show(options, merged.as_json(), merged.told())
    return 0


def push(options: argparse.Namespace) -> int:
    """Send an adapter to the model hub, after saying what would be sent."""
    chosen, adapter = _chosen(options)
    prepare(chosen, network=True)
    from finetune.results import hub

    with hub.parcel(chosen, adapter, merged=options.merged) as parcel:
        lines = [f"{size:>14,}  {name}" for name, size in parcel.files.items()]
        kind = "public" if options.public else "private"
        if not options.yes:
            ask = (
                f"nothing was sent; add --yes to send these {len(lines)} files to the {kind} repository {options.repo}"
            )
            show(
                options,
                {"sent": False, "repo": options.repo, "private": not options.public, **parcel.as_json()},
                [*lines, ask],
            )
            return 0
        url = hub.send(parcel, options.repo, private=not options.public)
        show(
            options,
            {"sent": True, "url": url, "private": not options.public, **parcel.as_json()},
            [*lines, f"sent to {url}"],
        )
    return 0


def gguf(options: argparse.Namespace) -> int:
    """Convert base and adapter into one GGUF file for llama.cpp and Ollama."""
    chosen, adapter = _chosen(options)
    prepare(chosen)
    from finetune.results import gguf as converting

    made = converting.convert(chosen, adapter, options.file, options.type, options.llama_cpp)
    show(options, made.as_json(), made.told())
    return 0


def vllm(options: argparse.Namespace) -> int:
    """Put an adapter into a folder that vLLM serves."""
    chosen, adapter = _chosen(options)
    from finetune.results import vllm as serving

    ready = serving.export(chosen, adapter, options.folder)
    show(options, ready.as_json(), ready.told())
    return 0


def _chosen(options: argparse.Namespace) -> "tuple[FinetuneSettings, Adapter]":
    """Return the adapter, and the settings with the base that it was trained on."""
    adapter = registry(options).get(options.name)
    if options.model not in (None, adapter.card.base):
        raise BadInput(f"{adapter.name} was trained on {adapter.card.base}: leave out --model")
    return settings(options).model_copy(update={"model": adapter.card.base}), adapter
