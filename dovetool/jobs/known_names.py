"""What to say of a word that is none of the names that are known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST_NAMES = 12


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that suggests the known word that was probably meant; empty without one."""
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), lowered, n=1)
    return f"; did you mean {lowered[close[0]]}?" if close else ""


def no_such(kind: str, names: Iterable[str], word: str = "") -> str:
    """What to say of a name that the map does not have."""
    known = list(names)
    more = f" and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
    return f"the map has no such {kind}; it has {', '.join(known[:_MOST_NAMES])}{more}{did_you_mean(word, known)}"
