"""Persons in a message that asks for a decision about them, and what is said of them that must not decide it."""
