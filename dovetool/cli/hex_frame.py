"""A frame written in hexadecimal: as plain octets, or as a dump with a column of offsets and one of text.

Dumps of Wireshark, xxd, hexdump -C, od and tcpdump -x are understood. A dump is one that says so: its lines count their
octets. Whatever could be read in two ways is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from dovetool.errors import UsageError
from dovetool.frame.view import ETHERNET
from dovetool.values import dataclass
from dovetool.wire.checksum import internet_checksum

_OFFSET = re.compile(r"\s*(?:0[xX])?([0-9a-fA-F]{4,8})(:?)(\s+|$)(.*)")
_SEPARATORS = re.compile(r"0[xX]|\\x|[\s:,;.{}-]")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_FAR = 3  # spaces that only stand between the octets and the text
_APART = 2  # spaces that stand there, or between groups of octets
MOST_CHARACTERS = 1 << 20
_LINKTYPE_RAW = 101


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a dump.

    Attributes:
        number: which line of the text it is, from 1.
        offset: what its first column says.
        marked: its offset is written so that it can be nothing else.
        rest: what is behind the offset.
    """

    number: int
    offset: int
    marked: bool
    rest: str


def octets_of(text: str) -> bytes:
    """The octets that a text in hexadecimal stands for.

    Raises:
        UsageError: it is none, or could be read in two ways.
    """
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"--hex: more than {MOST_CHARACTERS:,} characters are too many for a frame")
    dump = _dump_lines(text.splitlines())
    octets = _dumped(dump) if dump else _plain(text)
    if not octets:
        raise UsageError("--hex: there are no octets in it")
    return octets


def link_type_of(octets: bytes) -> int:
    """Ethernet, or a bare IP packet as tcpdump -x shows it: one whose length and header checksum are right."""
    if len(octets) >= 20 and octets[0] >> 4 == 4:
        header = (octets[0] & 15) * 4
        is_whole = int.from_bytes(octets[2:4], "big") == len(octets)
        is_bare = is_whole and 20 <= header <= len(octets) and internet_checksum(octets[:header]) == 0
    else:
        is_bare = len(octets) >= 40 and octets[0] >> 4 == 6 and int.from_bytes(octets[4:6], "big") + 40 == len(octets)
    return _LINKTYPE_RAW if is_bare else ETHERNET


def _plain(text: str) -> bytes:
    digits = _SEPARATORS.sub("", text)
    wrong = re.search(r"[^0-9a-fA-F]", digits)
    if wrong is not None:
        raise UsageError(f"--hex: {wrong[0]!r} is no hexadecimal digit")
    if len(digits) % 2:
        raise UsageError(f"--hex: {len(digits)} hexadecimal digits make no whole octets")
    return bytes.fromhex(digits)


def _dump_lines(lines: Sequence[str]) -> list[_Line]:
    """The lines that begin with an offset, if that is what all of them are; lines before the first one may be a title.

    One line alone needs an offset that is marked as one, by a colon or by two spaces behind it.
    """
    found: list[_Line] = []
    for number, line in enumerate(lines, 1):
        match = _OFFSET.fullmatch(line)
        if match is not None:
            marked = bool(match[2]) or len(match[3]) > 1
            found.append(_Line(number, int(match[1], 16), marked, match[4]))
        elif line.strip() and (found or _HEX.fullmatch(_SEPARATORS.sub("", line))):
            return []
    if not found or found[0].offset:
        return []
    grows = all(line.offset > before.offset for before, line in pairwise(found))
    return found if found[0].marked or (len(found) > 1 and grows and _fits(found)) else []


def _fits(lines: Sequence[_Line]) -> bool:
    """Say whether each line has the octets that the offsets claim."""
    claims = ((line.rest, after.offset - line.offset) for line, after in pairwise(lines))
    return all(len(_taken(rest, claim)) == claim for rest, claim in claims)


def _dumped(lines: Sequence[_Line]) -> bytes:
    octets = b""
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        if line.offset != len(octets):
            what = "a second frame begins" if line.offset == 0 else f"the offset is 0x{line.offset:04x}"
            raise UsageError(f"--hex: line {line.number}: {what}, after {len(octets)} octets of one; give one frame")
        wanted = after.offset - line.offset if after is not None and after.offset > line.offset else None
        octets += _taken(line.rest, wanted)
    return octets


def _taken(rest: str, wanted: int | None) -> bytes:
    """The octets of a line: as many as wanted, else those before the column of text."""
    octets = b""
    for match in re.finditer(r"(\s*)(\S+)", rest):
        if len(octets) == wanted or not _HEX.fullmatch(match[2]):
            break
        gap = len(match[1])
        if octets and (gap >= _FAR or (gap >= _APART and rest[match.start(2) :].rstrip() == _as_text(octets).rstrip())):
            break
        octets += bytes.fromhex(match[2])
    return octets[:wanted]


def _as_text(octets: bytes) -> str:
    """Octets as a dump's last column has them."""
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in octets)
