"""Recipes: what a run is to do, as data. Pure; the [training] table goes to TRL's configuration untouched."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from finetune.errors import BadInput
from finetune.gate import GATED

Method = Literal["sft", "dpo", "kto", "orpo", "reward", "rl", "pretrain"]
METHODS: tuple[Method, ...] = get_args(Method)

Adaptation = Literal["lora", "last-layers", "head", "full"]
"""What of the model is trained: low-rank matrices beside its weights, its last blocks, a head alone, or all of it."""
Algorithm = Literal["rloo", "grpo"]

RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one run is to do."""

    method: Method
    adaptation: Adaptation = "lora"
    layers: int = 2
    """How many of the last blocks are trained where the adaptation is `last-layers`."""
    validation: float = 0.1
    """The share of the ratings by which it is told when to stop; where nothing stops early, it judges as well."""
    held_out: float = 0.1
    """The share of the ratings that is kept back to judge by."""
    patience: int | None = None
    """After how many looks at the validation share without a gain the run stops; None lets it run to its end."""
    seed: int = 13
    """What decides the split, the order of the rows and the first weights of the adapter."""
    must_gain: float = 0.05
    """By how much the preference on what was held out must rise over what serves now."""
    may_lose: Mapping[str, float] = field(default_factory=dict)
    """By how much each other score may fall."""
    promote: bool = True
    """Whether an adapter that passes the gate serves at once."""
    algorithm: Algorithm = "rloo"
    """What reinforcement learning follows: RLOO (arXiv 2402.14740) or GRPO (arXiv 2402.03300)."""
    reward: str | None = None
    """The reward adapter that reinforcement learning is led by; the latest one where none is named."""
    canaries: int = 0
    """How many made-up secrets are planted among the rows, to measure how much is learnt by heart."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """What the columns of a dataset are for, where their names do not say it: prompt, answer, rating, ..."""
    skip_bad: bool = False
    """Whether rows of a dataset that cannot be used are left out, rather than refused."""
    lora: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of peft.LoraConfig."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of TRL's configuration for the method."""

    def as_json(self) -> dict[str, Any]:
        """Return the recipe as a JSON object."""
        return asdict(self)


def read(path: Path) -> Recipe:
    """Read a recipe from a TOML file.

    Raises:
        BadInput: it is not TOML, a key is unknown, or a value is of the wrong kind or out of range.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"the recipe {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"the recipe {path} is not TOML: {error}") from error
    return loads(text, str(path))


def loads(text: str, where: str = "the recipe") -> Recipe:
    """Read a recipe from TOML.

    Raises:
        BadInput: it is not TOML, a key is unknown, or a value is of the wrong kind or out of range.
    """
    try:
        return parse(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where} is not TOML: {error}") from error


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
    if "method" not in table:
        raise BadInput(f"{where}: method must be one of {', '.join(METHODS)}")
    for key, value in table.items():
        fits, wanted = _KINDS[key]
        if not fits(value):
            raise BadInput(f"{where}: {key} must be {wanted}")
    _refuse_unknown(table.get("may_lose", {}), list(GATED), f"{where}: may_lose")
    for key, value in table.get("may_lose", {}).items():
        if not _share(value):
            raise BadInput(f"{where}: {key} must be a number between 0 and 1")
    if table.get("adaptation") == "head" and table["method"] != "reward":
        raise BadInput(f'{where}: adaptation = "head" is for reward alone: a frozen model with a head says nothing')
    return Recipe(**table)


def _refuse_unknown(table: Mapping[str, Any], known: list[str], where: str) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise BadInput(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(known)}")


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _share(value: Any) -> bool:
    return _number(value) and 0 <= value <= 1


def _texts(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value.values())


def _one_of(kind: Any) -> tuple[Callable[[Any], bool], str]:
    return lambda value: value in get_args(kind), f"one of {', '.join(get_args(kind))}"


_TABLE: tuple[Callable[[Any], bool], str] = (lambda value: isinstance(value, Mapping), "a table")
_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "method": _one_of(Method),
    "adaptation": _one_of(Adaptation),
    "layers": (lambda value: _whole(value) and value > 0, "a whole number above 0"),
    "validation": (lambda value: _number(value) and 0 <= value <= 0.4, "at least 0 and at most 0.4"),
    "held_out": (lambda value: _number(value) and 0 < value <= 0.5, "above 0 and at most 0.5"),
    "patience": (lambda value: value is None or (_whole(value) and value > 0), "a whole number above 0"),
    "seed": (_whole, "a whole number"),
    "must_gain": (_share, "a number between 0 and 1"),
    "may_lose": _TABLE,
    "promote": (lambda value: isinstance(value, bool), "true or false"),
    "algorithm": _one_of(Algorithm),
    "reward": (lambda value: value is None or isinstance(value, str), "the name of a reward adapter"),
    "canaries": (lambda value: _whole(value) and 0 <= value <= 100, "a whole number from 0 to 100"),
    "columns": (lambda value: _texts(value), "a table of column names"),
    "skip_bad": (lambda value: isinstance(value, bool), "true or false"),
    "lora": _TABLE,
    "training": _TABLE,
}
"""What each key of a recipe takes, and that in words."""
