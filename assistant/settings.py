"""The settings of the chat: arguments over environment over settings.toml over these defaults; built once in app.py."""

import os
import tomllib
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

from platformdirs import user_data_path
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

import finetune.settings
import knowledge.settings
from assistant.accounts.settings import LimitSettings, OidcSettings, ServerSettings, Table
from assistant.errors import BadInput
from assistant.guardrails.policy_file import PolicyFile
from assistant.guardrails.settings import RailSettings
from assistant.turns import Limits, Sampling
from finetune.errors import FinetuneError
from finetune.recipe import METHODS
from finetune.settings import FinetuneSettings
from knowledge.errors import KnowledgeError
from knowledge.settings import KnowledgeSettings

TABLES = ("chat", "rails", "knowledge", "finetune", "improve", "server", "limits", "oidc")


class ChatSettings(BaseSettings):
    """How the chat answers; frozen, and refused by name where a key is unknown."""

    model_config = SettingsConfigDict(
        env_prefix="APPRENTICE_CHAT_", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    home: Path = Field(default_factory=lambda: _home())
    """The one folder that holds all state."""
    context: int = Field(default=4096, ge=256)
    """The most tokens of prompt and answer together; the model's own limit where that is lower."""
    history: int = Field(default=4, ge=0, le=50)
    """How many earlier questions and answers of the conversation the model sees."""
    user: str = ""
    """Who the page answers as, and whose documents it reads; empty for whoever runs this machine, who reads all."""
    max_new_tokens: int = Field(default=400, ge=1)
    """The longest answer, in tokens."""
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    """0 gives the likeliest answer, the same each time; Regenerate uses at least `variety`."""
    variety: float = Field(default=0.8, ge=0.1, le=2.0)
    """The temperature of a regenerated answer."""
    top_p: float = Field(default=0.95, gt=0.0, le=1.0)
    """Only the likeliest tokens that together have this probability are drawn from."""
    repetition_penalty: float = Field(default=1.1, ge=1.0, le=2.0)
    """Above 1, a token that the answer already has becomes less likely."""

    places: int = Field(default=8, ge=1, le=256)
    """How many answers are written at once, where `cache_mb` is enough for them; others wait in line."""
    cache_mb: int = Field(default=2048, ge=1)
    """The most megabytes for what the model keeps of answers in the making, and of prompts that may come again."""
    line: int = Field(default=64, ge=0)
    """How many may wait for an answer before others are told to come back later."""
    patience: float = Field(default=120.0, gt=0)
    """For how many seconds each of them may wait."""

    server_key: SecretStr = SecretStr("")
    """The key that a model server wants; rather give it in the environment: APPRENTICE_CHAT_SERVER_KEY."""
    server_seconds: float = Field(default=60.0, gt=0)
    """How long a model server may say nothing before an answer is given up."""

    @property
    def sampling(self) -> Sampling:
        """The sampling of a first answer."""
        return Sampling(
            temperature=self.temperature,
            top_p=self.top_p,
            repetition_penalty=self.repetition_penalty,
            max_new_tokens=self.max_new_tokens,
        )

    @property
    def limits(self) -> Limits:
        """How much the model in this process may do at once."""
        return Limits(places=self.places, cache=self.cache_mb, waiting=self.line, patience=self.patience)

    @property
    def reads_as(self) -> str | None:
        """The user whose documents the page reads; None for whoever runs this machine."""
        return self.user.strip() or None

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.home / "assistant.db"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the [chat] table of settings.toml below the environment."""
        table = _tables(Path(init_settings().get("home") or _home())).get("chat", {})
        return init_settings, env_settings, InitSettingsSource(settings_cls, table)


def _time_of_day(value: object) -> object:
    try:
        return value if isinstance(value, time) else datetime.strptime(str(value), "%H:%M").time()
    except ValueError as error:
        raise ValueError('a time of day is written as "01:00"') from error


def _method(value: str) -> str:
    if value not in ("auto", *METHODS):
        raise ValueError(f"it must be one of auto, {', '.join(METHODS)}")
    return value


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


class ImproveSettings(Table):
    """When the running assistant starts a run by itself; times are the machine's own, and may go over midnight."""

    model_config = SettingsConfigDict(
        env_prefix="APPRENTICE_IMPROVE_", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    on: bool = False
    """Whether it does at all."""
    ratings: int = Field(default=200, ge=1)
    """From how many new ratings on."""
    since: TimeOfDay = Field(default=time(1), validation_alias=AliasChoices("from", "APPRENTICE_IMPROVE_FROM"))
    """From when on a run may begin; `from` in settings.toml."""
    until: TimeOfDay = time(5)
    """Until when a run may begin; the same as `from` is at any time."""
    method: Annotated[str, AfterValidator(_method)] = "auto"
    """How to train; `auto` chooses by the ratings there are."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the product, by section."""

    home: Path
    chat: ChatSettings
    rails: RailSettings
    """The policy as it was at the start; the one in force is the assistant's to give."""
    policy: PolicyFile
    knowledge: KnowledgeSettings
    finetune: FinetuneSettings
    improve: ImproveSettings
    server: ServerSettings
    limits: LimitSettings
    oidc: OidcSettings

    @property
    def heads(self) -> Path:
        """The folder of what the rails' heads were refitted to."""
        return self.home / "heads"


def load(*, home: Path | None = None, model: str | None = None, quantize: str | None = None) -> Settings:
    """Read all settings; what is None comes from the environment, settings.toml or the defaults.

    Raises:
        BadInput: a key or table is unknown, a value is out of range, or settings.toml or policy.toml is not TOML.
    """
    home = home or _home()
    try:
        policy = policy_file(home)
        return Settings(
            home=home,
            chat=ChatSettings(home=home),
            rails=policy.read(),
            policy=policy,
            knowledge=knowledge.settings.load(home=home),
            finetune=finetune.settings.load(home=home, model=model, quantize=quantize),
            improve=ImproveSettings(**_tables(home).get("improve", {})),  # type: ignore[arg-type]
            server=ServerSettings(**_tables(home).get("server", {})),  # type: ignore[arg-type]
            limits=LimitSettings(**_tables(home).get("limits", {})),  # type: ignore[arg-type]
            oidc=OidcSettings(**_tables(home).get("oidc", {})),  # type: ignore[arg-type]
        )
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BadInput(f"settings of the chat: {problems}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"settings.toml is not valid TOML: {error}") from error
    except (KnowledgeError, FinetuneError) as error:
        raise BadInput(str(error)) from error


def policy_file(home: Path | None = None) -> PolicyFile:
    """Return where the policy of the rails stands, over the [rails] table of settings.toml.

    Raises:
        BadInput: settings.toml cannot be read.
    """
    home = home or _home()
    try:
        return PolicyFile(home / "policy.toml", _tables(home).get("rails", {}))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"settings.toml is not valid TOML: {error}") from error


def _home() -> Path:
    return Path(os.environ.get("APPRENTICE_HOME") or user_data_path("apprentice"))


def _tables(home: Path) -> dict[str, dict[str, object]]:
    file = home / "settings.toml"
    tables = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for name, table in tables.items():
        if name not in TABLES:
            raise BadInput(f"settings.toml: unknown table [{name}]; known are {', '.join(TABLES)}")
        if not isinstance(table, dict):
            raise BadInput(f"settings.toml: {name} must be a table: [{name}]")
    if "relevance" in tables.get("chat", {}):
        raise BadInput(
            "settings.toml: [chat] relevance is no longer a setting, delete the line: the documents have a threshold "
            "of their own, which `python -m knowledge calibrate` fits to them"
        )
    return tables
