"""What all commands share: the settings they read, the registry, and how they print for people and for machines."""

import argparse
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finetune.registry import Registry
    from finetune.settings import FinetuneSettings

OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}


def settings(options: argparse.Namespace) -> "FinetuneSettings":
    """Read the settings, the options over the rest.

    Raises:
        BadInput: a key is unknown or a value out of range.
    """
    from finetune.settings import load

    return load(home=options.home, model=options.model, quantize=options.quantize)


def registry(options: argparse.Namespace) -> "Registry":
    """Open the registry of the home that was asked for."""
    from finetune.registry import Registry

    return Registry(settings(options).adapters_dir)


def prepare(chosen: "FinetuneSettings", *, network: bool = False) -> None:
    """Keep the libraries from the network and from the terminal, and hold torch to what a run may use.

    Args:
        chosen: the settings; a base that is here needs no network.
        network: leave the way to the hub open all the same, to send something.
    """
    from pathlib import Path

    local = not network and (chosen.model.startswith("embedded") or Path(chosen.model).expanduser().is_dir())
    for name, value in (QUIET | (OFFLINE if local else {})).items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore", FutureWarning)
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    from finetune import room

    room.keep_to_it(chosen)


def show(options: argparse.Namespace, value: object, lines: Iterable[str]) -> None:
    """Print a value for machines or its lines for people."""
    if options.json:
        print(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            print(line)


def say(line: str, *, over: bool = False) -> None:
    """Tell people how it goes, beside the output.

    Args:
        line: the line.
        over: put it over the one before on a terminal, where it tells how far something is.
    """
    if over and sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
    else:
        print(line, file=sys.stderr, flush=True)
