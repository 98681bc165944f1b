"""The tables of the catalogue, in SQLite's SQL."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL,             -- what a newer version has in common with it: the whole path, or the name given
    collection TEXT NOT NULL,
    digest TEXT NOT NULL,
    file TEXT NOT NULL,               -- its bytes, in the folder of originals
    state TEXT NOT NULL CHECK (state IN ('reading', 'ready', 'failed')),
    reason TEXT,
    added_at TEXT NOT NULL,
    owner TEXT NOT NULL,              -- the process that reads it
    text TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS documents_by_digest ON documents (collection, digest);
CREATE INDEX IF NOT EXISTS documents_by_origin ON documents (collection, origin);
CREATE TABLE IF NOT EXISTS passages (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    location TEXT NOT NULL,
    lead TEXT NOT NULL,               -- the headings put before it
    text TEXT NOT NULL,
    vector BLOB NOT NULL              -- 32-bit floats, of unit length
);
CREATE INDEX IF NOT EXISTS passages_by_document ON passages (document_id);
CREATE VIRTUAL TABLE IF NOT EXISTS passages_fts USING fts5 (
    lead, text, content = 'passages', content_rowid = 'number', tokenize = 'porter unicode61'
);
CREATE TRIGGER IF NOT EXISTS passage_added AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, lead, text) VALUES (new.number, new.lead, new.text);
END;
CREATE TRIGGER IF NOT EXISTS passage_removed AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, lead, text) VALUES ('delete', old.number, old.lead, old.text);
END;
-- Documents that are gone from here, but whose vectors and bytes may still have to be cleared away.
CREATE TABLE IF NOT EXISTS removals (document_id TEXT PRIMARY KEY, file TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS document_removed AFTER DELETE ON documents BEGIN
    INSERT OR REPLACE INTO removals (document_id, file) VALUES (old.id, old.file);
END;
"""
