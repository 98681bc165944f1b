"""Send an adapter or merged weights to the model hub, after saying what would be sent; never what people wrote.

Only files of a list leave (weights, configuration, tokenizer, licence, and the model card made for it): the registry's
card, the sheet with its answers, rated answers and logs stay here, whatever lies in the adapter's folder.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.errors import BadInput, FinetuneError
from finetune.registry import Adapter
from finetune.results import cards
from finetune.results.merging import merge
from finetune.settings import FinetuneSettings

SENT = (
    *("README.md", "LICENSE*", "LICENCE*", "NOTICE*", "USE_POLICY*"),
    *("adapter_config.json", "adapter_model*.safetensors"),
    *("config.json", "generation_config.json", "model*.safetensors", "model.safetensors.index.json"),
    *("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.json", "merges.txt", "chat_template.jinja"),
)


class HubRefused(FinetuneError):
    """The model hub cannot be reached, or does not take what is sent."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What would be sent."""

    name: str
    """The adapter's."""
    folder: Path

    @property
    def files(self) -> dict[str, int]:
        """The files with their sizes in bytes."""
        return {path.name: path.stat().st_size for path in sorted(self.folder.iterdir())}

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"name": self.name, "files": self.files, "bytes": sum(self.files.values())}


@contextmanager
def parcel(settings: FinetuneSettings, adapter: Adapter, *, merged: bool = False) -> Iterator[Parcel]:
    """Put together what would be sent, in a folder of its own that goes away afterwards.

    Args:
        settings: which base.
        adapter: the adapter.
        merged: send full weights rather than the adapter alone; so it is anyway where all of them were trained.
    """
    with tempfile.TemporaryDirectory(prefix="apprentice-push-") as scratch:
        folder = Path(scratch) / "parcel"
        folder.mkdir()
        if merged or not (adapter.path / "adapter_config.json").exists():
            whole = merge(settings, adapter, Path(scratch) / "merged").folder
            _take(whole, folder, move=True)
        else:
            _take(adapter.path, folder)
            _name_base(folder / "adapter_config.json", adapter.card.base)
            cards.write(folder, adapter, settings)
        yield Parcel(adapter.name, folder)


def send(parcel: Parcel, repo: str, *, private: bool = True) -> str:
    """Send a parcel to a repository on the hub, which is made where there is none, and return its address.

    Raises:
        BadInput: the name is none the hub takes, or there is no token.
        HubRefused: the hub cannot be reached, does not take it, or holds the repository open to all.
    """
    import httpx2
    from huggingface_hub import CommitOperationAdd, HfApi, get_token
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    if get_token() is None:
        raise BadInput(
            "there is no token for the model hub: set HF_TOKEN to one that may write, or run `hf auth login`"
        )
    hub = HfApi()
    files = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=parcel.folder / name) for name in parcel.files]
    try:
        full = hub.create_repo(repo, private=private, exist_ok=True).repo_id
        if private and not hub.repo_info(full).private:
            raise HubRefused(f"{full} is there already and open to all: add --public, or name another repository")
        hub.create_commit(full, files, commit_message=f"{parcel.name}, trained with Apprentice")
    except HFValidationError as error:
        raise BadInput(f"{repo!r} cannot name a repository: {_first_line(error)}") from error
    except OfflineModeIsEnabled as error:
        raise HubRefused("HF_HUB_OFFLINE keeps from the network: unset it to send") from error
    except HfHubHTTPError as error:
        raise HubRefused(f"the model hub does not take {repo}: {_reason(error)}") from error
    except (httpx2.HTTPError, OSError) as error:
        raise HubRefused(f"the model hub {hub.endpoint} cannot be reached from here: {_first_line(error)}") from error
    except ValueError as error:
        raise HubRefused(f"{repo} could not be sent: {_first_line(error)}") from error
    return f"{hub.endpoint}/{full}"


def _take(source: Path, folder: Path, *, move: bool = False) -> None:
    """Take what may leave."""
    for pattern in SENT:
        for file in sorted(source.glob(pattern)):
            if file.is_file() and not (folder / file.name).exists():
                (shutil.move if move else shutil.copy)(file, folder / file.name)


def _name_base(config: Path, base: str) -> None:
    """Put the base's public name into the adapter's configuration, which names a folder of this machine."""
    if config.exists():
        row = json.loads(config.read_text(encoding="utf-8"))
        row["base_model_name_or_path"] = cards.public_name(base)
        config.write_text(json.dumps(row, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _reason(error: Any) -> str:
    """Say in a few words what the hub answered."""
    status = error.response.status_code if error.response is not None else 0
    known = {401: "the token is not valid", 403: "the token may not write there", 404: "there is no such namespace"}
    return known.get(status, _first_line(error))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
