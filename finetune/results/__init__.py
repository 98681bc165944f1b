"""What becomes of an adapter elsewhere: full weights, the model hub, GGUF for llama.cpp and Ollama, vLLM."""
