"""One GGUF file of base and adapter, by llama.cpp's own converter, with a Modelfile for Ollama beside it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune import models
from finetune.errors import BadInput, FinetuneError
from finetune.registry import Adapter
from finetune.results import ollama
from finetune.results.likeness import Likeness
from finetune.results.merging import merge
from finetune.settings import FinetuneSettings

CONVERTED = ("f32", "f16", "bf16", "q8_0")
"""What the converter writes by itself."""
QUANTISED = (
    *("q2_k", "q3_k_s", "q3_k_m", "q3_k_l", "q4_0", "q4_1", "q4_k_s", "q4_k_m", "q5_0", "q5_1", "q5_k_s", "q5_k_m"),
    *("q6_k", "iq4_nl", "iq4_xs"),
)
"""What llama-quantize makes of it."""
CONVERTER = "convert_hf_to_gguf.py"
QUANTISER = "llama-quantize"
GET = (
    "get it with `git clone https://github.com/ggml-org/llama.cpp` and name its folder with --llama-cpp FOLDER "
    "or the environment variable LLAMA_CPP"
)


class ConversionFailed(FinetuneError):
    """llama.cpp made no usable file of the model."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A GGUF file that was made."""

    file: Path
    type: str
    size: int
    """In bytes."""
    tensors: int
    template: str | None
    """The family whose Go template went into the Modelfile, None where it was left out."""
    likeness: Likeness
    """How alike the merged weights answer that it was made of."""

    @property
    def modelfile(self) -> Path:
        """Ollama's description of it."""
        return self.file.parent / "Modelfile"

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        row = {"file": str(self.file), "modelfile": str(self.modelfile), "type": self.type, "size": self.size}
        return row | {"tensors": self.tensors, "template": self.template}

    def told(self) -> list[str]:
        """Say in lines what became of it."""
        template = f"with the {self.template} template" if self.template else "without TEMPLATE: it is none we know"
        return [
            f"{self.file}: {self.tensors} tensors, {self.size / 1e6:,.0f} MB, {self.type}",
            f"  merged before: {self.likeness.told()}",
            f"  {self.modelfile} {template}: ollama create NAME -f {self.modelfile}",
        ]


def convert(
    settings: FinetuneSettings, adapter: Adapter, file: Path, kind: str = "q8_0", llama_cpp: Path | None = None
) -> Converted:
    """Merge an adapter into its base and convert both into one GGUF file.

    Args:
        settings: which base.
        adapter: the adapter.
        file: where the GGUF goes; it and the Modelfile beside it are there when they are complete, or not at all.
        kind: the number format, one of `CONVERTED` and `QUANTISED`.
        llama_cpp: the folder of llama.cpp; None for that of the environment, else what is on the PATH.

    Raises:
        BadInput: llama.cpp is not here, the format is none, or a file is in the way.
        ConversionFailed: llama.cpp refused the model.
    """
    target = file.expanduser().resolve()
    kind = kind.lower()
    tools = _tools(kind, llama_cpp or _named_folder())
    _refuse_what_is_there(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        folder, made = Path(scratch) / "merged", Path(scratch) / target.name
        merged = merge(settings, adapter, folder)
        plain = made if kind in CONVERTED else made.with_suffix(".plain")
        outtype = kind if kind in CONVERTED else "bf16"
        _run([sys.executable, str(tools[0]), str(folder), "--outfile", str(plain), "--outtype", outtype])
        if kind not in CONVERTED:
            _run([str(tools[1]), str(plain), str(made), kind.upper()])
        tensors = _count_tensors(made)
        tokenizer = models.load_tokenizer(settings)
        made.replace(target)
        found = ollama.family(tokenizer)
        (target.parent / "Modelfile").write_text(ollama.modelfile(target.name, tokenizer), encoding="utf-8")
    return Converted(target, kind, target.stat().st_size, tensors, found.name if found else None, merged.likeness)


def _named_folder() -> Path | None:
    named = os.environ.get("LLAMA_CPP")
    return Path(named) if named else None


def _tools(kind: str, folder: Path | None) -> list[Path]:
    """Find what the format needs, before anything is loaded."""
    if kind not in (*CONVERTED, *QUANTISED):
        raise BadInput(f"{kind} is no GGUF format we make: choose one of {', '.join((*CONVERTED, *QUANTISED))}")
    found = [_find(CONVERTER, folder)]
    if kind in QUANTISED:
        found.append(_find(QUANTISER, folder))
    return found


def _find(name: str, folder: Path | None) -> Path:
    places = [folder / name, folder / "build" / "bin" / name] if folder else []
    for place in places:
        if place.is_file():
            return place.resolve()
    on_path = None if folder else shutil.which(name) or _beside_python(name)
    if on_path is None:
        where = f"in {folder}" if folder else "here"
        build = "; its README says how to build it" if name == QUANTISER else ""
        raise BadInput(f"there is no {name} of llama.cpp {where}: {GET}{build}")
    return Path(on_path)


def _beside_python(name: str) -> str | None:
    """Find a script that is installed beside this Python, whether or not that is on the PATH."""
    place = Path(sys.executable).parent / name
    return str(place) if place.is_file() else None


def _refuse_what_is_there(target: Path) -> None:
    for path in (target, target.parent / "Modelfile"):
        if path.exists():
            raise BadInput(f"{path} is there already: name a file in a new folder, or remove it")


def _run(command: list[str]) -> None:
    """Run one of llama.cpp's programs without a network and let it be quiet.

    Raises:
        ConversionFailed: it failed; the text is what it said last.
    """
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TQDM_DISABLE": "1"}
    done = subprocess.run(
        command, env={**os.environ, **quiet}, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
    )
    if done.returncode == 0:
        return
    missing = re.search(r"No module named '([\w.]+)'", done.stderr)
    if missing:
        package = missing[1].split(".")[0].replace("_", "-")
        raise ConversionFailed(f"llama.cpp's converter needs the package {package}: install it with pip and try again")
    said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    reason = said[-1] if said else f"exit status {done.returncode}"
    tool = Path(command[1] if command[0] == sys.executable else command[0]).name
    raise ConversionFailed(f"{tool} of llama.cpp failed: {reason}")


def _count_tensors(file: Path) -> int:
    """Read the file's head as a check that it is a GGUF with weights and a vocabulary in it."""
    from gguf import GGUFReader

    try:
        reader = GGUFReader(file)
    except (OSError, ValueError) as error:
        raise ConversionFailed(f"llama.cpp left no GGUF file: {error}") from error
    if not reader.tensors or "tokenizer.ggml.tokens" not in reader.fields:
        raise ConversionFailed("llama.cpp left a GGUF file without weights or without a vocabulary")
    return len(reader.tensors)
