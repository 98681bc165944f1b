"""Models and tokenizers: the one place that loads them, for chat, training and evaluation alike."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from finetune import embedded, processes
from finetune.embedded import quiet as quiet
from finetune.errors import ModelUnavailable
from finetune.settings import FinetuneSettings

EMBEDDED = "embedded"
PLAIN = "embedded:plain"
"""The embedded model without the grounded adapter merged in: for its training and its measurements."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory with its tokenizer; `name` is what it was asked for by."""

    name: str
    model: Any
    tokenizer: Any
    device: str


def load(settings: FinetuneSettings, *, adapter: Path | None = None) -> Loaded:
    """Load the model the settings name, with one adapter on it where asked, ready to generate.

    Raises:
        ModelUnavailable: there is no such model here, it does not fit, or it needs what this machine lacks.
    """
    from transformers import AutoModelForCausalLM

    return _load(settings, AutoModelForCausalLM, adapter)


def load_scorer(settings: FinetuneSettings, *, adapter: Path | None = None, seed: int = 0) -> Loaded:
    """Load the model with a head that scores what it has read, as a reward model; without an adapter its head is new.

    Args:
        settings: they name the model.
        adapter: the folder of a reward adapter, which holds the head.
        seed: what decides the first weights of a new head.

    Raises:
        ModelUnavailable: there is no such model here, it does not fit, or it needs what this machine lacks.
    """
    from transformers import AutoModelForSequenceClassification, set_seed

    set_seed(seed)
    loaded = _load(settings, AutoModelForSequenceClassification, adapter, num_labels=1)
    loaded.model.config.pad_token_id = loaded.tokenizer.pad_token_id
    return loaded


def _load(settings: FinetuneSettings, kind: Any, adapter: Path | None, **more: Any) -> Loaded:
    quiet()
    source = locate(settings)
    device = best_device()
    _refuse_what_cannot_be(settings, device)
    options: dict[str, Any] = {"dtype": best_dtype(device), **more}
    own = settings.quantize == "8bit" and device == "cpu"  # several times as fast there as bitsandbytes
    if settings.quantize != "none" and not own:
        options |= {"quantization_config": quantization(settings.quantize, device), "device_map": {"": device}}
    with translated(settings.model):
        tokenizer = load_tokenizer(settings)
        model = kind.from_pretrained(source, local_files_only=kept_here(source), **options)
        if settings.quantize == "none" and not processes.sharded():
            model.to(device)
        if own:
            from finetune.int8 import shrink

            shrink(model)
        if adapter is not None:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, str(adapter))
    model.eval()
    return Loaded(settings.model, model, tokenizer, device)


def load_tokenizer(settings: FinetuneSettings) -> Any:
    """Load the tokenizer of the model the settings name; its chat template is the one that serves.

    Raises:
        ModelUnavailable: there is no such model here, or its tokenizer has no chat template.
    """
    from transformers import AutoTokenizer

    with translated(settings.model):
        source = locate(settings)
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=kept_here(source))
    if tokenizer.chat_template is None:
        raise ModelUnavailable(f"{settings.model} has no chat template: name an instruction-tuned model")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "left"
    return tokenizer


def context(settings: FinetuneSettings) -> int | None:
    """Tell how many tokens the model reads at most, without loading it; None where its configuration does not say.

    Raises:
        ModelUnavailable: there is no such model here.
    """
    from transformers import AutoConfig

    with translated(settings.model):
        source = locate(settings)
        config = AutoConfig.from_pretrained(source, local_files_only=kept_here(source)).get_text_config()
    length = getattr(config, "max_position_embeddings", None)
    return None if length is None else int(length)


def locate(settings: FinetuneSettings) -> str:
    """Turn the model's name into a folder here or a name on the hub."""
    if settings.model in (EMBEDDED, PLAIN):
        return str(embedded.folder(settings.cache, plain=settings.model == PLAIN))
    folder = Path(settings.model).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").exists():
            raise ModelUnavailable(f"{folder} is not a model folder: it has no config.json")
        return str(folder)
    if settings.model.startswith((".", "/", "~")):
        raise ModelUnavailable(f"there is no model folder {folder}; name another, or use --model embedded")
    return settings.model


def check(settings: FinetuneSettings) -> None:
    """See whether the model can be had, without loading it.

    Raises:
        ModelUnavailable: there is no such model here, and the hub does not give it out.
    """
    source = locate(settings)
    if not Path(source).is_dir():
        from transformers import AutoConfig

        quiet()
        with translated(settings.model):
            AutoConfig.from_pretrained(source, local_files_only=kept_here(source))


def kept_here(source: str) -> bool:
    """Whether only files of this machine count: for a folder, and where asking the hub would only mean waiting."""
    return Path(source).is_dir() or _hub_is_away()


def _hub_is_away() -> bool:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return True
    try:
        socket.getaddrinfo(urlsplit(constants.ENDPOINT).hostname, 443)
    except OSError:
        return True
    return False


def best_device() -> str:
    """Name the fastest device here: CUDA, then MPS, then the CPU."""
    import torch

    if torch.cuda.is_available():
        return processes.device()
    return "mps" if torch.backends.mps.is_available() else "cpu"


def best_dtype(device: str) -> Any:
    """Choose bf16 where the processor computes in it, else fp16 on MPS and fp32 on the CPU."""
    import torch

    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if device == "mps":
        return torch.float16
    capability = torch.backends.cpu.get_cpu_capability()
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    fast = "AVX512" in capability and ("avx512_bf16" in flags or "amx_bf16" in flags)
    return torch.bfloat16 if fast else torch.float32


def quantization(quantize: str, device: str) -> Any:
    """Describe the quantisation for bitsandbytes (QLoRA: NF4 with double quantisation, Dettmers et al. 2023)."""
    from transformers import BitsAndBytesConfig

    if quantize == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=best_dtype(device),
        # FSDP shards what is stored, so it must be stored in the number format of the other weights
        **({"bnb_4bit_quant_storage": best_dtype(device)} if processes.sharded() else {}),
    )


def _refuse_what_cannot_be(settings: FinetuneSettings, device: str) -> None:
    if settings.quantize != "none" and device == "mps":
        raise ModelUnavailable("bitsandbytes does not run on MPS: leave out --quantize")


class translated:
    """Turn what transformers and torch raise while loading into one line that says what to do."""

    def __init__(self, model: str) -> None:
        self.model = model

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Translate the error, if it is one of a model that cannot be had."""
        import torch

        if isinstance(error, torch.OutOfMemoryError):
            raise ModelUnavailable(
                f"{self.model} does not fit into memory: try --quantize 4bit or a smaller model"
            ) from error
        if isinstance(error, OSError):
            reached = "which cannot be reached from here" if _hub_is_away() else "which does not give it out"
            raise ModelUnavailable(
                f"the model {self.model!r} is neither a folder here nor to be had from the model hub, {reached}: "
                "name a folder that holds the model, or use `embedded`"
            ) from error
        if isinstance(error, (ValueError, KeyError)):
            raise ModelUnavailable(f"{self.model} cannot be loaded: {str(error).splitlines()[0]}") from error
