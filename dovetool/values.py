"""Classes that hold values: `dataclass` as the standard library has it, made in a third of the time.

A command loads some eighty such classes when it starts. The library writes six functions for each and compiles them one
by one, which takes half a millisecond; here the one that makes a value is compiled, and the rest is shared. Fields,
`replace` and all else that is asked about a class stay the library's own.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from functools import partial
from operator import attrgetter
from reprlib import recursive_repr
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import dataclass  # noqa: TID251  (what the type checker is to take it for)

__all__ = ["dataclass"]

_Class = TypeVar("_Class", bound=type)
_Fields = Sequence[Field[Any]]


def _dataclass(*, slots: bool, frozen: bool = False) -> Callable[[_Class], _Class]:
    """Make a class of values with slots, as `dataclasses.dataclass` does.

    Args:
        slots: True; it is asked for so that this is called as the library's is.
        frozen: values cannot be changed, and have a hash.

    Raises:
        TypeError: it is asked for something that is not made here.
    """

    def make(cls: _Class) -> _Class:
        collect = dataclasses.dataclass(init=False, repr=False, eq=False)  # noqa: TID251  (it only collects the fields)
        known = fields(collect(cls))
        if not slots or any(field.kw_only or field.hash is not None for field in known):
            raise TypeError(f"{cls.__qualname__}: only plain fields in slots are made here")
        own: dict[str, Any] = {"__init__": _init(cls, known, frozen=frozen), **_comparing(known)}
        for method in own.values():
            method.__qualname__ = f"{cls.__qualname__}.{method.__name__}"
        return _with_slots(cls, known, {**own, **(_FROZEN if frozen else _OPEN)})

    return make


if not TYPE_CHECKING:
    dataclass = _dataclass


def _with_slots(cls: _Class, known: _Fields, methods: Mapping[str, object]) -> _Class:
    """The class once more, with slots for its fields; methods that it has of its own are kept."""
    namespace = dict(vars(cls))
    names = [field.name for field in known]
    for name in (*names, "__dict__", "__weakref__"):
        namespace.pop(name, None)
    if namespace.get("__hash__") is None:  # Python puts that where there is __eq__ alone
        namespace.pop("__hash__", None)
    inherited = {slot for base in cls.__mro__[1:] for slot in getattr(base, "__slots__", ())}
    namespace = {**methods, **namespace, "__slots__": tuple(name for name in names if name not in inherited)}
    made: _Class = type(cls)(cls.__name__, cls.__bases__, namespace)
    made.__qualname__ = cls.__qualname__
    return made


def _init(cls: type, known: _Fields, *, frozen: bool) -> FunctionType:
    """The method that makes a value, written for a class."""
    given = {f"_default_{field.name}": _default(field) for field in known}
    given |= {"_missing_value": MISSING, "_set_field": object.__setattr__}
    assign = "  _set_field(self, {0!r}, {1})" if frozen else "  self.{0} = {1}"
    lines = [assign.format(field.name, value) for field in known if (value := _value(field))]
    if hasattr(cls, "__post_init__"):
        lines.append("  self.__post_init__()")
    parameters = ", ".join(["self", *(_parameter(field) for field in known if field.init)])
    lines = [f"def make({', '.join(given)}):", f" def __init__({parameters}):", *(lines or ["  pass"])]
    found: dict[str, Callable[..., FunctionType]] = {}
    text = "\n".join([*lines, " return __init__"])
    exec(text, vars(sys.modules[cls.__module__]), found)  # noqa: S102  (made of names of fields, which are identifiers)
    method = found["make"](**given)
    method.__annotations__ = {field.name: field.type for field in known if field.init} | {"return": None}
    return method


def _comparing(known: _Fields) -> dict[str, Callable[..., Any]]:
    """The methods that compare values, and hash them."""
    names = [field.name for field in known if field.compare]
    of: Callable[[object], object] = attrgetter(*names) if len(names) > 1 else partial(_tuple, names)

    def __eq__(self: object, other: object) -> bool:  # noqa: N807  (as it is called in the class)
        return of(self) == of(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807  (likewise)
        return hash(of(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _tuple(names: Sequence[str], value: object) -> tuple[object, ...]:
    return tuple([getattr(value, name) for name in names])


def _default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory


def _parameter(field: Field[Any]) -> str:
    if field.default_factory is not MISSING:
        return f"{field.name}=_missing_value"
    return field.name if field.default is MISSING else f"{field.name}=_default_{field.name}"


def _value(field: Field[Any]) -> str:
    """What a field is set to; empty where nobody says so."""
    name, default = field.name, f"_default_{field.name}"
    if field.default_factory is not MISSING:
        return f"{default}() if {name} is _missing_value else {name}" if field.init else f"{default}()"
    if field.init:
        return name
    return "" if field.default is MISSING else default


@recursive_repr()
def _repr(self: Any) -> str:  # noqa: ANN401  (here and below: any of these classes)
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _setattr(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[object]:  # noqa: ANN401  (`fields` takes no `object`)
    return [getattr(self, field.name) for field in fields(self)]


def _setstate(self: Any, state: Sequence[object]) -> None:  # noqa: ANN401  (likewise)
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


_OPEN = {"__repr__": _repr, "__hash__": None}
_FROZEN = {
    "__repr__": _repr,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
