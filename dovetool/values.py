"""Classes that hold values: `dataclass` as the standard library has it, made in a third of the time.

A command loads some eighty such classes when it starts. The library writes six functions for each and compiles them one
by one, which takes half a millisecond; here what differs from class to class is compiled at once, and the rest is
shared. Fields, `replace` and all else that is asked about a class stay the library's own.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, fields
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
        return _with_slots(cls, known, {**(_FROZEN if frozen else _OPEN), **_compiled(cls, known, frozen=frozen)})

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


def _compiled(cls: type, known: _Fields, *, frozen: bool) -> dict[str, FunctionType]:
    """The methods that are written for a class: to make a value, compare it, and hash it."""
    given = {f"_default_{field.name}": _default(field) for field in known}
    given |= {"_missing_value": MISSING, "_set_field": object.__setattr__}
    assign = "  _set_field(self, {0!r}, {1})" if frozen else "  self.{0} = {1}"
    lines = [assign.format(field.name, value) for field in known if (value := _value(field))]
    if hasattr(cls, "__post_init__"):
        lines.append("  self.__post_init__()")
    parameters = ", ".join(["self", *(_parameter(field) for field in known if field.init)])
    mine, theirs = (_compared(known, owner) for owner in ("self", "other"))
    equal = ("  if other.__class__ is self.__class__:", f"   return {mine} == {theirs}", "  return NotImplemented")
    lines = [f" def __init__({parameters}):", *(lines or ["  pass"]), " def __eq__(self, other):", *equal]
    if frozen:
        lines += [" def __hash__(self):", f"  return hash({mine})"]
    found: dict[str, Callable[..., dict[str, FunctionType]]] = {}
    text = "\n".join([f"def methods({', '.join(given)}):", *lines, " return locals()"])
    exec(text, vars(sys.modules[cls.__module__]), found)  # noqa: S102  (made of names of fields, which are identifiers)
    methods = {name: method for name, method in found["methods"](**given).items() if name not in given}
    methods["__init__"].__annotations__ = {each.name: each.type for each in known if each.init} | {"return": None}
    for name, method in methods.items():
        method.__qualname__ = f"{cls.__qualname__}.{name}"
    return methods


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


def _compared(known: _Fields, owner: str) -> str:
    return f"({''.join(f'{owner}.{field.name}, ' for field in known if field.compare)})"


@recursive_repr()
def _repr(self: Any) -> str:  # noqa: ANN401  (here and below: any of these classes)
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _setattr(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[object]:  # noqa: ANN401
    return [getattr(self, field.name) for field in fields(self)]


def _setstate(self: Any, state: Sequence[object]) -> None:  # noqa: ANN401
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
