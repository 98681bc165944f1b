"""The catalogue: all that is known of the documents, in SQLite or Postgres, with the full-text search."""
