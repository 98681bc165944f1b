"""The command line: `python -m finetune sft|dpo|kto|auto DATASET --name NAME`, list, show, promote, rollback, ..."""

import argparse
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from finetune.errors import BadInput, FinetuneError
from finetune.recipe import METHODS

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


def main(given: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(given)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    command: Callable[[argparse.Namespace], None] = arguments.command
    try:
        command(arguments)
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
    return 0


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", type=Path, help="the folder that holds all state")
    shared.add_argument("--model", help="`embedded`, a folder, or a hub name")
    shared.add_argument("--quantize", choices=("none", "8bit", "4bit"), help="how the base model's weights are held")
    shared.add_argument("--json", action="store_true", help="print for machines")
    parser = argparse.ArgumentParser(prog="python -m finetune", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, help_text: str, command: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_text, parents=[shared])
        added.set_defaults(command=command, method=name)
        return added

    for method in (*METHODS, "auto"):
        text = "train by the method that fits the ratings" if method == "auto" else f"train by {method.upper()}"
        run = add(method, f"{text}, judge, and let serve what passed", _train)
        run.add_argument(
            "dataset", type=Path, help="rated answers as JSONL (sft: TRL's prompt-completion rows as well)"
        )
        run.add_argument("--name", required=True, help="what the adapter is to be called")
        run.add_argument("--recipe", type=Path, help="a recipe to use in place of the method's own")
        run.add_argument("--no-promote", action="store_true", help="let nothing serve, even what passes the gate")
    add("list", "list the adapters", _list)
    add("show", "show one adapter's card", _show).add_argument("name")
    add("promote", "let an adapter serve, from the next answer on", _promote).add_argument("name")
    add("rollback", "let serve again what served before", _rollback)
    add("runs", "list the runs", _runs)
    add("stop", "stop a run", _stop).add_argument("name")
    add("evaluate", "score the base or an adapter on the question sets", _evaluate).add_argument("name", nargs="?")
    merge = add("merge", "merge an adapter into the base, as full weights", _merge)
    merge.add_argument("name")
    merge.add_argument("folder", type=Path)
    return parser


def _settings(arguments: argparse.Namespace) -> Any:
    from finetune.settings import load

    return load(home=arguments.home, model=arguments.model, quantize=arguments.quantize)


def _registry(arguments: argparse.Namespace) -> Any:
    from finetune.registry import Registry

    return Registry(_settings(arguments).adapters_dir)


def _prepare(settings: Any) -> None:
    """Keep the libraries from the network and from the terminal, and let torch have all cores."""
    local = settings.model.startswith("embedded") or Path(settings.model).expanduser().is_dir()
    for name, value in (QUIET | (OFFLINE if local else {})).items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore", FutureWarning)
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(os.cpu_count() or 1)


def _train(arguments: argparse.Namespace) -> None:
    from finetune import examples, jobs, preferences, recipe

    settings = _settings(arguments)
    chosen = recipe.read(arguments.recipe) if arguments.recipe else None
    with jobs.record(settings, arguments.name, arguments.method) as diary:
        method = arguments.method
        if method == "auto":
            method = chosen.method if chosen else preferences.choose(examples.read(arguments.dataset))
            diary.change(method=method)
        chosen = chosen or recipe.default(method)
        if chosen.method != method:
            raise BadInput(f"{arguments.recipe} is a recipe for {chosen.method}, not for {method}")
        _prepare(settings)
        from finetune import pipeline

        line = _Line()

        def watch(progress: Any) -> None:
            diary.note(progress)
            line.show(progress)

        chosen = replace(chosen, promote=chosen.promote and not arguments.no_promote)
        decision = pipeline.run(settings, chosen, arguments.dataset, arguments.name, watch)
        line.end()
        diary.close(decision)
    if arguments.json:
        _print_json({"name": arguments.name, "method": method, **decision.as_json()})
        return
    print(f"{arguments.name}: {'passed' if decision.passed else 'stays a candidate'}")
    for reason in decision.reasons:
        print(f"  {reason}")


class _Line:
    """One line on the terminal that tells how far the run is."""

    def show(self, progress: Any) -> None:
        step = progress.step
        if step is None:
            self._write("judging: base, current, candidate ...")
            return
        figures = " ".join(
            f"{name} {step.figures[name]:.3g}" for name in ("margin", "accuracy") if name in step.figures
        )
        self._write(f"step {step.step}/{step.steps} loss {step.loss:.4f} {figures}")

    def end(self) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)

    def _write(self, text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)


