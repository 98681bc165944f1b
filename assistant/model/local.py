"""The model in this process: one answer at a time, token by token, each with its own adapter and sampling.

`generate` of transformers runs in a thread and hands over every token as it comes; the reader may stop it at any token.
"""

import gc
import re
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from assistant.errors import ModelUnavailable
from assistant.model.text import Detokenizer
from assistant.turns import Message, Sampling
from finetune.models import Loaded

LOADED_ADAPTERS = 4
"""How many adapters stay in memory; the least recently used one makes way."""


@dataclass(frozen=True, slots=True)
class _Failure:
    error: BaseException


class LocalModel:
    """A loaded model that any number of threads may ask; they are served in turn."""

    def __init__(self, loaded: Loaded, *, context: int) -> None:
        """Take a loaded model.

        Args:
            loaded: model and tokenizer, from `finetune.models.load`.
            context: the most tokens of prompt and answer together; the model's own limit where that is lower.
        """
        self.name = loaded.name
        self._tokenizer = loaded.tokenizer
        self._base = loaded.model
        self._with_adapters: Any = None
        self._adapters: list[str] = []
        self._device = loaded.device
        self._turn = threading.Lock()
        self.context = min(context, getattr(loaded.model.config, "max_position_embeddings", None) or context)

    def count(self, messages: Sequence[Message]) -> int:
        """Count the tokens of a prompt, the chat template's own included."""
        return len(self._encode(messages)["input_ids"][0])

    def stream(
        self,
        messages: Sequence[Message],
        *,
        adapter: tuple[str, Path] | None,
        sampling: Sampling,
        stop: threading.Event | None = None,
    ) -> Generator[str, None, None]:
        """Yield the answer token by token; the pieces together are the answer.

        A token that ends in the middle of a character, or may begin a stop string, gives an empty piece.

        Closing the generator, or setting `stop`, ends the model's work within one token; what was written stays.

        Args:
            messages: the prompt; it must leave room for an answer within `context`.
            adapter: name and folder of the adapter to answer with, None for the model as it is.
            sampling: how tokens are chosen; the same seed gives the same answer.
            stop: set by whoever wants the answer to end.

        Raises:
            ModelUnavailable: the prompt is too long, memory ran out, or the adapter does not fit;
                the next request works.
        """
        stop = stop or threading.Event()
        inputs = self._encode(messages)
        room = self.context - inputs["input_ids"].shape[1]
        if room < 1:
            raise ModelUnavailable(
                f"the prompt fills the model's context of {self.context} tokens: ask a shorter question"
            )
        ended = threading.Event()
        tokens: Queue[int | _Failure | None] = Queue()
        work = threading.Thread(
            target=self._generate, args=(inputs, adapter, sampling, room, _Ends(stop, ended), tokens), daemon=True
        )
        work.start()
        text = Detokenizer(self._tokenizer, sampling.stop)
        try:
            while (token := tokens.get()) is not None:
                if isinstance(token, _Failure):
                    raise _translated(token.error) from token.error
                yield text.add(token)
                if text.ended or stop.is_set():
                    break
            if rest := text.rest():
                yield rest
        finally:
            ended.set()
            work.join()

    def _generate(
        self,
        inputs: Any,
        adapter: tuple[str, Path] | None,
        sampling: Sampling,
        room: int,
        ends: "_Ends",
        tokens: "Queue[int | _Failure | None]",
    ) -> None:
        """Run in a thread of its own; whatever goes wrong travels to the reader through the queue."""
        import torch

        prompt = inputs["input_ids"].shape[1]
        try:
            with self._turn, torch.inference_mode():
                if ends():
                    return
                model = self._wearing(adapter)
                torch.manual_seed(sampling.seed)
                model.generate(
                    **inputs,
                    **_choice(sampling, prompt),
                    max_new_tokens=min(sampling.max_new_tokens, room),
                    pad_token_id=self._tokenizer.pad_token_id,
                    streamer=_TokenQueue(tokens, prompt),
                    stopping_criteria=[ends.criterion],
                )
        except Exception as error:  # noqa: BLE001 - the border of the thread: the reader raises it again
            tokens.put(_Failure(error))
            if _out_of_memory(error):
                self._release()
        finally:
            tokens.put(None)

    def _encode(self, messages: Sequence[Message]) -> Any:
        return self._tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, return_tensors="pt", return_dict=True
        ).to(self._device)

    def _wearing(self, adapter: tuple[str, Path] | None) -> Any:
        """Return the model with this adapter switched on, loading it where it is not in memory."""
        if adapter is None:
            if self._with_adapters is not None:
                self._with_adapters.base_model.disable_adapter_layers()
            return self._base
        if not (adapter[1] / "adapter_config.json").exists():
            raise _unfit(adapter[0])
        # PEFT makes modules of this name: no dots, and nothing like its own `lora_`. Trained anew, it is another one.
        name = re.sub(r"[^a-z0-9]", "-", f"{adapter[0]}-{adapter[1].stat().st_mtime_ns}".lower())
        if name not in self._adapters:
            self._load(adapter[0], name, adapter[1])
        self._adapters.remove(name)
        self._adapters.append(name)
        self._with_adapters.base_model.enable_adapter_layers()
        self._with_adapters.set_adapter(name, inference_mode=True)
        return self._base

    def _load(self, shown: str, name: str, folder: Path) -> None:
        """Put an adapter on the model; one that cannot be put there leaves the model as it was."""
        from peft import PeftConfig, PeftModel

        try:
            if self._with_adapters is None:
                config = PeftConfig.from_pretrained(str(folder))
                self._with_adapters = PeftModel(self._base, config, adapter_name=name)
            self._with_adapters.load_adapter(str(folder), adapter_name=name)
        except Exception as error:
            if self._with_adapters is not None and name in self._with_adapters.peft_config:
                self._with_adapters.delete_adapter(name)
            raise error if _out_of_memory(error) else _unfit(shown) from error
        self._with_adapters.eval()
        self._adapters.append(name)
        if len(self._adapters) > LOADED_ADAPTERS:
            self._with_adapters.delete_adapter(self._adapters.pop(0))

    def _release(self) -> None:
        """Give memory back after a failure, so that the next request finds it."""
        import torch

        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


