"""The tables of the catalogue: for each database the steps that lead from nothing to what is used now, in order.

A step that was released is never changed; what is to be different comes as a further step.
"""

_FIRST_RELEASE = (
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS documents (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, source TEXT NOT NULL, origin TEXT NOT NULL, collection TEXT NOT NULL,
        digest TEXT NOT NULL, file TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('reading', 'ready', 'failed')),
        reason TEXT, added_at TEXT NOT NULL, owner TEXT NOT NULL, text TEXT NOT NULL DEFAULT ''
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS passages (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        start INTEGER NOT NULL, end INTEGER NOT NULL, location TEXT NOT NULL, lead TEXT NOT NULL, text TEXT NOT NULL,
        vector BLOB NOT NULL
    )
    """,
    "CREATE TABLE IF NOT EXISTS removals (document_id TEXT PRIMARY KEY, file TEXT NOT NULL)",
)

_TABLES = (
    """
    CREATE TABLE collections (
        number {number},
        name TEXT NOT NULL UNIQUE,
        owner TEXT,
        readers TEXT                      -- a list in JSON; NULL where everybody may read
    )
    """,
    """
    CREATE TABLE {new}documents (
        number {number},
        id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        source TEXT NOT NULL,
        origin TEXT NOT NULL,             -- the whole path, or the name given: what versions have in common
        collection TEXT NOT NULL REFERENCES collections (name),
        digest TEXT NOT NULL,
        file TEXT NOT NULL,               -- its bytes, in the folder of originals
        state TEXT NOT NULL CHECK (state IN ('reading', 'ready', 'quarantined', 'failed')),
        reason TEXT,
        notes TEXT,                       -- what of it could not be read
        added_at TEXT NOT NULL,
        owner TEXT NOT NULL,              -- the process that reads it
        generation INTEGER,               -- of the vectors it will have
        reviewer TEXT,                    -- who released it from quarantine, and when
        released_at TEXT
    )
    """,
    """
    CREATE TABLE texts (
        document_id TEXT PRIMARY KEY REFERENCES {new}documents (id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        anchors TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE {new}passages (
        number {number},
        id TEXT NOT NULL UNIQUE,
        document_id TEXT NOT NULL REFERENCES {new}documents (id) ON DELETE CASCADE,
        begins INTEGER NOT NULL,
        ends INTEGER NOT NULL,
        location TEXT NOT NULL,
        lead TEXT NOT NULL,               -- the headings put before it
        text TEXT NOT NULL,
        found_in INTEGER                  -- the number of its collection; NULL while it must not be found
    )
    """,
    """
    CREATE TABLE generations (
        id {number},
        encoder TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('serving', 'building', 'dropped'))
    )
    """,
    """
    CREATE TABLE vectors (
        generation INTEGER NOT NULL REFERENCES generations (id),
        passage {reference} NOT NULL REFERENCES {new}passages (number) ON DELETE CASCADE,
        vector {bytes} NOT NULL,          -- 32-bit floats, of unit length
        UNIQUE (passage, generation)
    )
    """,
)
_INDEXES = (
    "CREATE INDEX documents_by_digest ON documents (collection, digest)",
    "CREATE INDEX documents_by_origin ON documents (collection, origin)",
    "CREATE INDEX documents_by_state ON documents (collection, state)",
    "CREATE INDEX documents_by_file ON documents (file)",
    "CREATE INDEX passages_by_document ON passages (document_id)",
    "CREATE INDEX passages_by_place ON passages (found_in, number)",
    # At most one generation of each of these.
    "CREATE UNIQUE INDEX generations_by_state ON generations (state) WHERE state IN ('serving', 'building')",
)


def _tables(number: str, reference: str, data: str, new: str = "") -> tuple[str, ...]:
    """Write the tables that both have; `new` stands before the names of those that take an older one's place."""
    return tuple(step.format(number=number, reference=reference, bytes=data, new=new) for step in _TABLES)


_FULL_TEXT = (
    "CREATE VIEW found AS SELECT number, lead, text FROM passages WHERE found_in IS NOT NULL",
    """
    CREATE VIRTUAL TABLE passages_fts USING fts5 (
        lead, text, content = 'found', content_rowid = 'number', tokenize = 'porter unicode61'
    )
    """,
    """
    CREATE TRIGGER passage_added AFTER INSERT ON passages WHEN new.found_in IS NOT NULL BEGIN
        INSERT INTO passages_fts (rowid, lead, text) VALUES (new.number, new.lead, new.text);
    END
    """,
    """
    CREATE TRIGGER passage_removed AFTER DELETE ON passages WHEN old.found_in IS NOT NULL BEGIN
        INSERT INTO passages_fts (passages_fts, rowid, lead, text) VALUES ('delete', old.number, old.lead, old.text);
    END
    """,
    """
    CREATE TRIGGER passage_released AFTER UPDATE OF found_in ON passages
    WHEN old.found_in IS NULL AND new.found_in IS NOT NULL BEGIN
        INSERT INTO passages_fts (rowid, lead, text) VALUES (new.number, new.lead, new.text);
    END
    """,
    "INSERT INTO passages_fts (passages_fts) VALUES ('rebuild')",
)
# Documents that are gone from here, but whose vectors and bytes may still have to be cleared away.
_REMOVALS = """
CREATE TRIGGER document_removed AFTER DELETE ON documents BEGIN
    INSERT OR REPLACE INTO removals (document_id, file) VALUES (old.id, old.file);
END
"""
_COPIED = (
    "INSERT INTO collections (name) SELECT DISTINCT collection FROM documents",
    """
    INSERT INTO new_documents (id, title, source, origin, collection, digest, file, state, reason, added_at, owner)
    SELECT id, title, source, origin, collection, digest, file, state, reason, added_at, owner
    FROM documents ORDER BY rowid
    """,
    "INSERT INTO texts SELECT id, text, '[]' FROM documents WHERE state = 'ready'",
    """
    INSERT INTO new_passages (number, id, document_id, begins, ends, location, lead, text, found_in)
    SELECT p.number, p.id, p.document_id, p.start, p.end, p.location, p.lead, p.text, c.number
    FROM passages p JOIN documents d ON d.id = p.document_id JOIN collections c ON c.name = d.collection
    """,
    "INSERT INTO generations (encoder, state) SELECT value, 'serving' FROM facts WHERE name = 'embedding'",
    """
    INSERT INTO vectors (generation, passage, vector)
    SELECT g.id, p.number, p.vector FROM passages p JOIN generations g ON g.state = 'serving'
    """,
    "DROP TRIGGER IF EXISTS document_removed",
    "DROP TABLE IF EXISTS passages_fts",
    "DROP TABLE passages",
    "DROP TABLE documents",
    "ALTER TABLE new_documents RENAME TO documents",
    "ALTER TABLE new_passages RENAME TO passages",
    "DELETE FROM facts WHERE name = 'embedding'",
)

SQLITE = (
    _FIRST_RELEASE,
    (
        *_tables("INTEGER PRIMARY KEY AUTOINCREMENT", "INTEGER", "BLOB", "new_"),
        *_COPIED,
        *_INDEXES,
        *_FULL_TEXT,
        _REMOVALS,
    ),
)

_TERMS = (
    # Every lexeme of every passage that can be found: how often it is there, and how many lexemes the passage has.
    """
    CREATE TABLE terms (
        lexeme TEXT COLLATE "C" NOT NULL,
        passage BIGINT NOT NULL,
        place INTEGER NOT NULL,
        often INTEGER NOT NULL,
        length INTEGER NOT NULL,
        PRIMARY KEY (lexeme, passage) INCLUDE (place, often, length)
    )
    """,
    "CREATE INDEX terms_by_passage ON terms (passage)",
    # In how many passages each lexeme is.
    'CREATE TABLE lexemes (lexeme TEXT COLLATE "C" PRIMARY KEY, passages BIGINT NOT NULL)',
    # How many passages can be found, and how many lexemes they have in all: a single row.
    "CREATE TABLE lengths (passages BIGINT NOT NULL, total BIGINT NOT NULL)",
    "INSERT INTO lengths VALUES (0, 0)",
    """
    CREATE FUNCTION terms_of(lead TEXT, body TEXT) RETURNS TABLE (lexeme TEXT, often INTEGER, length INTEGER)
    LANGUAGE SQL IMMUTABLE AS $$
        SELECT t.lexeme, cardinality(t.positions), (sum(cardinality(t.positions)) OVER ())::INTEGER
        FROM unnest(to_tsvector('english', lead || ' ' || body)) t
    $$
    """,
    """
    CREATE FUNCTION terms_add() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
        WITH added AS (
            INSERT INTO terms (lexeme, passage, place, often, length)
            SELECT t.lexeme, p.number, p.found_in, t.often, t.length
            FROM changed p, terms_of(p.lead, p.text) t
            WHERE p.found_in IS NOT NULL AND NOT EXISTS (SELECT 1 FROM terms known WHERE known.passage = p.number)
            RETURNING lexeme, passage, length
        ), counted AS (
            INSERT INTO lexemes SELECT lexeme, count(*) FROM added GROUP BY lexeme
            ON CONFLICT (lexeme) DO UPDATE SET passages = lexemes.passages + excluded.passages
        )
        UPDATE lengths SET passages = lengths.passages + more.passages, total = total + more.sum
        FROM (SELECT count(*) AS passages, coalesce(sum(length), 0) AS sum
              FROM (SELECT DISTINCT ON (passage) length FROM added) each) more;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION terms_remove() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
        WITH removed AS (
            DELETE FROM terms t USING changed p WHERE t.passage = p.number RETURNING t.lexeme, t.passage, t.length
        ), counted AS (
            UPDATE lexemes l SET passages = l.passages - f.passages
            FROM (SELECT lexeme, count(*) AS passages FROM removed GROUP BY lexeme) f WHERE f.lexeme = l.lexeme
        )
        UPDATE lengths SET passages = lengths.passages - more.passages, total = total - more.sum
        FROM (SELECT count(*) AS passages, coalesce(sum(length), 0) AS sum
              FROM (SELECT DISTINCT ON (passage) length FROM removed) each) more;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER passages_added AFTER INSERT ON passages
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION terms_add()
    """,
    """
    CREATE TRIGGER passages_released AFTER UPDATE ON passages
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION terms_add()
    """,
    """
    CREATE TRIGGER passages_removed AFTER DELETE ON passages
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION terms_remove()
    """,
    """
    CREATE FUNCTION removals_add() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO removals (document_id, file) VALUES (old.id, old.file) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER document_removed AFTER DELETE ON documents FOR EACH ROW EXECUTE FUNCTION removals_add()",
)

POSTGRES = (
    (
        "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE removals (document_id TEXT PRIMARY KEY, file TEXT NOT NULL)",
        *_tables("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BIGINT", "BYTEA"),
        *_INDEXES,
        *_TERMS,
    ),
)
