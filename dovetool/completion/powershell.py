"""A line as PowerShell has it, taken apart into words, and the quoting that what is put in needs.

PowerShell replaces the token at the cursor: of a list with commas, what stands behind the last of them.
"""

from __future__ import annotations

import re

_SINGLE, _DOUBLE = "'\u2018\u2019\u201a\u201b", '"\u201c\u201d\u201e'
"""Quotes; those of printers count as the others do."""
_PIECE = re.compile(
    rf"`(?P<escaped>.?)|[{_SINGLE}](?P<single>(?:[^{_SINGLE}]|[{_SINGLE}]{{2}})*)[{_SINGLE}]?"
    rf"|[{_DOUBLE}](?P<double>(?:`.|[^`{_DOUBLE}]|[{_DOUBLE}]{{2}})*)`?[{_DOUBLE}]?|(?P<plain>[^\s`{_SINGLE}{_DOUBLE}]+)"
    r"|(?P<blank>\s+)",
    re.DOTALL,
)
_NEEDS_NONE = re.compile(r"--?[\w-]+(?:=[\w%+=:./-]*)?|[\w/.][\w%+=:./-]*")


def words_of(line: str) -> list[str]:
    """What the words of a line mean; the last one ends with the line, at the cursor."""
    words = [""]
    begun = False
    for piece in _PIECE.finditer(re.sub(r"^\s*[&.]\s+|^\s+", "", line)):
        if piece["blank"] is not None:
            words += [""] if begun else []
            begun = False
        else:
            words[-1] += _meant(piece)
            begun = True
    return words


def _meant(piece: re.Match[str]) -> str:
    if piece["single"] is not None:
        return re.sub(rf"([{_SINGLE}]).", r"\1", piece["single"])
    if piece["double"] is not None:
        return re.sub(rf"`(.)|([{_DOUBLE}]).", r"\1\2", piece["double"], flags=re.DOTALL)
    return piece["escaped"] or piece["plain"] or ""


def reply(value: str, typed: str, replaced: str) -> str | None:
    """What takes the place of what PowerShell replaces, so that the last word means a value.

    Args:
        value: what the whole word is to mean; it begins with what is there.
        typed: what the word means up to the cursor.
        replaced: what PowerShell replaces.

    Returns:
        None: it cannot be written there.
    """
    end = words_of(replaced)[-1]
    if typed.endswith(end):
        return quoted(value[len(typed) - len(end) :])
    return None if "," in typed else quoted(value)


def quoted(text: str) -> str:
    """A word for PowerShell, in quotes if anything of it means something to it."""
    return text if _NEEDS_NONE.fullmatch(text) else "'" + re.sub(f"([{_SINGLE}])", r"\1\1", text) + "'"
