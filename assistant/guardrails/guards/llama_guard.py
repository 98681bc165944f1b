"""Llama Guard (Meta): a chat template that lists hazards, answered with `safe`, or `unsafe` and their numbers.

Its card takes the probability of the first token for the score. The numbers of the hazards differ from one version to
the next, so that they are read off the very prompt that the model was given.
"""

import re

from assistant.guardrails.guards.loading import Guard
from assistant.guardrails.guards.reading import WORTH, Finding, complete, likelihood, plain, render

HAZARDS = {
    "violent crimes": "violence",
    "non-violent crimes": "crime",
    "sex crimes": "sexual",
    "sex-related crimes": "sexual",
    "child exploitation": "sexual",
    "child sexual exploitation": "sexual",
    "defamation": "harassment",
    "specialized advice": "advice",
    "privacy": "privacy",
    "intellectual property": "crime",
    "indiscriminate weapons": "weapons",
    "hate": "hate",
    "self-harm": "self-harm",
    "suicide & self-harm": "self-harm",
    "sexual content": "sexual",
    "elections": "fraud",
    "code interpreter abuse": "cyber",
}
"""The hazards of all versions, by the names that their prompts use, and the category of ours that comes nearest."""
STEPS = 4
"""Tokens within which the verdict stands: some versions write an empty line first."""
NUMBERS = 24
"""Tokens of the list of hazards."""
END = "<END UNSAFE CONTENT CATEGORIES>"
_LISTED = re.compile(r"^(S\d{1,2}): ([^\n]{1,60}?)\.?$", re.M)
_NUMBER = re.compile(r"S\d{1,2}")


def harm(guard: Guard, text: str, question: str) -> Finding:
    """Judge a message, or with its question an answer."""
    prompt = render(guard, conversation(guard, text, question))
    score, before = likelihood(guard, prompt, (["unsafe"], ["safe"]), STEPS)
    if score < WORTH:
        return Finding(score)
    verdict = guard.tokenizer("unsafe\n", add_special_tokens=False)["input_ids"]
    named = complete(guard, [*prompt, *before, *verdict], NUMBERS).split("\n")[0]
    return Finding(score, categories(named, guard.tokenizer.decode(prompt)))


def categories(named: str, prompt: str) -> tuple[str, ...]:
    """Return the categories of the hazards that an answer names by their numbers, as its prompt lists them.

    All of them are meant where it names none, or one that is not known here: it is unsafe all the same.
    """
    listed = dict(_LISTED.findall(prompt.partition(END)[0]))
    names = [listed.get(number, "").lower() for number in _NUMBER.findall(named)]
    if not names or any(name not in HAZARDS for name in names):
        names = list(HAZARDS)
    return tuple(dict.fromkeys(HAZARDS[name] for name in names))


def conversation(guard: Guard, text: str, question: str) -> list[dict[str, str]]:
    """Return the turns to judge: the last one counts."""
    if not question:
        return [{"role": "user", "content": plain(guard, text)}]
    return [
        {"role": "user", "content": plain(guard, question)},
        {"role": "assistant", "content": plain(guard, text)},
    ]
