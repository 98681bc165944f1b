"""What happens while a question is answered: the sources are found, text passes the rails, the turn is kept."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace

from assistant.guardrails.restoring import Originals
from assistant.turns import Scored, Turn


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer that has passed the rails, with the data in it that whoever asks has given."""

    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """The question as it is kept, and the sources that the model is given."""

    turn: Turn
    shown: Turn
    """The same for the eyes of the one who asks: with their own data in it, and so never to be kept."""


@dataclass(frozen=True, slots=True)
class Done:
    """The turn as it is stored; what was shown so far gives way to it."""

    turn: Turn
    shown: Turn
    """The same for the eyes of the one who asks: with their own data in it, and so never to be kept."""
    scored: tuple[Scored, ...] = ()
    """The answer's tokens with their probabilities, where the sampling asked for them and the rails let it pass."""


Event = Found | Delta | Done


def revealed(events: Generator[Event, None, None], draft: Turn, originals: Originals) -> Generator[Event, None, None]:
    """Put what the asker wrote back into what they are shown."""
    restorer = None
    with closing(events):
        for event in events:
            if isinstance(event, Delta):
                restorer = restorer or originals.restorer(draft)
                event = Delta(restorer.feed(event.text))
            else:
                event = replace(event, shown=originals.shown(event.turn))
            if restorer and isinstance(event, Done) and not event.turn.refusal and (rest := restorer.finish()):
                yield Delta(rest)
            if not isinstance(event, Delta) or event.text:
                yield event
