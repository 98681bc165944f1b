"""The commands that are more than a line of the command line, one subject a file."""
