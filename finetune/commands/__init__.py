"""The commands of the command line, by subject; each takes the parsed options and returns the exit status."""
