"""The command line: `python -m finetune sft|dpo|kto|auto DATASET --name NAME`, list, show, promote, rollback, ..."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from finetune.commands import adapters, judging, results, runs, training
from finetune.errors import FinetuneError
from finetune.recipe import METHODS

Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def main(given: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(given)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        status: int = options.run(options)
        return status
    except FinetuneError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 1
    except Exception as error:
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        print(f"error: unexpected {type(error).__name__}: {str(error).splitlines()[:1]}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", type=Path, help="the folder that holds all state")
    shared.add_argument("--model", help="`embedded`, a folder, or a hub name")
    shared.add_argument("--quantize", choices=("none", "8bit", "4bit"), help="how the base model's weights are held")
    shared.add_argument("--json", action="store_true", help="print for machines")
    parser = argparse.ArgumentParser(prog="python -m finetune", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[shared])
        added.set_defaults(run=run, method=name)
        return added

    _add_training_commands(command)
    _add_adapter_commands(command)
    _add_judging_commands(command)
    _add_run_commands(command)
    return parser


def _add_training_commands(command: Command) -> None:
    for method in (*METHODS, "auto"):
        text = "Train by the method that fits the ratings" if method == "auto" else f"Train by {method.upper()}"
        run = command(method, training.train, f"{text}, judge, and let serve what passed.")
        run.add_argument(
            "dataset", type=Path, help="rated answers as JSONL (sft: TRL's prompt-completion rows as well)"
        )
        run.add_argument("--name", required=True, help="what the adapter is to be called")
        run.add_argument("--recipe", type=Path, help="a recipe to use in place of the method's own")
        run.add_argument("--no-promote", action="store_true", help="let nothing serve, even what passes the gate")


def _add_adapter_commands(command: Command) -> None:
    command("list", adapters.list_all, "List the adapters.")
    command("show", adapters.show_one, "Show one adapter's card.").add_argument("name")
    command("promote", adapters.promote, "Let an adapter serve, from the next answer on.").add_argument("name")
    command("rollback", adapters.rollback, "Let serve again what served before.")
    merge = command("merge", results.merge, "Merge an adapter into the base, as full weights.")
    merge.add_argument("name")
    merge.add_argument("folder", type=Path)


def _add_judging_commands(command: Command) -> None:
    evaluate = command("evaluate", judging.evaluate, "Score the base or an adapter on the question sets.")
    evaluate.add_argument("name", nargs="?", help="an adapter; the base alone where left out")
    evaluate.add_argument("--ratings", type=Path, help="rated answers as JSONL that it has not learnt from")
    evaluate.add_argument("--sheet", type=Path, help="a folder for sheet.json and sheet.html, against what serves")
    evaluate.add_argument("--tasks", help="public benchmarks by name, with commas between: needs lm-evaluation-harness")
    evaluate.add_argument("--limit", type=int, help="ask so many questions of each benchmark")


def _add_run_commands(command: Command) -> None:
    command("runs", runs.list_all, "List the runs.")
    command("stop", runs.stop, "Stop a run.").add_argument("name")


if __name__ == "__main__":
    sys.exit(main())
