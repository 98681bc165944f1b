"""Everyday requests with the untuned model's own answers, so that its chat stays as it was.

Run: python -m benchmarks.grounded_chat DATA OUT. DATA holds `instructions/self-instruct` (Apache-2.0); OUT gets
`chat.jsonl`, of which benchmarks/grounded_rows.py takes its part. It takes a few minutes.
"""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.prompts import CHAT
from finetune import models, settings

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

EVERYDAY = {
    "Explain what": ["an invoice is", "a firewall does", "inflation means", "a bibliography is", "a backup is for"],
    "Explain why": ["the sky is blue", "sleep matters", "teams hold retrospectives", "bread rises", "leaves turn red"],
    "Describe": ["a good meeting", "how rain forms", "a polite reminder", "an accountant's work", "a fair review"],
    "Give me tips for": ["a job interview", "writing clear e-mails", "learning a language", "giving feedback"],
    "Write a short e-mail that": ["asks for a day off", "thanks a customer", "moves a meeting to Friday"],
    "Name three": ["European capitals", "uses of a spreadsheet", "ways to save energy at work", "kinds of trees"],
    "Summarise the idea of": ["supply and demand", "photosynthesis", "version control", "compound interest"],
    "Tell me about": ["the moon", "the history of the telephone", "the Alps", "coffee", "electric cars", "honey bees"],
}
TOPICS = """
    gravity; a noun; DNA; a glacier; the heart; a vaccine; a mortgage; a warranty; overtime; a spreadsheet; a
    database; the internet; an e-mail attachment; a password manager; a printer; a budget; a receipt; insurance; a
    tax return; a salary; a contract; a trademark; a union; a volcano; an earthquake; the Sun; Mars; a comet;
    oxygen; water; salt; iron; plastic; paper; steam engines; bicycles; trains; aeroplanes; bridges; a compass; a
    map; a thermometer; clocks; the printing press; the Roman Empire; the Renaissance; the French Revolution;
    democracy; a parliament; a president; Shakespeare; Mozart; Albert Einstein; Marie Curie; Isaac Newton; Leonardo
    da Vinci; the Olympic Games; football; chess; Paris; London; Tokyo; Egypt; Brazil; Australia; the Nile; Mount
    Everest; the Pacific Ocean; elephants; whales; penguins; cats; dogs; ants; wolves; eagles; oak trees; roses;
    mushrooms; tomatoes; potatoes; bread; cheese; chocolate; tea; sugar
"""
"""What everybody may ask about: what the untuned model knows of it is said again, so that it is not forgotten."""
ASKING = ("What is or are {}?", "Tell me something about {}.", "Why do people care about {}?")
LONGEST = 200
"""Tokens of an answer; one that does not end by then is left out."""


def requests(file: Path, rng: random.Random) -> list[str]:
    """Return everyday requests: seeds of Self-Instruct, and our own."""
    tasks = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    asked = [(task["instruction"] + "\n" + task["instances"][0]["input"]).strip() for task in tasks]
    ours = [f"{verb} {thing}." for verb, things in EVERYDAY.items() for thing in things]
    about = [way.format(" ".join(topic.split())) for topic in TOPICS.split(";") for way in rng.sample(ASKING, 2)]
    return [one for one in asked if len(one.split()) < 60] + ours + about


def rows(file: Path, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Yield each request with its answer."""
    asked = requests(file, rng)
    pairs = [*zip(asked, generate(asked), strict=True), *ABOUT.items()]
    for question, answer in pairs:
        if answer:
            yield {
                "prompt": [{"role": "system", "content": CHAT}, {"role": "user", "content": question}],
                "completion": [{"role": "assistant", "content": answer}],
            }


def generate(asked: list[str]) -> list[str | None]:
    """Answer each request with the untuned model, greedily; None where the answer does not end."""
    import torch

    loaded = models.load(settings.load(model=models.PLAIN))
    answers: dict[int, str | None] = {}
    order = sorted(range(len(asked)), key=lambda n: len(asked[n]))
    for start in range(0, len(order), 32):
        batch = order[start : start + 32]
        prompts = [[{"role": "system", "content": CHAT}, {"role": "user", "content": asked[n]}] for n in batch]
        inputs = loaded.tokenizer.apply_chat_template(
            prompts, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            output = loaded.model.generate(**inputs, max_new_tokens=LONGEST, repetition_penalty=1.1)
        for n, tokens in zip(batch, output[:, inputs["input_ids"].shape[1] :].tolist(), strict=True):
            ended = loaded.tokenizer.eos_token_id in tokens
            answers[n] = loaded.tokenizer.decode(tokens, skip_special_tokens=True).strip() if ended else None
    return [answers[n] for n in range(len(asked))]


def main(data: Path, out: Path) -> None:
    """Write the rows."""
    made = list(rows(data / "instructions/self-instruct/data/seed_tasks.jsonl", random.Random(7)))
    out.mkdir(parents=True, exist_ok=True)
    (out / "chat.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made), "utf-8")
    print(len(made), "rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