def _list(arguments: argparse.Namespace) -> None:
    adapters = _registry(arguments).all()
    if arguments.json:
        _print_json([adapter.as_json() for adapter in adapters])
        return
    for adapter in adapters:
        card = adapter.card
        print(f"{adapter.name:24} {adapter.state:10} {card.method:6} {card.base:20} {card.created}")


def _show(arguments: argparse.Namespace) -> None:
    adapter = _registry(arguments).get(arguments.name)
    if arguments.json:
        _print_json(adapter.as_json())
        return
    card = adapter.card
    print(f"{adapter.name}: {adapter.state}, {card.method} on {card.base}, {card.created}")
    if card.decision is None:
        return
    print("\n".join(f"  {reason}" for reason in card.decision.reasons))
    for name, scores in card.decision.as_json()["scores"].items():
        print(f"  {name:10}" + "  ".join(f"{key} {value:g}" for key, value in scores.items()))


def _promote(arguments: argparse.Namespace) -> None:
    base = _settings(arguments).model
    _say_what_serves(arguments, _registry(arguments).promote(arguments.name, base=base))


def _rollback(arguments: argparse.Namespace) -> None:
    _say_what_serves(arguments, _registry(arguments).rollback())


def _say_what_serves(arguments: argparse.Namespace, adapter: Any) -> None:
    name = adapter.name if adapter else None
    if arguments.json:
        _print_json({"serving": name})
    else:
        print(f"{name or 'the base model'} serves from the next answer on")


def _runs(arguments: argparse.Namespace) -> None:
    from finetune import jobs

    runs = jobs.all_runs(_settings(arguments))
    if arguments.json:
        _print_json([run.as_json() for run in runs])
        return
    for run in runs:
        print(f"{run.name:24} {run.state:10} {run.method:6} {run.step}/{run.steps} {run.started}  {run.error or ''}")


def _stop(arguments: argparse.Namespace) -> None:
    from finetune import jobs
    from finetune.registry import check_name

    run = jobs.stop(jobs.read(_settings(arguments).runs_dir / check_name(arguments.name)))
    if arguments.json:
        _print_json(run.as_json())
    else:
        print(f"{run.name}: {run.state}")


def _evaluate(arguments: argparse.Namespace) -> None:
    settings = _settings(arguments)
    adapter = _registry(arguments).get(arguments.name).path if arguments.name else None
    _prepare(settings)
    from finetune.evaluation.sheet import evaluate

    scores = evaluate(settings, adapter, []).as_json()
    if arguments.json:
        _print_json(scores)
    else:
        print("\n".join(f"{key:20} {value:g}" for key, value in scores.items()))


def _merge(arguments: argparse.Namespace) -> None:
    settings = _settings(arguments)
    adapter = _registry(arguments).get(arguments.name)
    if adapter.card.base != settings.model:
        raise BadInput(f"{adapter.name} was trained on {adapter.card.base}: add --model {adapter.card.base}")
    _prepare(settings)
    from finetune.models import merge

    merge(settings, adapter.path, arguments.folder)
    if arguments.json:
        _print_json({"folder": str(arguments.folder.resolve())})
    else:
        print(f"{arguments.folder} is a model folder now: use it with --model {arguments.folder}")


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    sys.exit(main())
