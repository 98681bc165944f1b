"""What whoever asks may wish for beside their question."""

import threading
from dataclasses import dataclass, field

from assistant.guardrails.restoring import Originals
from assistant.turns import Message, Sampling


@dataclass(frozen=True, slots=True)
class Wishes:
    """How one question is to be answered."""

    documents: bool = True
    """Answer from the documents, or else chat."""
    collections: tuple[str, ...] | None = None
    """Where to look; None for everywhere that the user may read."""
    document: str | None = None
    """The id of one document to read in whole, or else to keep the search to."""
    user: str | None = None
    """Who asks: nothing is answered from what they may not read. None is whoever runs this machine."""
    sampling: Sampling | None = None
    """None for the settings' own."""
    earlier: tuple[Message, ...] = ()
    """What was said before, as a program tells it; it goes through the rails like what a person writes."""
    instructions: str | None = None
    """What a program asks for beside the question; it is added to our instructions, which stay as they are."""
    best_of: int = 1
    """How many answers to write, of which the one is given that the company's reward model finds best."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set to end the answer early; what was written of it is kept."""
    originals: Originals = field(default_factory=Originals)
    """What placeholders stand for in the conversations of whoever asks; what they write now is added."""
