"""The model that answers: streaming, stopping, adapters."""
