"""The rails that a guard model takes over: exact rules run first, and what they pass the model judges."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import get_args

from assistant.errors import ModelUnavailable
from assistant.guardrails.claims import FEWEST, sentences
from assistant.guardrails.grounding import Unsupported
from assistant.guardrails.guards import granite_guardian, llama_guard, prompt_guard, shieldgemma
from assistant.guardrails.guards.loading import Family, Guard, Source
from assistant.guardrails.guards.reading import STRETCH, Finding, stretches
from assistant.guardrails.harm import Category, Harm
from assistant.guardrails.hidden import reveal
from assistant.guardrails.injection import REASON
from assistant.guardrails.rails import STRICTNESS, Action, Context, Rail, Span, Verdict

HARM: dict[Family, Callable[[Guard, str, str], Finding]] = {
    "Llama Guard": llama_guard.harm,
    "Granite Guardian": granite_guardian.harm,
    "ShieldGemma": shieldgemma.harm,
}
INJECTION: dict[Family, Callable[..., list[Finding]]] = {
    "Prompt Guard": prompt_guard.injections,
    "Granite Guardian": granite_guardian.injections,
}
FOREIGN = "The document reads like instructions to an assistant. It is quoted, never obeyed."
OFF = 2.0
"""A threshold that no score reaches."""
GROUNDING: dict[Family, Callable[[Guard, str, str], float]] = {"Granite Guardian": granite_guardian.support}
CATEGORIES = frozenset(get_args(Category))
QUESTION = 512
"""Tokens of the question that an answer is judged with; of a longer one the beginning is enough."""
PASSAGES = 4096
"""Tokens of passages that an answer is held against."""
REMEMBERED = 512
"""Findings that are kept, so that of a growing answer only the last stretch is judged anew."""


class Memory:
    """The findings of the last stretches, by digest; the texts are not kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Finding] = OrderedDict()

    def find(self, judge: Callable[[], Finding], *texts: str) -> Finding:
        """Return what was found for these texts, judging them where they are new."""
        key = blake2b("\0".join(texts).encode("utf-8", "replace"), digest_size=16).digest()
        found = self._kept.get(key) or judge()
        self._kept[key] = found
        self._kept.move_to_end(key)
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class GuardedHarm:
    """Judge what is asked for, or what is answered, by a guard model; our own head only names the category."""

    source: Source
    own: Harm
    """The rail whose place it takes, with its thresholds and actions."""
    name: str = "harm"
    whole: bool = False
    memory: Memory = field(default_factory=Memory)

    def load(self) -> Guard:
        """Return the model, where it is one that judges harm.

        Raises:
            ModelUnavailable: it cannot be had, or is of another kind.
        """
        return _fit(self.source.guard(), HARM, self.name)

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text; the likeliest stretch counts."""
        guard = self.load()
        question = _beginning(guard, context.question, QUESTION) if context.side == "output" else ""
        best, place = Finding(0.0), (0, 0)
        for start, end in stretches(guard, text, STRETCH):
            found = self._found(guard, text[start:end], question)
            if found.score > best.score:
                best, place = found, (start, end)
        categories = [category for category in best.categories if category in CATEGORIES]
        if best.score < self.own.least(context) or not categories:
            return Verdict("allow", text, self.name, score=best.score)
        category = self._strictest(text[slice(*place)], categories)
        return self.own.verdict(text, category, category, best.score, context, (Span(*place, category),))

    def _found(self, guard: Guard, text: str, question: str) -> Finding:
        def judge() -> Finding:
            return HARM[guard.family](guard, text, question)

        with self.source.using:
            return self.memory.find(judge, text, question)

    def _strictest(self, text: str, categories: Sequence[str]) -> str:
        """Return which of the categories it is: the one with the strictest action, the likeliest where several are."""
        likely = self.own.likelihoods(text)

        def order(category: str) -> tuple[int, float]:
            return STRICTNESS[self.own.action_of(category)], likely.get(category, 0.0)

        return max(categories, key=order)


@dataclass(frozen=True, slots=True)
class GuardedInjection:
    """Judge a message or a document by the exact rules, and then by a guard model."""

    source: Source
    exact: Rail
    """The rail whose rules run first; its head has a threshold that no score reaches."""
    threshold: float
    action: Action
    document_action: Action
    name: str = "injection"
    whole: bool = False

    def load(self) -> Guard:
        """Return the model, where it is one that finds injections.

        Raises:
            ModelUnavailable: it cannot be had, or is of another kind.
        """
        return _fit(self.source.guard(), INJECTION, self.name)

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text; the likeliest stretch counts."""
        verdict = self.exact(text, context)
        if verdict.action not in ("allow", "mask"):
            return verdict
        guard = self.load()
        foreign = context.side in ("document", "passage")
        room = prompt_guard.TOKENS - prompt_guard.SPECIAL if guard.family == "Prompt Guard" else STRETCH
        places = stretches(guard, verdict.text, room)
        secret = reveal(text)[1]
        texts = [*(verdict.text[a:b] for a, b in places), *([secret] if secret else [])]
        with self.source.using:
            scores = [one.score for one in INJECTION[guard.family](guard, texts, foreign=foreign)]
        if max(scores, default=0.0) < self.threshold:
            return verdict
        place = [*places, (0, 0)][scores.index(max(scores))]
        action = self.document_action if foreign else self.action
        label = "instructions" if foreign else "jailbreak"
        why = FOREIGN if foreign else REASON
        return Verdict(action, verdict.text, self.name, label, max(scores), why, (Span(*place, label),))


