"""A mistake in a map file, and how pydantic's reports become one: what was found, what was expected, how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dovetool.values import dataclass

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Path = tuple[str | int, ...]

_SHOWN = 60
_KEY = "[key]"  # pydantic's last step to a mistake in a key


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a map.

    Attributes:
        path: keys and indexes that lead to the value, as far as it exists.
        found: what stands there.
        expected: what should.
        hint: how to mend it, empty where the rest says it.
        at_key: the mistake is the last key of the path, not the value behind it.
    """

    path: Path
    found: str
    expected: str
    hint: str = ""
    at_key: bool = False

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"found {self.found}; expected {self.expected}{hint}"


@dataclass(slots=True)
class Suggestions:
    """Finds the known name that a wrong one may stand for; a file full of wrong names gets the first hints only."""

    left: int = 100

    def hint(self, wrong: str, known: Iterable[str]) -> str:
        """Return "did you mean ...?", or an empty text when nothing is close or enough has been suggested."""
        if self.left <= 0:
            return ""
        self.left -= 1
        close = difflib.get_close_matches(wrong, known, n=1)
        return f"did you mean {quoted(close[0])}?" if close else ""


def quoted(value: object) -> str:
    """Show a value from the file in one line: cut short, and nothing in it can control a terminal."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def described(value: object) -> str:
    """Name a value and its kind as a person sees them in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {quoted(value)}"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    return quoted(value)


def from_pydantic(error: ErrorDetails, owner: str, fields: Collection[str], suggestions: Suggestions) -> Problem:
    """Turn one of pydantic's errors into a problem.

    Args:
        error: as in `ValidationError.errors()`.
        owner: what has, or lacks, the last key of the error's path.
        fields: the keys that belong there.
        suggestions: for a hint which of them was meant.
    """
    path: Path = error["loc"]
    if error["type"] == "missing":
        return Problem(path[:-1], f"{owner} without the key {quoted(path[-1])}", "one", at_key=True)
    if error["type"] == "extra_forbidden":
        hint = suggestions.hint(str(path[-1]), fields)
        return Problem(path, f"the key {quoted(path[-1])}", f"one of {', '.join(fields)}", hint, at_key=True)
    at_key = bool(path) and path[-1] == _KEY
    found = described(error["input"])
    context: Mapping[str, Any] = error.get("ctx", {})
    what, hint = _expected(error["type"], context, error["msg"])
    if error["input"] is None and error["type"] in {"dict_type", "model_type"}:
        hint = "write {} or leave the key out"
    return Problem(path[:-1] if at_key else path, found, what, hint, at_key)


def _expected(kind: str, context: Mapping[str, Any], message: str) -> tuple[str, str]:
    """Return what was expected, and a hint, for the kinds of error that the model can raise."""
    if kind == "expected":
        return context["what"], context["hint"]
    if kind == "literal_error":
        return context["expected"], ""
    if kind in {"greater_than_equal", "less_than_equal"}:
        return f"a number that is {context['ge']} or more" if "ge" in context else f"at most {context['le']}", ""
    plain = {
        "bool_type": "true or false",
        "dict_type": "a mapping",
        "model_type": "a mapping",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "tuple_type": "a list",
        "too_short": "at least one entry",
    }
    return plain.get(kind, message), ""
