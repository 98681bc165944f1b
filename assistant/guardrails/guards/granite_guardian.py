"""Granite Guardian (IBM): a chat template that takes the name of a risk, answered with Yes or No.

Versions 3.0 to 3.2 take `risk_name`, and passages as a turn of the role `context`; version 3.3 takes `criteria_id`, and
passages as `documents`, and writes its verdict between marks of a score.
"""

from collections.abc import Sequence

from assistant.guardrails.guards.loading import Guard
from assistant.guardrails.guards.reading import WORTH, Finding, likelihood, plain, render

YES = ("Yes", "yes", " Yes", " yes")
NO = ("No", "no", " No", " no")
RISKS = {
    "violence": ("violence", "weapons", "self-harm"),
    "sexual_content": ("sexual",),
    "social_bias": ("hate",),
    "profanity": ("harassment",),
    "unethical_behavior": ("crime", "fraud", "cyber", "privacy"),
}
"""The parts of the risk `harm`, and our categories that each may mean."""
STEPS = 24
"""Tokens within which the verdict of version 3.3 stands."""


def harm(guard: Guard, text: str, question: str) -> Finding:
    """Judge a message, or with its question an answer; of what kind a harm is, is asked only where there is one."""
    said = turns(guard, text, question)
    score = risk(guard, said, "harm")
    if score < WORTH:
        return Finding(score)
    likeliest = max(RISKS, key=lambda name: risk(guard, said, name))
    return Finding(score, RISKS[likeliest])


def injections(guard: Guard, texts: Sequence[str], *, foreign: bool) -> list[Finding]:
    """Judge texts for attempts to take over the assistant; it knows one kind, whoever wrote the text."""
    return [Finding(risk(guard, turns(guard, text, ""), "jailbreak")) for text in texts]


def support(guard: Guard, text: str, passages: str) -> float:
    """Return how likely the passages support a text, in [0, 1]."""
    answer = {"role": "assistant", "content": plain(guard, text)}
    passages = plain(guard, passages)
    if _by_criteria(guard):
        return 1 - risk(guard, [answer], "groundedness", documents=[{"doc_id": "0", "text": passages}])
    return 1 - risk(guard, [{"role": "context", "content": passages}, answer], "groundedness")


def turns(guard: Guard, text: str, question: str) -> list[dict[str, str]]:
    """Return the turns to judge: the last one counts."""
    if not question:
        return [{"role": "user", "content": plain(guard, text)}]
    return [
        {"role": "user", "content": plain(guard, question)},
        {"role": "assistant", "content": plain(guard, text)},
    ]


def risk(guard: Guard, said: Sequence[dict[str, str]], name: str, **more: object) -> float:
    """Return the probability of Yes against No for one risk."""
    if _by_criteria(guard):
        prompt = render(guard, said, guardian_config={"criteria_id": name}, think=False, **more)
        return likelihood(guard, prompt, (YES, NO), STEPS)[0]
    prompt = render(guard, said, guardian_config={"risk_name": name}, **more)
    return likelihood(guard, prompt, (YES, NO))[0]


def _by_criteria(guard: Guard) -> bool:
    return "criteria_id" in str(guard.tokenizer.chat_template)
