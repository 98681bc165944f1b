"""What can go wrong in fine-tuning, in words fit for the user.

FinetuneError
├── BadInput            the caller can mend it: a file, a name, an option      (exit status 2)
├── NotEnoughData       too few ratings for the method asked for               (exit status 2)
├── NoRoom              a run would take from the chat what it needs
├── ModelUnavailable    a model cannot be found, loaded or held in memory
└── TrainingFailed      a run ended without an adapter
"""


class FinetuneError(Exception):
    """The base of all errors here; its text is one line that says what to do."""

    exit_status = 1


class BadInput(FinetuneError):
    """A file, name or option that the caller gave cannot be used."""

    exit_status = 2


class NotEnoughData(FinetuneError):
    """There are too few ratings for what was asked."""

    exit_status = 2


class NoRoom(FinetuneError):
    """A run would take from the chat beside it what the chat needs."""


class ModelUnavailable(FinetuneError):
    """A model cannot be found, loaded or held in memory."""


class TrainingFailed(FinetuneError):
    """A run ended without an adapter."""
