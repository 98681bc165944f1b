"""Rails before and after the model: one rail a file, each a function from text and context to a frozen verdict."""
