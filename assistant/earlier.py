"""What a program says was said before, and what it asks of the answers: checked and masked like what people write.

A program sends its whole conversation with each question, so that none of it is known here: every message of it may
hold personal data, or have been made up to talk the model out of its rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.guardrails.rails import Checked, Context, Rail, Rails, check
from assistant.turns import Message

OF_QUESTIONS = frozenset({"advice", "domain"})
"""The rails that judge what is asked for; an answer, or an instruction, asks for nothing."""
LEFT_OUT = "A message from before was left out, together with its answer, because a rule stopped it."
TOO_MANY = "The oldest messages were left out, because they would not fit into the model's context."
UNHEEDED = "The system message was left out, because a rule stopped it."

Exchange = tuple[str, str]
"""A question and the answer to it; either may be empty."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the rails left of what a program sent beside its question."""

    exchanges: tuple[Exchange, ...] = ()
    instructions: str | None = None
    originals: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """What its placeholders stand for; never to be stored or logged."""
    judged: tuple[tuple[str, Checked], ...] = field(default=(), repr=False)
    """The texts that were not simply allowed, and what the rails said of them."""
    notices: tuple[str, ...] = ()
    """What the reader should know of what was left out."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """The exchanges as messages."""
        return tuple(
            Message(role=role, content=text)
            for exchange in self.exchanges
            for role, text in zip(("user", "assistant"), exchange, strict=True)
            if text
        )


def exchanges(messages: Sequence[Message]) -> list[Exchange]:
    """Group messages by question; several of one role after the other are put together."""
    found: list[Exchange] = []
    for message in messages:
        question, answer = found[-1] if found else ("", "")
        if message["role"] != "user":
            found[-1:] = [(question, _joined(answer, message["content"]))]
        elif answer or not found:
            found.append((message["content"], ""))
        else:
            found[-1] = _joined(question, message["content"]), ""
    return [one for one in found if any(one)]


def admit(rails: Rails, earlier: Sequence[Message], instructions: str | None, context: Context, most: int) -> Admitted:
    """Check what a program sent beside its question.

    Args:
        rails: those of the policy.
        earlier: the messages before the question, the oldest first.
        instructions: its own instructions.
        context: what the rails may know of the conversation before.
        most: how many characters of the messages could fit into the model's context; of the oldest nothing is read.
    """
    wanted = exchanges(earlier)
    recent = _recent(wanted, most)
    checking = _Checking(rails, context)
    heeded = checking.text(instructions, _of_no_question(rails)) if instructions and instructions.strip() else None
    kept = [one for exchange in recent if (one := checking.exchange(*exchange))]
    notices = (
        *([UNHEEDED] if instructions and instructions.strip() and heeded is None else []),
        *([TOO_MANY] if len(recent) < len(wanted) else []),
        *([LEFT_OUT] if len(kept) < len(recent) else []),
    )
    return Admitted(tuple(kept), heeded, checking.originals, tuple(checking.judged), notices)


class _Checking:
    """Runs the rails over one text after the other; what one is masked by holds for the next."""

    def __init__(self, rails: Rails, context: Context) -> None:
        self._rails = rails
        self._context = context
        self.judged: list[tuple[str, Checked]] = []

    @property
    def originals(self) -> tuple[tuple[str, str], ...]:
        return self._context.originals

    def exchange(self, question: str, answer: str) -> Exchange | None:
        """Return a question and its answer as they may go on, None where either may not."""
        asked = self.text(question, self._rails.input) if question else ""
        if asked is None:
            return None
        said = self.text(answer, _of_no_question(self._rails)) if answer else ""
        if said is None:
            return None
        self._context = replace(self._context, earlier=(*self._context.earlier, asked))
        return asked, said

    def text(self, text: str, rails: Sequence[Rail]) -> str | None:
        """Return a text after every mask, None where it may go no further."""
        checked = check(rails, text, self._context)
        if checked.action != "allow":
            self.judged.append((text, checked))
        if checked.stopped:
            return None
        known = dict((*self._context.originals, *checked.originals))
        self._context = replace(self._context, said=(*self._context.said, checked.text), originals=tuple(known.items()))
        return checked.text


def _of_no_question(rails: Rails) -> list[Rail]:
    return [rail for rail in rails.input if rail.name not in OF_QUESTIONS]


def _recent(found: Sequence[Exchange], most: int) -> list[Exchange]:
    """Return the last exchanges that have so many characters at most together."""
    kept: list[Exchange] = []
    for exchange in reversed(found):
        most -= sum(map(len, exchange))
        if most < 0:
            break
        kept.append(exchange)
    return kept[::-1]


def _joined(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))
