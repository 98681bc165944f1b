"""What can go wrong in the chat, in words fit for the user.

AssistantError
├── BadInput           the caller can mend it: an option, a setting, an id      (exit status 2)
│   └── TooLong        a prompt leaves the model no room for an answer
├── LimitReached       a person or key has asked for as much as they may for now
├── NotAllowed         whoever asks may not do this
├── ModelUnavailable   the model cannot answer now: out of memory, not loaded
│   ├── Busy           too many ask at once
│   └── Stopping       the assistant is being stopped, and begins no more answers
└── StoreUnavailable   the database cannot be opened or written
"""


class AssistantError(Exception):
    """The base of all errors here; its text is one line that says what to do."""

    exit_status = 1


class BadInput(AssistantError):
    """An option, setting or id that the caller gave cannot be used."""

    exit_status = 2


class LimitReached(AssistantError):
    """A person or key has asked for as much as they may for now."""

    def __init__(self, text: str, seconds: int) -> None:
        """Take the line that says so, and after how many seconds there is room again."""
        super().__init__(text)
        self.seconds = seconds


class NotAllowed(AssistantError):
    """Whoever asks may not do this."""


class TooLong(BadInput):
    """A prompt leaves the model no room for an answer."""

    def __init__(self, context: int) -> None:
        """Take how many tokens prompt and answer may have together."""
        super().__init__(f"the prompt fills the model's context of {context} tokens: ask a shorter question")


class ModelUnavailable(AssistantError):
    """The model cannot answer now."""


class Busy(ModelUnavailable):
    """Too many ask at once; `seconds` tells for about how long."""

    def __init__(self, seconds: float) -> None:
        """Take for about how many seconds a place will not be free."""
        self.seconds = max(1, round(seconds))
        super().__init__(f"too many people are asking at once: ask again in about {self.seconds} s")


class Stopping(ModelUnavailable):
    """The assistant is being stopped, and begins no more answers."""


class StoreUnavailable(AssistantError):
    """The database cannot be opened or written."""
