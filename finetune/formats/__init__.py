"""Files of training data in, rated answers out: one format a file."""
