"""What a model server's errors mean, each in one line that says what to do."""

from typing import TYPE_CHECKING

from assistant.errors import ModelUnavailable
from assistant.model.breaker import CircuitOpen

if TYPE_CHECKING:
    from openai import APIStatusError


class Unloaded(Exception):
    """The server did not load an adapter."""

    def __init__(self, adapter: str, reason: str) -> None:
        """Take the adapter's name, and what the server said."""
        super().__init__(reason)
        self.adapter, self.reason = adapter, reason


class BrokenOff(Exception):
    """The connection ended before the answer did."""


def from_server(error: Exception) -> bool:
    """Whether an error tells of the server rather than of what it was asked."""
    from openai import APIStatusError

    return not isinstance(error, Unloaded) and not (isinstance(error, APIStatusError) and error.status_code < 500)


def translated(error: Exception, server: str, model: str) -> Exception:
    """Put an error of the client into words; what is not known stays as it is."""
    import openai

    if isinstance(error, CircuitOpen):
        said = f"is away; it is asked again in {max(1, round(error.seconds))} seconds"
    elif isinstance(error, Unloaded):
        said = (
            f"does not load the adapter {error.adapter} ({error.reason}): start vLLM with --enable-lora and "
            "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, or roll back on the Improve tab"
        )
    elif isinstance(error, openai.APIStatusError):
        said = _refused(error, model)
    elif isinstance(error, openai.APITimeoutError):
        said = "says nothing: ask again"
    elif isinstance(error, openai.OpenAIError | BrokenOff):
        said = "cannot be reached, or broke off: see that it runs, and ask again"
    else:
        return error
    return ModelUnavailable(f"the model server at {server} {said}")


def _refused(error: "APIStatusError", model: str) -> str:
    known = {
        401: "wants another key: set APPRENTICE_CHAT_SERVER_KEY",
        403: "wants another key: set APPRENTICE_CHAT_SERVER_KEY",
        404: f"has no model {model}: name one that it lists under /models",
        429: "is busy: ask again in a minute",
    }
    return known.get(error.status_code, f"refused the question: {' '.join(error.message.split())[:300]}")
