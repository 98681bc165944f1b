"""Kinds of personal data and secrets, one subject a file: each a list of recognisers in Presidio's form."""
