"""The settings of fine-tuning: arguments over environment over settings.toml over these defaults."""

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from finetune.errors import BadInput

SERVED = "openai:"
"""What begins the name of a model that a server answers with."""


class FinetuneSettings(BaseSettings):
    """What fine-tuning needs to know of this machine; frozen, and refused by name where a key is unknown."""

    model_config = SettingsConfigDict(
        env_prefix="APPRENTICE_FINETUNE_", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    home: Path = Field(default_factory=lambda: Path(os.environ.get("APPRENTICE_HOME") or user_data_path("apprentice")))
    """The one folder that holds all state."""
    cache: Path = Field(
        default_factory=lambda: Path(os.environ.get("APPRENTICE_CACHE") or user_cache_path("apprentice"))
    )
    """Where the embedded model is unpacked; can be deleted at any time."""
    model: str = Field(default_factory=lambda: os.environ.get("APPRENTICE_MODEL") or "embedded")
    """`embedded`, a folder, or a hub name; of `openai:URL#NAME` it is NAME, which training loads by itself."""
    server: str = ""
    """The URL of `openai:URL#NAME`, an OpenAI-compatible server that answers in the chat; empty where none does."""
    quantize: Literal["none", "8bit", "4bit"] = "none"
    """How bitsandbytes holds the base model's weights (4bit: NF4 with double quantisation)."""
    checkpoint_seconds: float = Field(default=60.0, ge=0)
    """How often a run is saved, so that it goes on from there when it was killed."""
    threads: int | None = Field(default=None, ge=1)
    """Cores that a run may use; where nothing is said all, but for one where the running assistant starts it."""
    reserve: float = Field(default=1.0, ge=0.0)
    """Gigabytes that a run leaves free for the chat, of the accelerator's memory or else of the machine's."""

    @model_validator(mode="before")
    @classmethod
    def _split(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Part `openai:URL#NAME` into the server that serves the model and the model's own name."""
        model = str(given.get("model") or os.environ.get("APPRENTICE_MODEL") or "")
        if not model.startswith(SERVED):
            return given
        server, _, name = model.removeprefix(SERVED).partition("#")
        if not server.startswith(("http://", "https://")) or not name:
            raise ValueError(f"{model} names no model of a server: write openai:http://127.0.0.1:8000/v1#NAME")
        return {**given, "model": name, "server": server.rstrip("/")}

    @property
    def adapters_dir(self) -> Path:
        """The folder of the registry."""
        return self.home / "adapters"

    @property
    def runs_dir(self) -> Path:
        """The folder with one subfolder for each run."""
        return self.home / "runs"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the [finetune] table of settings.toml below the environment."""
        given = init_settings().get("home")
        file = Path(given or os.environ.get("APPRENTICE_HOME") or user_data_path("apprentice")) / "settings.toml"
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("finetune", {}) if file.exists() else {}
        if not isinstance(table, dict):
            raise BadInput("settings.toml: finetune must be a table: write [finetune]")
        return init_settings, env_settings, InitSettingsSource(settings_cls, table)


def load(**arguments: object) -> FinetuneSettings:
    """Read the settings; arguments that are None count as not given.

    Raises:
        BadInput: a key is unknown, a value out of range, or settings.toml is not TOML.
    """
    given = {key: value for key, value in arguments.items() if value is not None}
    try:
        return FinetuneSettings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BadInput(f"settings of fine-tuning: {problems}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"settings.toml is not valid TOML: {error}") from error