class _Ends:
    """Whether the reader wants no more: it asked to stop, or it went away."""

    def __init__(self, stop: threading.Event, ended: threading.Event) -> None:
        self._events = stop, ended

    def __call__(self) -> bool:
        return any(event.is_set() for event in self._events)

    def criterion(self, input_ids: Any, scores: Any, **_: object) -> Any:
        """Answer as a stopping criterion of transformers."""
        import torch

        return torch.full((input_ids.shape[0],), self(), dtype=torch.bool, device=input_ids.device)


class _TokenQueue:
    """A streamer of transformers: the prompt comes first and is passed over, then token by token."""

    def __init__(self, tokens: "Queue[int | _Failure | None]", prompt: int) -> None:
        self._tokens = tokens
        self._passing = prompt

    def put(self, value: Any) -> None:
        """Take what generate hands over: first the prompt, then each new token."""
        if self._passing:
            self._passing = 0
            return
        for token in value.reshape(-1).tolist():
            self._tokens.put(token)

    def end(self) -> None:
        """Nothing to do: the thread itself says when it is done."""


def _choice(sampling: Sampling, prompt: int) -> dict[str, Any]:
    from transformers import LogitsProcessorList, RepetitionPenaltyLogitsProcessor

    processors = LogitsProcessorList()
    if sampling.repetition_penalty != 1.0:
        processors.append(RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty, prompt_ignore_length=prompt))
    choice: dict[str, Any] = {"logits_processor": processors, "do_sample": sampling.temperature > 0}
    if sampling.temperature > 0:
        choice |= {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
    return choice


def _translated(error: BaseException) -> BaseException:
    """Put torch's errors of memory into one line that says what to do; what is not known stays as it is."""
    if not _out_of_memory(error):
        return error
    return ModelUnavailable(
        "the model ran out of memory for this question: ask a shorter one, or start with --quantize 4bit"
    )


def _out_of_memory(error: BaseException) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "not enough memory" in str(error)


def _unfit(adapter: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"the adapter {adapter} is damaged or does not fit this model: roll back to another one on the Improve tab"
    )
