"""The tables of the database, and the version of their form."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

VERSION = 1

metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
)

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
