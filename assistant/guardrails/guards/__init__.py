"""Guard models that take a rail over by name: Llama Guard, Prompt Guard, Granite Guardian, ShieldGemma."""
