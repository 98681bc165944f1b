"""A sample handbook of a made-up company, and questions on it, to try the assistant with."""
