"""Who may come in, what they may do here, and how much of it."""
