"""Files in, plain text with its sections out: one format a file."""
