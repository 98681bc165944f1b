"""Rated answers in, judged adapters out."""
