"""What can go wrong in the knowledge base, in words fit for the user.

KnowledgeError
├── BadInput              the caller can mend it: a path, an id, an option      (exit status 2)
│   ├── UnsupportedFormat a file of a kind that is not read
│   └── UnreadableFile    a file that is damaged, encrypted, empty or too large
└── IndexUnavailable      the catalogue or the index cannot be opened or written
"""


class KnowledgeError(Exception):
    """The base of all errors here; its text is one line that says what to do."""

    exit_status = 1


class BadInput(KnowledgeError):
    """A path, id or option that the caller gave cannot be used."""

    exit_status = 2


class UnsupportedFormat(BadInput):
    """A file is of a kind that is not read."""


class UnreadableFile(BadInput):
    """A file is damaged, encrypted, empty or too large."""


class IndexUnavailable(KnowledgeError):
    """The catalogue or the index cannot be opened or written."""
