"""Who may come in, and by what: users, their sessions, their keys."""

from assistant.store.audit import AuditLog
from assistant.store.keys import Keys
from assistant.store.sessions import Clock, Sessions, utc
from assistant.store.users import Begin, Users


class Accounts:
    """The accounts of one home."""

    def __init__(self, begin: Begin, log: AuditLog, clock: Clock = utc) -> None:
        self.users = Users(begin, log)
        self.sessions = Sessions(begin, clock)
        self.keys = Keys(begin, log, clock)
