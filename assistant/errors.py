"""What can go wrong in the chat, in words fit for the user.

AssistantError
├── BadInput           the caller can mend it: an option, a setting, an id      (exit status 2)
├── ModelUnavailable   the model cannot answer now: out of memory, not loaded
│   └── Busy           too many want an answer at once; it tells when to come again
└── StoreUnavailable   the database cannot be opened or written
"""


class AssistantError(Exception):
    """The base of all errors here; its text is one line that says what to do."""

    exit_status = 1


class BadInput(AssistantError):
    """An option, setting or id that the caller gave cannot be used."""

    exit_status = 2


class ModelUnavailable(AssistantError):
    """The model cannot answer now."""


class Busy(ModelUnavailable):
    """Too many want an answer at once."""

    def __init__(self, seconds: float) -> None:
        """Take in about how many seconds there will be room again."""
        super().__init__(f"busy: try again in about {max(1, round(seconds))} s")
        self.seconds = seconds


class StoreUnavailable(AssistantError):
    """The database cannot be opened or written."""
