"""The database of conversations, turns and ratings."""
