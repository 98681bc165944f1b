"""The rails as the policy file asks for them now: built anew when it has changed, kept where it is wrong."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from assistant.errors import AssistantError
from assistant.guardrails.policy_file import PolicyFile
from assistant.guardrails.rails import SIDES, Context, Rails, check
from assistant.guardrails.settings import RailSettings

log = logging.getLogger(__name__)

FRESH = 2e9
"""Nanoseconds in which a file may be written twice without another time or size; so long it is read to be compared."""
LOADING = 120.0
"""Seconds that a rail may take for its first text, while it loads what it needs."""
_FIRST = "Call Anna Smith on +1 202 555 0148, or write to anna@example.com: the warranty lasts 30 months."


class Supply:
    """Gives the rails in force; a change of the policy file counts from the next call on, without a restart."""

    def __init__(
        self,
        file: PolicyFile,
        build: Callable[[RailSettings], Rails],
        beside: Callable[[], str] = str,
    ) -> None:
        """Build the first rails.

        Args:
            file: the policy.
            build: from a policy to rails.
            beside: names what else the rails rest on; where the name changes, they are built anew.

        Raises:
            BadInput: the policy is not right, so that there is nothing to be in force.
        """
        self.file = file
        self._build = build
        self._beside = beside
        self._following, self._loading = Lock(), Lock()
        self._unread = self._unbuilt = ""
        self._seen = self._look()
        self._settings = self._wanted = file.read()
        self._rests = self._resting()
        self._rails = build(self._settings)
        self._loaded: Rails | None = None

    def __call__(self) -> Rails:
        """Return the rails in force, which have loaded what they need: no text has to wait for that."""
        with self._following:
            self._follow()
            rails = self._rails
        with self._loading:
            if self._loaded is not rails:
                _load(rails)
                self._loaded = rails
        return rails

    @property
    def settings(self) -> RailSettings:
        """The policy in force."""
        with self._following:
            self._follow()
            return self._settings

    @property
    def version(self) -> str:
        """The digest of the policy in force, at once: nothing is loaded for it."""
        with self._following:
            self._follow()
            return self._rails.version

    @property
    def problem(self) -> str:
        """Why the policy file as it is now is not in force, in one line; empty where it is."""
        with self._following:
            self._follow()
            return self._unread or self._unbuilt

    def _follow(self) -> None:
        """Take over what the file says, if it has changed and is right, and what else the rails rest on."""
        if (seen := self._look()) != self._seen:
            self._seen = seen
            self._read()
        rests = self._resting()
        if self._wanted != self._settings or rests != self._rests:
            self._take(rests)
        else:
            self._unbuilt = ""

    def _read(self) -> None:
        try:
            self._wanted, self._unread = self.file.read(), ""
        except AssistantError as error:
            self._unread = _reported(str(error), self._unread)
            self._wanted = self._settings

    def _take(self, rests: object) -> None:
        """Build the rails that are wanted; where that fails it is tried again at the next ask."""
        try:
            self._rails = self._build(self._wanted)
            self._settings, self._rests, self._unbuilt = self._wanted, rests, ""
        except Exception as error:  # noqa: BLE001 - whatever cannot be built, the rails that there are go on
            why = str(error) if isinstance(error, AssistantError) else type(error).__name__
            self._unbuilt = _reported(f"the rails of {self.file.path.name} cannot be built ({why})", self._unbuilt)

    def _resting(self) -> object:
        """Return what changes when anything else does that the rails rest on, such as a file of words."""
        files = (self.file.path.parent / one.file for one in self._wanted.words.lists if one.file)
        return self._beside(), tuple(map(_entry, files))

    def _look(self) -> object:
        """Return what changes when the file does, at the cost of a look at its entry."""
        try:
            about = self.file.path.stat()
            entry = (about.st_mtime_ns, about.st_size, about.st_ino)
            fresh = time.time_ns() - about.st_mtime_ns < FRESH
            return (entry, self.file.path.read_bytes() if fresh else b"")
        except OSError as error:
            return error.errno


def _reported(problem: str, known: str) -> str:
    """Log a problem, unless it is known already."""
    if problem != known:
        log.error("%s; the rules that were in force before go on", problem)
    return problem


def _entry(file: Path) -> object:
    """Return when a file was written and how long it is, or why that cannot be known."""
    try:
        about = file.stat()
    except (OSError, ValueError) as error:
        return type(error).__name__
    return about.st_mtime_ns, about.st_size


def _load(rails: Rails) -> None:
    """Give each rail a first text: encoders, recognisers and heads are loaded with it."""
    for load in rails.loads:
        try:
            load()
        except AssistantError as error:  # told again by the rail, which refuses
            log.warning("%s", error)
    for side in SIDES:
        context = Context(side, rails.audience, question=_FIRST, passages=(_FIRST,), seconds=LOADING)
        check(getattr(rails, side), _FIRST, context)
