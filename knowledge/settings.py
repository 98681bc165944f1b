"""The settings of the knowledge base: arguments over environment over settings.toml over these defaults."""

import os
import tomllib
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from knowledge.errors import BadInput


class KnowledgeSettings(BaseSettings):
    """What the knowledge base needs to know of this machine; frozen, and refused by name where a key is unknown."""

    model_config = SettingsConfigDict(
        env_prefix="APPRENTICE_KNOWLEDGE_", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    home: Path = Field(default_factory=lambda: Path(os.environ.get("APPRENTICE_HOME") or user_data_path("apprentice")))
    """The one folder that holds all state."""
    embedding: str = "embedded"
    """`embedded`, a folder, or a hub name of a sentence-embedding model with mean pooling."""
    reranker: str = ""
    """A cross-encoder that reads the best passages once more: a folder, or a hub name; by default none."""
    passage_tokens: int = Field(default=220, ge=32, le=256)
    """The most tokens of the embedding model in a passage, its heading included."""
    passages: int = Field(default=4, ge=1, le=20)
    """How many passages a search returns."""
    file_megabytes: int = Field(default=50, ge=1, le=2000)
    """The largest file, or web page, that is read."""
    readers: int = Field(default=2, ge=1, le=64)
    """How many processes read files at once."""
    reading_seconds: int = Field(default=60, ge=1, le=3600)
    """How long the reading of one file may take."""
    reading_megabytes: int = Field(default=2048, ge=256)
    """How much memory the reading of one file may take."""
    allow_private_addresses: bool = False
    """Whether web pages may be added from addresses inside the private network."""
    catalogue: str = ""
    """The database of documents and full text, by URL: `postgresql://user:password@host/name`; by default SQLite."""
    vectors: str = ""
    """A Chroma server for the vectors, by URL: `http://host:8000`; by default Chroma runs embedded."""

    @property
    def folder(self) -> Path:
        """The folder of catalogue, vectors and original files."""
        return self.home / "knowledge"

    @property
    def catalogue_url(self) -> str:
        """The URL of the catalogue."""
        return self.catalogue or f"sqlite:///{self.folder / 'catalogue.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the [knowledge] table of settings.toml below the environment."""
        given = init_settings().get("home")
        file = Path(given or os.environ.get("APPRENTICE_HOME") or user_data_path("apprentice")) / "settings.toml"
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("knowledge", {}) if file.exists() else {}
        if not isinstance(table, dict):
            raise BadInput("settings.toml: knowledge must be a table: write [knowledge]")
        return init_settings, env_settings, InitSettingsSource(settings_cls, table)


def load(**arguments: object) -> KnowledgeSettings:
    """Read the settings; arguments that are None count as not given.

    Raises:
        BadInput: a key is unknown, a value out of range, or settings.toml is not TOML.
    """
    given = {key: value for key, value in arguments.items() if value is not None}
    try:
        return KnowledgeSettings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BadInput(f"settings of the knowledge base: {problems}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"settings.toml is not valid TOML: {error}") from error
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be read ({error.strerror}): make it a file that can be") from error
