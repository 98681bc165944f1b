"""Who may come in, by what names and for how much: the tables [server], [limits] and [oidc] of settings.toml."""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from assistant.store.users import Role

MEGABYTE = 2**20


class Table(BaseSettings):
    """A table of settings.toml, which is what is given when it is built."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put what is given below the environment."""
        assert isinstance(init_settings, InitSettingsSource)
        return env_settings, init_settings


def _config(prefix: str) -> SettingsConfigDict:
    return SettingsConfigDict(
        env_prefix=f"APPRENTICE_{prefix}_", extra="forbid", frozen=True, use_attribute_docstrings=True
    )


def _hosts(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not name or "*" in name or "/" in name or (":" in name and not _address(name)):
            raise ValueError(f"{name!r} is no host name: write it as chat.example.com, without scheme and port")
    return tuple(name.lower() for name in names)


def _proxies(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        try:
            ipaddress.ip_network(name)
        except ValueError as error:
            raise ValueError(f"{name!r} is no address: write it as 10.0.0.5 or 10.0.0.0/24") from error
    return names


def _address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _collector(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("it must be an address: http://HOST:PORT")
    return value


class ServerSettings(Table):
    """By what names people reach the server, how long they stay signed in, how it stops, what it tells of itself."""

    model_config = _config("SERVER")

    hosts: Annotated[tuple[str, ...], AfterValidator(_hosts)] = ()
    """The names that people reach it by, such as chat.example.com; this machine's own are known."""
    proxies: Annotated[tuple[str, ...], AfterValidator(_proxies)] = ()
    """The addresses of proxies whose word is taken for who asks, and whether by https (X-Forwarded-For, -Proto)."""
    https: bool = False
    """Whether people reach it by https alone: cookies then go over nothing else. A certificate says so, too."""
    certificate: str = ""
    """The file of a TLS certificate, with `certificate_key`, where no proxy has it."""
    certificate_key: str = ""
    """The file of its key."""
    session_hours: float = Field(default=24 * 7, gt=0, le=24 * 90)
    """After how long everybody signs in anew."""
    idle_minutes: float = Field(default=60 * 12, gt=0)
    """After how long without a click one signs in anew."""
    stop_seconds: float = Field(default=20.0, ge=0.0, le=3600.0)
    """How long answers may go on after the server was told to stop; then they are stored as interrupted."""
    log: Literal["text", "json"] = "text"
    """Lines for people, who are told what went wrong; or a JSON object a line for machines, one for each request."""
    traces: Annotated[str, AfterValidator(_collector)] = ""
    """An OpenTelemetry collector that is told how long each stage of an answer took (OTLP over gRPC):
    `http://127.0.0.1:4317`; by default nobody is told."""

    @property
    def alone(self) -> bool:
        """Whether nothing says that others can reach it."""
        return not (self.hosts or self.proxies or self.https or self.certificate)


class LimitSettings(Table):
    """How much one person, or one key, may ask for; nothing of it holds where nobody has to sign in."""

    model_config = _config("LIMITS")

    questions: int = Field(default=30, ge=1)
    """Questions a minute."""
    streams: int = Field(default=4, ge=1)
    """Answers that are written for one person at once."""
    uploads: int = Field(default=500, ge=1)
    """Files and web pages a day."""
    upload_megabytes: float = Field(default=2000.0, gt=0)
    """Megabytes of files a day."""
    upload_types: tuple[str, ...] = ()
    """The endings of files that may be uploaded, such as [".pdf", ".docx"]; none named: all that can be read."""


class OidcSettings(Table):
    """Single sign-on through an OpenID Connect provider; its secret rather in APPRENTICE_OIDC_CLIENT_SECRET."""

    model_config = _config("OIDC")

    issuer: str = ""
    """The address of the provider, such as https://login.example.com/realms/company; empty for none."""
    client_id: str = ""
    """How this assistant is called there."""
    client_secret: SecretStr = SecretStr("")
    """What proves there that it is this assistant."""
    label: str = "Sign in with your company account"
    """What the button says."""
    name_claim: str = "preferred_username"
    """The claim that is the user's name here."""
    role_claim: str = "groups"
    """The claim, a text or a list of texts, that gives the role."""
    roles: dict[str, Role] = Field(default_factory=dict)
    """Which value of that claim gives which role; the highest counts."""
    default_role: Role | None = "user"
    """The role of whom no value gives one; none keeps them out."""
