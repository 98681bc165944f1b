"""What a base model is made of and its licence, so that no adapter answers on another base than its own."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from finetune import embedded, models
from finetune.models import EMBEDDED, PLAIN
from finetune.settings import FinetuneSettings

WEIGHTS = ("*.safetensors", "*.bin")
PASSING = {"transformers_version", "_name_or_path", "torch_dtype", "dtype", "use_cache"}
"""What a configuration says that changes with who saved it, and not with the model."""


def digest(settings: FinetuneSettings) -> str | None:
    """Return a digest of the base's configuration and of the names and sizes of its weight files.

    It is quick, and so does not read the weights: another model of the same form and name is not told apart, but for
    the embedded one, which is named after what was merged into it.

    Returns:
        None where nothing of the model is on this machine yet; nothing is unpacked or fetched for it.
    """
    if settings.model in (EMBEDDED, PLAIN):
        return _hashed(embedded.place(settings.cache, plain=settings.model == PLAIN).name)
    folder = _folder(settings.model)
    if folder is None or not (folder / "config.json").exists():
        return None
    files = sorted((file.name, file.stat().st_size) for kind in WEIGHTS for file in folder.glob(kind))
    return _hashed([_configuration(folder), files])


def licence(settings: FinetuneSettings) -> str | None:
    """Find the base's licence as its own model card names it, None where it names none or is not here."""
    if settings.model in (EMBEDDED, PLAIN):
        return "apache-2.0"
    from huggingface_hub import try_to_load_from_cache

    source = models.locate(settings)
    found = Path(source) / "README.md" if Path(source).is_dir() else try_to_load_from_cache(source, "README.md")
    if not isinstance(found, (str, Path)) or not Path(found).is_file():
        return None
    head = re.match(r"---\n(.*?)\n---", Path(found).read_text(encoding="utf-8", errors="replace"), re.DOTALL)
    named = re.search(r"^license:\s*[\"']?([\w.+-]+)[\"']?\s*$", head[1], re.MULTILINE) if head else None
    return named[1] if named else None


def _hashed(what: object) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]


def _folder(model: str) -> Path | None:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import try_to_load_from_cache

    try:
        found = try_to_load_from_cache(model, "config.json")
    except ValueError:  # it is no name that the hub could know
        return None
    return Path(found).parent if isinstance(found, str) else None


def _configuration(folder: Path) -> Any:
    try:
        row = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError:
        return None
    kept = {key: value for key, value in row.items() if key not in PASSING} if isinstance(row, dict) else {}
    return sorted(kept.items())
