"""The command line: `python -m finetune METHOD DATASET --name NAME`, list, show, promote, rollback, resume, ..."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from finetune.commands import adapters, data, estimating, judging, results, runs, training, trial
from finetune.errors import FinetuneError
from finetune.recipe import METHODS
from finetune.trials import MOST, SHARE

DATASET = "ratings, instructions or preferences: JSONL, JSON, CSV, TSV or Parquet (pretrain: documents)"
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
    _add_data_commands(command)
    _add_result_commands(command)
    _add_trial_commands(command)
    _add_estimate_commands(command)
    return parser


def _add_training_commands(command: Command) -> None:
    for method in (*METHODS, "auto"):
        text = "Train by the method that fits the ratings" if method == "auto" else f"Train by {method.upper()}"
        run = command(method, training.train, f"{text}, judge, and let serve what passed.")
        run.add_argument("dataset", type=Path, help=f"{DATASET}; `check` tells what is in it")
        run.add_argument("--name", required=True, help="what the adapter is to be called")
        run.add_argument("--recipe", type=Path, help="a recipe to use in place of the method's own")
        run.add_argument("--columns", metavar="KIND=COLUMN,...", help="what columns are for: prompt, answer, ...")
        run.add_argument("--skip-bad", action="store_true", help="leave out rows that cannot be used")
        run.add_argument("--no-promote", action="store_true", help="let nothing serve, even what passes the gate")


def _add_adapter_commands(command: Command) -> None:
    command("list", adapters.list_all, "List the adapters.")
    command("show", adapters.show_one, "Show one adapter's card.").add_argument("name")
    promote = command("promote", adapters.promote, "Let an adapter serve, from the next answer on.")
    promote.add_argument("name")
    promote.add_argument("--force", action="store_true", help="promote also what is refused or flagged")
    command("rollback", adapters.rollback, "Let serve again what served before.")


def _add_judging_commands(command: Command) -> None:
    evaluate = command("evaluate", judging.evaluate, "Score the base or an adapter on the question sets.")
    evaluate.add_argument("name", nargs="?", help="an adapter; the base alone where left out")
    evaluate.add_argument("--ratings", type=Path, help="rated answers as JSONL that it has not learnt from")
    evaluate.add_argument("--sheet", type=Path, help="a folder for sheet.json and sheet.html, against what serves")
    evaluate.add_argument("--tasks", help="public benchmarks by name, with commas between: needs lm-evaluation-harness")
    evaluate.add_argument("--limit", type=int, help="ask so many questions of each benchmark")


def _add_run_commands(command: Command) -> None:
    command("runs", runs.list_all, "List the runs.")
    command("resume", training.resume, "Let a run that was broken off go on where it was.").add_argument("name")
    command("stop", runs.stop, "Stop a run.").add_argument("name")


def _add_data_commands(command: Command) -> None:
    check = command("check", data.check, "See what is in a dataset, and what is wrong with it, line by line.")
    check.add_argument("dataset", type=Path, help="JSONL, JSON, CSV, TSV or Parquet, packed with gzip or not")
    check.add_argument("--columns", help="what columns are for: prompt=question,answer=reply[,rating=…,correction=…]")
    check.add_argument("--method", dest="wanted", help="fail if the data is not enough for this method")
    check.add_argument("--save", type=Path, metavar="FILE", help="write the rows that are right as rated answers")


def _add_result_commands(command: Command) -> None:
    merge = command("merge", results.merge, "Merge an adapter into the base, as full weights.")
    merge.add_argument("name")
    merge.add_argument("folder", type=Path)
    push = command("push", results.push, "Send an adapter to the model hub; without --yes, say what would be sent.")
    push.add_argument("name")
    push.add_argument("repo", help="the repository, such as company/handbook-style; made where there is none")
    seen = push.add_mutually_exclusive_group()
    seen.add_argument("--private", action="store_true", help="let only the repository's owners see it (the default)")
    seen.add_argument("--public", action="store_true", help="let all see it")
    push.add_argument("--merged", action="store_true", help="send full weights rather than the adapter alone")
    push.add_argument("--yes", action="store_true", help="send it")
    gguf = command("gguf", results.gguf, "Convert base and adapter into a GGUF file, for llama.cpp and Ollama.")
    gguf.add_argument("name")
    gguf.add_argument("file", type=Path)
    gguf.add_argument(
        "--type", default="q8_0", help="q8_0 (default), f16, bf16, f32, or one of llama-quantize: q4_k_m ..."
    )
    gguf.add_argument("--llama-cpp", type=Path, metavar="FOLDER", help="the folder of llama.cpp (or LLAMA_CPP)")
    vllm = command("vllm", results.vllm, "Put an adapter into a folder that vLLM serves, and say how.")
    vllm.add_argument("name")
    vllm.add_argument("folder", type=Path)


def _add_trial_commands(command: Command) -> None:
    tried = command("trial", trial.trial, "Give a candidate to a share of the people until the evidence decides.")
    tried.add_argument("name", nargs="?", help="the candidate")
    tried.add_argument("--share", type=float, default=SHARE, help="the share who get it (default: %(default)s)")
    tried.add_argument(
        "--most", type=int, default=MOST, help="answers after which it ends without evidence (default: %(default)s)"
    )
    doing = tried.add_mutually_exclusive_group()
    doing.add_argument("--status", action="store_true", help="tell how the trial stands, and how the last one ended")
    doing.add_argument("--stop", action="store_true", help="end the trial; the adapter stays a candidate")


def _add_estimate_commands(command: Command) -> None:
    text = "Tell parameters, peak memory and time of a run, or why it does not fit."
    estimate = command("estimate", estimating.estimate, text)
    estimate.add_argument("kind", choices=METHODS, metavar="METHOD", help=f"one of {', '.join(METHODS)}")
    estimate.add_argument("dataset", type=Path, help="what the run would learn from")
    estimate.add_argument("--recipe", type=Path, help="a recipe to use in place of the method's own")


if __name__ == "__main__":
    sys.exit(main())
