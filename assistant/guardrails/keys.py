"""The keys of a policy as its models declare them: what the policy file is written from, and the page's form."""

from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table."""

    name: str
    about: str
    """What it is for, in a sentence or two."""
    kind: Any
    """The type that it is declared with."""
    default: Any
    """As JSON has it; None where there is none."""
    required: bool = False
    least: float | None = None
    most: float | None = None

    @property
    def table(self) -> type[BaseModel] | None:
        """The model of the table that stands under the key."""
        return self.kind if isinstance(self.kind, type) and issubclass(self.kind, BaseModel) else None

    @property
    def tables(self) -> type[BaseModel] | None:
        """The model of the tables of which any number stand under the key, by name or in a row."""
        inner = [kind for kind in get_args(self.kind) if isinstance(kind, type) and issubclass(kind, BaseModel)]
        return inner[0] if inner and get_origin(self.kind) in (dict, list, tuple) else None

    @property
    def named(self) -> bool:
        """Whether what stands under the key has names, as TOML's tables have."""
        return get_origin(self.kind) is dict

    @property
    def options(self) -> tuple[str, ...]:
        """The words of which the value is one."""
        return _words(self.kind)

    @property
    def choices(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The names and the words, where the value gives words to names out of a fixed list."""
        inner = get_args(self.kind) if self.named else ()
        return (_words(inner[0]), _words(inner[1])) if inner and all(map(_words, inner)) else None

    @property
    def allowed(self) -> str:
        """What the value may be, in a sentence; empty where the type says all."""
        if self.least is not None and self.most is not None:
            return f"From {self.least:,.9g} to {self.most:,.9g}."
        if self.least is not None:
            return f"At least {self.least:,.9g}."
        if self.choices:
            return f"Of {', '.join(self.choices[0])}, each one of: {', '.join(self.choices[1])}."
        if self.options:
            return f"One of: {', '.join(self.options)}."
        several = [word for kind in get_args(self.kind) for word in _words(kind)]
        return f"Any of: {', '.join(several)}." if several else ""


def keys(model: type[BaseModel]) -> list[Key]:
    """Return the keys of a table in the order in which they are declared."""
    return [_key(name, field) for name, field in model.model_fields.items()]


def _key(name: str, field: FieldInfo) -> Key:
    default = field.get_default(call_default_factory=True, validated_data={})
    return Key(
        name,
        " ".join((field.description or "").split()),
        field.annotation,
        None if default is PydanticUndefined else to_jsonable_python(default),
        field.is_required(),
        _bound(field, Ge, Gt),
        _bound(field, Le, Lt),
    )


def _bound(field: FieldInfo, *kinds: type) -> float | None:
    for one in field.metadata:
        if isinstance(one, kinds):
            return float(next(getattr(one, name) for name in ("ge", "gt", "le", "lt") if hasattr(one, name)))
    return None


def _words(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return tuple(map(str, get_args(kind)))
    if get_origin(kind) in (Union, UnionType):  # of None and words
        return tuple(word for inner in get_args(kind) for word in _words(inner))
    return ()
