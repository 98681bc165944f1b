"""Recipes: what a run is to do, as data. Pure; the [training] table goes to TRL's configuration untouched."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from finetune.errors import BadInput
from finetune.gate import GATED

Method = Literal["sft", "dpo", "kto"]
METHODS: tuple[Method, ...] = get_args(Method)

RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one run is to do."""

    method: Method
    held_out: float = 0.2
    """The share of the ratings that is kept back to judge by."""
    seed: int = 13
    """What decides the split, the order of the rows and the first weights of the adapter."""
    must_gain: float = 0.05
    """By how much the preference on what was held out must rise over what serves now."""
    may_lose: Mapping[str, float] = field(default_factory=dict)
    """By how much each other score may fall."""
    promote: bool = True
    """Whether an adapter that passes the gate serves at once."""
    lora: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of peft.LoraConfig."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of TRL's SFTConfig, DPOConfig or KTOConfig."""

    def as_json(self) -> dict[str, Any]:
        """Return the recipe as a JSON object."""
        return asdict(self)


def read(path: Path) -> Recipe:
    """Read a recipe from a TOML file.

    Raises:
        BadInput: it is not TOML, a key is unknown, or a value is of the wrong kind or out of range.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"the recipe {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"the recipe {path} is not TOML: {error}") from error
    return parse(table, str(path))


def default(method: Method) -> Recipe:
    """Return the recipe that comes with the method."""
    return read(RECIPES / f"{method}.toml")


def parse(table: Mapping[str, Any], where: str = "the recipe") -> Recipe:
    """Check a recipe and make it one.

    Raises:
        BadInput: a key is unknown, or a value is of the wrong kind or out of range; the text begins with `where`.
    """
    known = [entry.name for entry in fields(Recipe)]
    _refuse_unknown(table, known, where)
    if table.get("method") not in METHODS:
        raise BadInput(f"{where}: method must be one of {', '.join(METHODS)}")
    for key in ("lora", "training", "may_lose"):
        if not isinstance(table.get(key, {}), Mapping):
            raise BadInput(f"{where}: {key} must be a table")
    losses = table.get("may_lose", {})
    _refuse_unknown(losses, list(GATED), f"{where}: may_lose")
    for key, value in {"held_out": 0.2, "must_gain": 0.0, **table, **losses}.items():
        if key in (*GATED, "held_out", "must_gain"):
            _refuse_no_share(key, value, where)
    if not isinstance(table.get("seed", 0), int) or not isinstance(table.get("promote", True), bool):
        raise BadInput(f"{where}: seed must be a whole number, and promote true or false")
    if not 0 < table.get("held_out", 0.2) <= 0.5:
        raise BadInput(f"{where}: held_out must be above 0 and at most 0.5")
    return Recipe(**table)


def _refuse_unknown(table: Mapping[str, Any], known: list[str], where: str) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise BadInput(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(known)}")


def _refuse_no_share(key: str, value: object, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise BadInput(f"{where}: {key} must be a number between 0 and 1")
