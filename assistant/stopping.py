"""The web server's way to stop: no new questions, the running answers finish or are stored, then the process ends."""

import logging
import signal
import threading
from types import FrameType

import uvicorn

from assistant.running import Running

log = logging.getLogger(__name__)

LAST = 2
"""Seconds that connections have to take what was sent to them, after the last answer."""


class Server(uvicorn.Server):
    """Serves until SIGTERM or Ctrl-C; a second one of them ends it at once."""

    def __init__(self, config: uvicorn.Config, running: Running, seconds: float) -> None:
        """Take the answers that are to be waited for.

        Args:
            config: what is served, and where.
            running: the answers.
            seconds: how long they may go on.
        """
        super().__init__(config)
        self._answers = running
        self._seconds = seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop. uvicorn would raise the signal again at the end, and so end the process by it."""
        if self._answers.stopping or self.should_exit:
            self.should_exit = True
            self.force_exit = sig == signal.SIGINT
            return
        # Whatever the signal broke into may hold the lock that the answers are counted under.
        threading.Thread(target=self._drain, name="stop", daemon=True).start()

    def _drain(self) -> None:
        """Wait for the answers meanwhile the server goes on saying that it stops."""
        if not self._answers.close(self._seconds):
            log.warning("Some answers could not be stored before the end")
        self.should_exit = True
