"""Commands of python -m assistant, one subject a file."""
