"""The chat: rails, engine, store, feedback and page."""