@dataclass(frozen=True, slots=True)
class GuardedGrounding:
    """Flag or withhold an answer of which a sentence is supported by no passage, as a guard model judges."""

    source: Source
    threshold: float
    action: Unsupported = "mark"
    """To remove sentences is not for this rail: it sees the answer when they have been shown."""
    name: str = "grounding"
    whole: bool = True

    def load(self) -> Guard:
        """Return the model, where it is one that judges groundedness.

        Raises:
            ModelUnavailable: it cannot be had, or is of another kind.
        """
        return _fit(self.source.guard(), GROUNDING, self.name)

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge an answer that was built from passages: as a whole, and its sentences where that is not supported."""
        said = [place for place in sentences(text) if len(text[slice(*place)].split()) >= FEWEST]
        if not context.passages or context.side != "output" or not said:
            return Verdict("allow", text, self.name)
        guard = self.load()
        passages = _beginning(guard, "\n\n".join(context.passages), PASSAGES)
        with self.source.using:
            judge = GROUNDING[guard.family]
            whole = judge(guard, text, passages)
            if whole >= self.threshold:
                return Verdict("allow", text, self.name, score=1 - whole)
            scores = [judge(guard, text[start:end], passages) for start, end in said]
        weak = [place for place, score in zip(said, scores, strict=True) if score < self.threshold]
        spans = tuple(Span(*place, "unsupported") for place in weak or said)
        score = 1 - min(whole, *scores)
        if self.action == "withhold":
            counted = f"{len(spans)} of the {len(said)} sentences" if len(said) > 1 else "what it says"
            why = f"The answer is withheld, as no passage supports {counted}."
            return Verdict("refuse", "", self.name, "unsupported", score, why, spans)
        why = "No passage supports the sentences that are marked."
        return Verdict("flag", text, self.name, "unsupported", score, why, spans)


def _fit(guard: Guard, fitting: Mapping[Family, object], rail: str) -> Guard:
    if guard.family in fitting:
        return guard
    others = " or ".join(fitting)
    raise ModelUnavailable(
        f"{guard.name} is a {guard.family}, which judges something else: name a {others} as [rails.{rail}] model"
    )


def _beginning(guard: Guard, text: str, tokens: int) -> str:
    places = stretches(guard, text, tokens)
    return text[slice(*places[0])] if places else ""
