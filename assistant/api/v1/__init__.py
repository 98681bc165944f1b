"""The programming interface: OpenAI's protocol, and documents, search, feedback and adapters in the same manner."""
