"""Names of captures made from names of a map, which may be any text: fit for every file system, and never the same."""

from __future__ import annotations

import re
import unicodedata

_UNSAFE = re.compile(r"[^\w.@+-]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:\.|$)", re.IGNORECASE)
"""Names of devices on Windows, whatever suffix follows."""
_MOST_CHARACTERS = 50  # of a name, in the name of a file, which may have 255 octets


class FileNames:
    """The names that are taken so far.

    What is no letter, digit or one of `.@+-` becomes `_`, and so does a `-` that the name begins with; dots that it
    begins with go. The name of a device of Windows gets a `_` in front. Where that makes it the name of another
    file, also on file systems that do not tell capitals from small letters, `~2` or a higher number follows.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def next_for(self, name: str) -> str:
        """A name that no other file has."""
        stem = _UNSAFE.sub("_", name).lstrip(".")[:_MOST_CHARACTERS] or "_"
        stem = f"_{stem[1:]}" if stem[0] == "-" else f"_{stem}" if _RESERVED.match(stem) else stem
        found, number = stem, 1
        while _folded(found) in self._taken:
            number += 1
            found = f"{stem}~{number}"
        self._taken.add(_folded(found))
        return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.casefold())
