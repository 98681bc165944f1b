"""A model behind an OpenAI-compatible server: vLLM, llama.cpp's, Ollama, TGI, `transformers serve`.

The server is asked with the official client, which tries again what may be tried again. A thread reads the answer, so
that whoever asked may leave at any moment; the connection is closed at the next token, and the server's place is free.
"""

import json
import threading
from collections.abc import Generator, Sequence
from functools import cached_property, partial
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from assistant.errors import BadInput
from assistant.model.breaker import Breaker
from assistant.model.complaints import BrokenOff, Unloaded, from_server, translated
from assistant.model.pieces import Piece
from assistant.turns import Form, Message, Sampling, Scored

if TYPE_CHECKING:
    from openai import OpenAI, Stream
    from openai.types.chat import ChatCompletionChunk

CHARACTERS = 2.5
"""The fewest characters to a token that are counted on where the server counts none; most text has 4."""
FRAME = 8
"""Tokens that a chat template puts round a message, at most."""
FAILURES, PAUSE = 3, 15.0
"""After so many failures one after another, the server is left alone for so many seconds."""
LOOK = 0.05
"""Seconds between two looks at whether the reader has left."""


class RemoteModel:
    """A model that is asked over HTTP; any number of threads may ask it, and the server puts them in a row."""

    def __init__(self, server: str, name: str, *, context: int, key: str = "", timeout: float = 60.0) -> None:
        """Take the address; nothing is sent before the first question.

        Args:
            server: the address up to and with the version: http://127.0.0.1:8000/v1.
            name: the model's name there.
            context: the most tokens of prompt and answer together; what the server says where that is less.
            key: the server's API key, if it wants one.
            timeout: seconds that may go by without a token, or without a connection.
        """
        self.name = name
        self.server = server.rstrip("/")
        self._asked = context
        self._key = key
        self._timeout = timeout
        self._breaker = Breaker(FAILURES, PAUSE, counts=from_server)
        self._adapters: set[str] = set()
        self._counts = True

    @property
    def away(self) -> bool:
        """Whether the server failed so often just now that it is not asked."""
        return self._breaker.open

    @cached_property
    def context(self) -> int:
        """The most tokens of prompt and answer together, as far as the server tells."""
        try:
            listed = self._breaker.call(self._client.models.list)
            found = [one for one in listed if one.id == self.name]
        except Exception as error:
            raise translated(error, self.server, self.name) from error
        longest = getattr(found[0], "max_model_len", None) if found else None  # vLLM tells, others do not
        return min(self._asked, longest) if isinstance(longest, int) else self._asked

    def count(self, messages: Sequence[Message]) -> int:
        """Count the tokens of a prompt: as vLLM counts them, or more than there can be where nobody does."""
        if self._counts:
            try:
                asked = {"model": self.name, "messages": list(messages)}
                once = self._client.with_options(max_retries=0)
                return int(once.post(f"{self._root}/tokenize", body=asked, cast_to=dict[str, Any])["count"])
            except Exception as error:  # noqa: BLE001 - whatever comes back, it is no count
                self._counts = from_server(error)  # one that is away may count later
        return sum(int(len(one["content"]) / CHARACTERS) + FRAME for one in messages)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        adapter: tuple[str, Path] | None,
        sampling: Sampling,
        stop: threading.Event | None = None,
        person: str | None = None,
    ) -> Generator[str, None, None]:
        """Yield the answer as it comes; closing the generator, or setting `stop`, ends it.

        Args:
            messages: the prompt.
            adapter: name and folder of the adapter to answer with, which vLLM is told to load; None for none.
            sampling: how tokens are chosen; the repetition penalty is not part of the protocol, and is not sent.
            stop: set by whoever wants the answer to end.
            person: whoever asks, which the server is not told.

        Raises:
            BadInput: the answer is to match a pattern, which is not part of the protocol.
            ModelUnavailable: the server cannot be reached, refuses, breaks off, or cannot load the adapter.
        """
        if sampling.form is not None and sampling.form.kind == "regex":
            raise BadInput("a model server takes no patterns for answers: ask for JSON by a schema")
        stop, left = stop or threading.Event(), threading.Event()
        pieces: Queue[str | Exception | None] = Queue()
        work = threading.Thread(
            target=self._read, args=(messages, adapter, sampling, (stop, left), pieces), daemon=True
        )
        work.start()
        try:
            while not stop.is_set():
                try:
                    piece = pieces.get(timeout=LOOK)
                except Empty:
                    continue
                if piece is None:
                    return
                if isinstance(piece, Exception):
                    raise translated(piece, self.server, self.name) from piece
                yield piece
        finally:
            left.set()

    def _read(
        self,
        messages: Sequence[Message],
        adapter: tuple[str, Path] | None,
        sampling: Sampling,
        ends: tuple[threading.Event, threading.Event],
        pieces: "Queue[str | Exception | None]",
    ) -> None:
        """Run in a thread of its own; whatever goes wrong travels to the reader through the queue."""
        try:
            with self._breaker.call(partial(self._open, messages, adapter, sampling)) as stream:
                whole = False
                for chunk in stream:
                    if any(event.is_set() for event in ends):
                        return
                    for choice in chunk.choices:
                        pieces.put(Piece(choice.delta.content or "", _scored(choice)))
                        whole = whole or choice.finish_reason is not None
            if not whole:  # the client takes a connection that breaks for an end
                raise BrokenOff
        except Exception as error:  # noqa: BLE001 - the border of the thread: the reader raises it again
            pieces.put(error)
        finally:
            pieces.put(None)

    def _open(
        self, messages: Sequence[Message], adapter: tuple[str, Path] | None, sampling: Sampling
    ) -> "Stream[ChatCompletionChunk]":
        said: Any = list(messages)  # roles are plain strings here
        choice = _choice(sampling)
        stream: Stream[ChatCompletionChunk] = self._client.chat.completions.create(
            model=self._named(adapter), messages=said, stream=True, **choice
        )
        return stream

    def _named(self, adapter: tuple[str, Path] | None) -> str:
        """Return the name to ask for, and have the server load the adapter where it has not yet.

        https://docs.vllm.ai/en/stable/features/lora.html (dynamically serving LoRA adapters)
        """
        if adapter is None:
            return self.name
        name = f"{adapter[0]}-{adapter[1].stat().st_mtime_ns}"  # trained anew, it is another one
        if name not in self._adapters:
            from openai import APIStatusError

            asked = {"lora_name": name, "lora_path": str(adapter[1].resolve())}
            try:
                self._client.post("/load_lora_adapter", body=asked, cast_to=str)
            except APIStatusError as error:
                if "already" not in error.message:
                    raise Unloaded(adapter[0], error.message) from error
            self._adapters.add(name)
        return name

    @cached_property
    def _client(self) -> "OpenAI":
        from openai import OpenAI

        return OpenAI(base_url=self.server, api_key=self._key or "none", timeout=self._timeout, max_retries=2)

    @property
    def _root(self) -> str:
        return self.server.removesuffix("/v1")


def _choice(sampling: Sampling) -> dict[str, Any]:
    choice: dict[str, Any] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_new_tokens,
        "seed": sampling.seed,
    }
    if sampling.logprobs is not None:
        choice |= {"logprobs": True, "top_logprobs": sampling.logprobs}
    if sampling.form is not None:
        choice["response_format"] = _form(sampling.form)
    return choice | ({"stop": list(sampling.stop)} if sampling.stop else {})


def _form(form: Form) -> dict[str, Any]:
    if form.kind == "json":
        return {"type": "json_object"}
    schema = {"name": "answer", "strict": True, "schema": json.loads(form.text)}
    return {"type": "json_schema", "json_schema": schema}


def _scored(choice: Any) -> tuple[Scored, ...]:
    """Return the tokens of a chunk with their probabilities, where the server tells them."""
    told = getattr(choice.logprobs, "content", None) or ()
    return tuple(
        Scored(one.token, one.logprob, tuple((top.token, top.logprob) for top in one.top_logprobs)) for one in told
    )
