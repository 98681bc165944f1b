"""Runs on the command line: runs, stop."""

import argparse

from finetune.commands.border import settings, show


def list_all(options: argparse.Namespace) -> int:
    """List the runs."""
    from finetune import runs

    found = runs.all_runs(settings(options))
    lines = (f"{r.name:24} {r.state:10} {r.method:6} {r.step}/{r.steps} {r.started}  {r.error or ''}" for r in found)
    show(options, [run.as_json() for run in found], lines)
    return 0


def stop(options: argparse.Namespace) -> int:
    """Stop a run."""
    from finetune import jobs, runs
    from finetune.registry import check_name

    run = jobs.stop(runs.read(settings(options).runs_dir / check_name(options.name)))
    show(options, run.as_json(), [f"{run.name}: {run.state}"])
    return 0
