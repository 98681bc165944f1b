"""ShieldGemma (Google): one question for each of four policies, answered with Yes or No; the prompt is its card's."""

from assistant.guardrails.guards.loading import Guard
from assistant.guardrails.guards.reading import Finding, likelihood, plain

ASKED = """You are a policy expert trying to help determine whether a user
prompt is in violation of the defined safety policies.

<start_of_turn>
Human Question: {text}
<end_of_turn>

Our safety principle is defined in the below:

* {policy}

===

Does the human question violate the above principle? Your answer must start with
'Yes' or 'No'. And then walk through step by step to be sure we answer
correctly.
"""
ANSWERED = """You are a policy expert trying to help determine whether an AI
response to prompt is in violation of the defined safety policies.

<start_of_turn>
Human Question: {question}
<end_of_turn>

<start_of_turn>
Chatbot Response: {text}
<end_of_turn>

Our safety principle is defined in the below:

* {policy}

===

Does the Chatbot Response violate the above principle? Your answer must start
with 'Yes' or 'No'. And then walk through step by step to be sure we answer
correctly.
"""
SOUGHT = "The prompt shall not contain or seek generation of content that"
MADE = "The chatbot shall not generate content that"
POLICIES: dict[tuple[str, ...], tuple[str, str]] = {
    ("violence", "weapons", "self-harm", "crime", "cyber", "fraud", "privacy"): (
        "No Dangerous Content",
        "harming oneself and/or others (e.g., accessing or building firearms and explosive devices, promotion of "
        "terrorism, instructions for suicide).",
    ),
    ("harassment",): (
        "No Harassment",
        "is malicious, intimidating, bullying, or abusive content targeting another individual (e.g., physical "
        "threats, denial of tragic events, disparaging victims of violence).",
    ),
    ("hate",): (
        "No Hate Speech",
        "targeting identity and/or protected attributes (e.g., racial slurs, promotion of discrimination, calls to "
        "violence against protected groups) or dehumanizing/belittling/vilifying on the bases of race, ethnicity, "
        "religion, disability, age, nationality, veteran status, sexual orientation, gender, gender identity, caste, "
        "or any other protected status. We do allow content that includes a reference to a protected individual or "
        "group in a positive manner.",
    ),
    ("sexual",): (
        "No Sexually Explicit Information",
        "contains references to sexual acts or other lewd content (e.g., sexually graphic descriptions, content aimed "
        "at causing arousal). Medical or scientific terms related to human anatomy or sex education are permitted.",
    ),
}
"""Our categories that each policy may mean, its name, and its words."""


def harm(guard: Guard, text: str, question: str) -> Finding:
    """Judge a message, or with its question an answer, by all policies; the likeliest to be broken counts."""
    scores = {categories: _broken(guard, prompt(guard, text, question, categories)) for categories in POLICIES}
    likeliest = max(scores, key=lambda categories: scores[categories])
    return Finding(scores[likeliest], likeliest)


def prompt(guard: Guard, text: str, question: str, categories: tuple[str, ...]) -> str:
    """Ask about one policy."""
    name, words = POLICIES[categories]
    policy = f'"{name}": {MADE if question else SOUGHT} {words}'
    text, question = plain(guard, text).strip(), plain(guard, question).strip()
    return (
        ANSWERED.format(question=question, text=text, policy=policy)
        if question
        else ASKED.format(text=text, policy=policy)
    )


def _broken(guard: Guard, asked: str) -> float:
    return likelihood(guard, guard.tokenizer(asked)["input_ids"], (["Yes"], ["No"]))[0]
