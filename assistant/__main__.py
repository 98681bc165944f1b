"""The chat from the command line: python -m assistant ask, check, export, improve, backup and so on."""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from assistant.commands import appeals, audit, backup, queue, refit, users
from finetune.recipe import METHODS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one line on stderr."""
    options = _parser().parse_args(arguments)
    from assistant.errors import AssistantError
    from finetune.errors import FinetuneError
    from knowledge.errors import KnowledgeError

    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except (AssistantError, KnowledgeError, FinetuneError) as error:
        print(f"assistant: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    except Exception as error:
        if options.debug:
            raise
        print(f"assistant: unexpected {type(error).__name__} (--debug shows where)", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m assistant", description=__doc__)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(command=command)
        made.add_argument("--home", type=Path, help="the folder that holds all state")
        made.add_argument("--json", action="store_true", help="print JSON")
        return made

    _ask_options(add("ask", _ask, "Answer one question."))
    check = add("check", _check, "Run the rails over a text, or over JSONL rows with a text on standard input.")
    check.add_argument("text", nargs="?")
    check.add_argument("--side", choices=["input", "output", "document", "passage"], default="input")
    check.add_argument("--audience", choices=["child", "general", "adult"])
    check.add_argument("--user", metavar="NAME", help="as if this user wrote or read it: their group's audience counts")
    policy = add("policy", _policy, "Print where the policy of the rails stands, and what is in force.")
    doing = policy.add_mutually_exclusive_group()
    doing.add_argument("--write", action="store_true", help="write the file, each key explained, where there is none")
    doing.add_argument("--check", type=Path, metavar="FILE", help="say whether a file would be a right policy")
    export = add("export", _export, "Write what people rated as JSONL.")
    export.add_argument("form", choices=["rated", "sft", "dpo", "kto"])
    export.add_argument("file", type=Path)
    export.add_argument("--user", metavar="NAME", help="leave out what rests on documents that this user may not read")
    improve = add("improve", _improve, "Train on the ratings, judge the result, and let it serve if it is better.")
    improve.add_argument("--method", choices=["auto", *METHODS], default="auto")
    improve.add_argument("--recipe", type=Path, help="a recipe file instead of the method's own")
    improve.add_argument("--model", help="embedded, a folder, or a hub name")
    improve.add_argument("--quantize", choices=["none", "8bit", "4bit"])
    for command in (audit, appeals, queue, refit, users, backup):
        command.offer(add)
    return parser


def _ask_options(ask: argparse.ArgumentParser) -> None:
    ask.add_argument("question")
    ask.add_argument("--collection", action="append", help="look only in this collection; may be repeated")
    ask.add_argument("--document", metavar="ID", help="read this one document, in whole where it fits")
    ask.add_argument("--user", metavar="NAME", help="answer only from what this user may read")
    ask.add_argument("--no-documents", action="store_true", help="chat, without the documents")
    ask.add_argument("--conversation", help="go on with the conversation of this id")
    ask.add_argument("--model", help="embedded, a folder, a hub name, or openai:URL#NAME")
    ask.add_argument("--quantize", choices=["none", "8bit", "4bit"])
    ask.add_argument("--best-of", type=int, default=1, metavar="N", help="the best of N, by your reward adapter")
    ask.add_argument("--seed", type=int, help="sample with this seed")
    ask.add_argument("--temperature", type=float, help="0 takes the likeliest token each time")


def _ask(options: argparse.Namespace) -> int:
    from assistant import settings
    from assistant.assembly import assemble
    from assistant.events import Delta, Done
    from assistant.presentation import answer_json
    from assistant.wishes import Wishes

    loaded = settings.load(home=options.home, model=options.model, quantize=options.quantize)
    with assemble(loaded) as assistant:
        for load in assistant.rails().loads:  # where a guard model is missing, that is the answer
            load()
        wishes = Wishes(
            documents=not options.no_documents,
            collections=tuple(options.collection) if options.collection else None,
            document=options.document,
            user=options.user,
            best_of=options.best_of,
            sampling=_sampling(loaded.chat.sampling, options),
        )
        conversation = options.conversation or assistant.store.add_conversation().id
        streams = not options.json and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        shown = ""
        for event in assistant.engine.reply(conversation, options.question, wishes):
            if isinstance(event, Delta) and streams:
                print(event.text, end="", flush=True)
                shown += event.text
            if isinstance(event, Done):
                turn = event.shown
        if options.json:
            print(json.dumps(answer_json(turn), ensure_ascii=False))
            return 0
        _print_rest(turn, shown)
    return 0


def _sampling(sampling: Any, options: argparse.Namespace) -> Any:
    from dataclasses import replace

    if options.seed is not None:
        warm = sampling.temperature or 0.8
        sampling = replace(sampling, seed=options.seed, temperature=warm)
    return sampling if options.temperature is None else replace(sampling, temperature=options.temperature)


def _print_rest(turn: Any, shown: str) -> None:
    """Put the answer as it is kept in the place of what was shown while it was written, and name its sources."""
    from assistant.presentation import place, withdrawal

    if shown and (turn.refusal or shown.strip() != turn.answer):
        print(withdrawal(shown, *shutil.get_terminal_size()), end="")
        shown = ""
    if turn.refusal:
        print(f"{turn.refusal.reason} [rule: {turn.refusal.rail}/{turn.refusal.rule}]")
        return
    print("" if shown else turn.answer)
    for note in filter(None, (turn.searched and f"Searched for: {turn.searched}", turn.notice)):
        print(f"  {note}")
    for citation in turn.citations:
        where = place(citation.location)
        print(f"  [{citation.marker}] {citation.title}{f' ({where})' if where else ''}: “{citation.quote}”")
    for one in turn.nearest:
        where = place(one.location)
        print(f"  nearest: {one.title}{f' ({where})' if where else ''}")


def _check(options: argparse.Namespace) -> int:
    from contextlib import closing, nullcontext

    from assistant import prompts, settings
    from assistant.guardrails import documents, policy
    from assistant.guardrails.encoder import Encoder
    from assistant.guardrails.supply import Supply
    from assistant.guardrails.views import Views
    from assistant.subjects import Subjects
    from knowledge import embeddings
    from knowledge.library import Library

    sentences = Encoder(embeddings.Encoder(embeddings.EMBEDDED).embed_stretches)
    loaded = settings.load(home=options.home)
    collection = loaded.rails.domain.collection
    with closing(Library(loaded.knowledge, scan=documents.scan)) if collection else nullcontext() as library:
        subjects = Subjects(library) if library else None
        means = policy.Means(
            sentences,
            Encoder(Views()),
            refits=loaded.heads,
            home=loaded.home,
            subjects=subjects,
            secrets=prompts.SECRETS,
        )
        rails = Supply(loaded.policy, partial(policy.build, means=means))()
        for load in rails.loads:  # where a guard model is missing, that is the answer
            load()
        return _judge(options, rails)


def _judge(options: argparse.Namespace, rails: Any) -> int:
    from assistant.errors import BadInput
    from assistant.guardrails.rails import Context, check

    context = Context(options.side, options.audience or rails.audience_of(options.user), seconds=rails.seconds)
    rows = [(1, {"text": options.text})] if options.text is not None else _rows(sys.stdin)
    for number, row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise BadInput(f'line {number} of the input needs a "text": {{"text": "..."}}')
        began = time.perf_counter()
        checked = check(getattr(rails, options.side), row["text"], context)
        verdict = {
            "action": checked.action,
            "text": checked.text,
            "rail": checked.rail,
            "rule": checked.rule,
            "score": round(checked.score, 4),
            "ms": round((time.perf_counter() - began) * 1000, 2),
        }
        if options.json or options.text is None:
            print(_printable(json.dumps(verdict, ensure_ascii=False)), flush=True)
        else:
            print(f"{checked.action}: {checked.reason or 'nothing against it'}")
            print(
                _printable(checked.text) if checked.action == "mask" else "",
                end="\n" if checked.action == "mask" else "",
            )
    return 0


def _policy(options: argparse.Namespace) -> int:
    from assistant.commands import policy

    return policy.run(options)


def _printable(text: str) -> str:
    """Return a text without halves of characters, which no terminal takes."""
    return text.encode("utf-8", "replace").decode()


def _rows(lines: Any) -> Any:
    from assistant.errors import BadInput

    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                why = error.msg if isinstance(error, json.JSONDecodeError) else "nothing that can be read"
                raise BadInput(f"line {number} of the input is not JSON: {why}") from error


def _export(options: argparse.Namespace) -> int:
    from contextlib import closing

    from assistant import feedback, settings
    from assistant.access import Access
    from assistant.store.store import Store
    from knowledge.library import Library

    loaded = settings.load(home=options.home)
    store = Store(loaded.chat.database)
    if options.user is None:
        count = feedback.export(store, options.form, options.file)
    else:
        with closing(Library(loaded.knowledge)) as library:
            allowed = Access(library.reader(options.user), library.reader(None)).open
            count = feedback.export(store, options.form, options.file, allowed)
    print(json.dumps({"rows": count, "file": str(options.file)}) if options.json else f"{count} rows in {options.file}")
    return 0


def _improve(options: argparse.Namespace) -> int:
    from assistant import settings
    from assistant.improvement import improve
    from assistant.store.store import Store
    from finetune import runs

    loaded = settings.load(home=options.home, model=options.model, quantize=options.quantize)
    run = improve(loaded, Store(loaded.chat.database), method=options.method, recipe=options.recipe)
    print(f"run {run.name} in {run.path}", file=sys.stderr)
    shown = ""
    try:
        while run.on:
            time.sleep(0.5)
            run = runs.read(run.path)
            line = f"{run.state} {run.step}/{run.steps}" + (f" loss {run.losses[-1]:.3f}" if run.losses else "")
            if line != shown:
                print(f"\r{line:60}", end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
                shown = line
    except KeyboardInterrupt:
        print(f"\nthe run goes on; stop it with: python -m finetune stop {run.name}", file=sys.stderr)
        return 130
    print(file=sys.stderr)
    return _print_decision(run, as_json=options.json)


def _print_decision(run: Any, *, as_json: bool) -> int:
    if as_json:
        row = {key: value for key, value in run.as_json().items() if key not in ("losses", "history")}
        print(json.dumps(row, ensure_ascii=False))
    elif run.decision:
        print("passed: it serves from the next answer on" if run.decision.passed else "stays a candidate")
        for reason in run.decision.reasons:
            print(f"  {reason}")
    if run.error:
        print(f"assistant: {run.error}", file=sys.stderr)
    return 0 if run.state == "done" else 1


if __name__ == "__main__":
    sys.exit(main())
