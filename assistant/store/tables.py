"""The tables of the database, and the version of their form."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 5

metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("pinned", String(64)),
    Column("origin", String(16), nullable=False, server_default="page"),
    Column("user", Text),
    Index("conversations_by_user", "user"),
)
"""`pinned` names the adapter that answers there; empty is the base without one, none is what serves everybody.
`user` is whose it is; none is whoever runs this machine."""

turns = Table(
    "turns",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("shown", Boolean, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("adapter", String(64)),
    Column("model", Text, nullable=False),
    Column("refused", Boolean, nullable=False),
    Column("details", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
    Index("turns_by_place", "conversation_id", "position"),
)
"""`details` is what is only ever read together with its turn: prompt, sources, citations, sampling and so on."""

ratings = Table(
    "ratings",
    metadata,
    Column("turn_id", ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    Column("thumb", String(4), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("comment", Text),
    Column("correction", Text),
    Column("rated_at", String(32), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("user", Text),
    Column("stage", String(16), nullable=False),
    Column("rail", String(64)),
    Column("rule", Text),
    Column("action", String(16), nullable=False),
    Column("score", Float),
    Column("adapter", String(64)),
    Column("policy", String(64), nullable=False),
    Column("turn_id", String(32)),
    Column("document_id", String(64)),
    Column("text_hash", String(64)),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("audit_by_time", "at"),
    Index("audit_by_turn", "turn_id"),
    Index("audit_by_document", "document_id"),
    Index("audit_by_text", "text_hash"),
)
"""Each row holds the hash of the row before it; turns are named, not referred to, as the log outlives them."""

APPEND_ONLY = (
    "CREATE TRIGGER audit_follows BEFORE INSERT ON audit "
    "WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit) "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
)
"""The first stands against INSERT OR REPLACE, which SQLite does not take for a deletion."""

appeals = Table(
    "appeals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("turn_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("side", String(16), nullable=False),
    Column("rail", String(64)),
    Column("rule", Text),
    Column("score", Float),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("user", Text),
    Column("filed_at", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("label", String(32)),
    Column("decided_by", Text),
    Column("decided_at", String(32)),
    UniqueConstraint("turn_id", "kind"),
    sqlite_autoincrement=True,
)
"""An open one goes with its conversation; a decided one is an example and stays until it is removed."""

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("trial", String(32), nullable=False),
    Column("person", String(32), nullable=False),
    Column("side", String(16), nullable=False),
    Column("turn_id", String(32)),
    Column("refused", Boolean, nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("sentences", Integer, nullable=False),
    Column("unsupported", Integer, nullable=False),
    Index("outcomes_by_trial", "trial", "side", "person"),
)
"""What came of each answer of a trial; `person` is a keyed hash, and a deleted conversation leaves these counts."""

users = Table(
    "users",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("password", Text),
    Column("subject", Text),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", String(32), nullable=False),
)
"""`id` is the name without its capitals; `password` is an Argon2id hash, none where somebody signs in elsewhere.
`subject` is who they are there, so that nobody else comes in by a name that was given anew."""

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("used_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
)
"""`digest` is SHA-256 of a token that the browser alone has."""

keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32)),
    Column("used_at", String(32)),
)
"""`id` is how a key begins; `digest` is SHA-256 of all of it."""
