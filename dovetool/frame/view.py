"""A frame as a stage sees it, and a record of what the stage looked at.

A stage reads a frame only through a `FrameView`. The view hands out octets under a mask, and the bits that the mask
leaves out read as 0: what a stage did not ask for it cannot see. Lengths are compared, not read. So everything that a
decision can depend on is on record when it is made, and any other frame that agrees in those bits and comparisons
would be decided the same way. That record, the `Shape`, is what lets one decision serve a whole flow.
"""

from __future__ import annotations

import struct
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from dovetool.errors import MalformedError, TruncatedError

NO_LIMIT = 1 << 40
UNKNOWN = -1
"""Stands for a port, a tunnel end point or a tenant that is not known."""
ETHERNET = 1  # LINKTYPE_ETHERNET


class Shape(NamedTuple):
    """What a decision looked at.

    Attributes:
        words: (offset, mask) of the little-endian 64-bit words that were read, by ascending offset.
        lengths: (offset, base) of 16-bit length fields compared with the frame's length on the wire.
        choices: (offset, values) of 16-bit numbers of which only mattered which of the values they are, or none.
        caplen: the frame's captured length is in this range (from, below).
        wire: its length on the wire is in this range (from, below).
    """

    words: tuple[tuple[int, int], ...]
    lengths: tuple[tuple[int, int], ...]
    choices: tuple[tuple[int, tuple[int, ...]], ...]
    caplen: tuple[int, int]
    wire: tuple[int, int]

    @property
    def extent(self) -> int:
        """Octets from the frame's start that hold all words."""
        return self.words[-1][0] + 8 if self.words else 0


@lru_cache(1 << 10)
def shape_of(places: tuple[tuple[int, int], ...]) -> Shape:
    """The shape of what depends on nothing but the octets at some places (offset, octets), which are all there."""
    seen = reduce(or_, (((1 << 8 * length) - 1) << 8 * at for at, length in places), 0)
    return Shape(
        _words(seen), (), (), (max((at + length for at, length in places), default=0), NO_LIMIT), (0, NO_LIMIT)
    )


class Sight(NamedTuple):
    """What was looked at of a frame, before it is made into a shape.

    Attributes:
        seen: the bits that were read: octet n as bits 8n to 8n + 7.
        extent: octets from the frame's start that hold them.
        lengths: as of a shape.
        choices: likewise.
        caplen: likewise.
        wire: likewise.
    """

    seen: int
    extent: int
    lengths: tuple[tuple[int, int], ...]
    choices: tuple[tuple[int, tuple[int, ...]], ...]
    caplen: tuple[int, int]
    wire: tuple[int, int]

    def of(self, view: FrameView) -> tuple[int | None, ...] | None:
        """What there is to see of another frame, which looks the same when that is; None for one of other lengths."""
        octets, orig_len = view.octets, view.orig_len
        low, high = self.caplen
        if not (low <= len(octets) < high and self.wire[0] <= orig_len < self.wire[1]):
            return None
        found: list[int | None] = [int.from_bytes(octets[: self.extent], "little") & self.seen]
        for at, base in self.lengths:
            length = octets[at] << 8 | octets[at + 1]
            found.append(orig_len - base - length if length else None)
        for at, values in self.choices:
            number = octets[at] << 8 | octets[at + 1]
            found.append(number if number in values else None)
        return tuple(found)


class FrameView:
    """One frame, where it was captured and when.

    Attributes:
        octets: the captured octets; stages read them through `take`.
        orig_len: octets on the wire.
        link_type: LINKTYPE_ value of its interface.
        interface: name of its interface, empty for none.
        ts_ns: time in ns since 1970.
        ingress: index of the port it came in by; -1 when not known.
        tep: index of the tunnel end point where it was last; -1 when not known.
        origin: index of the tunnel end point that sent it there; -1 when not known.
        local: it did not leave its tunnel end point, so the underlay never saw it.
        tenant: VNID of the network that it came in, by what the file says of its interface or packet; -1 for none.
        behind: octets at its end that belong to what it is carried in, and not to the frame being read.
        headers: what was found at a place, by whoever looked there, so that the next one need not look again.
    """

    __slots__ = (
        *("_caplen_below", "_caplen_from", "_choices", "_lengths", "_seen", "_wire_below", "_wire_from", "headers"),
        *("behind", "ingress", "interface", "link_type", "local", "octets", "orig_len", "origin"),
        *("tenant", "tep", "ts_ns"),
    )

    def __init__(  # noqa: PLR0913  (each names one thing that is known about a frame)
        self,
        octets: bytes,
        orig_len: int | None = None,
        *,
        link_type: int = ETHERNET,
        interface: str = "",
        ts_ns: int = 0,
        ingress: int = -1,
        tep: int = -1,
        origin: int = -1,
        local: bool = False,
        tenant: int = -1,
    ) -> None:
        self.octets = octets
        self.orig_len = max(orig_len or 0, len(octets))
        self.link_type, self.interface, self.ts_ns = link_type, interface, ts_ns
        self.ingress, self.tep, self.origin, self.local, self.tenant = ingress, tep, origin, local, tenant
        self.behind = 0
        self.headers: dict[tuple[int, ...], object] = {}
        self._seen = 0  # the bits that were read: octet n as bits 8n to 8n + 7
        self._lengths: dict[tuple[int, int], None] = {}
        self._choices: dict[tuple[int, tuple[int, ...]], None] = {}
        self._caplen_from = self._wire_from = 0
        self._caplen_below = self._wire_below = NO_LIMIT

    def take(self, offset: int, length: int, mask: bytes | None = None, *, layer: str = "frame") -> bytes:
        """The `length` octets at `offset`, with the bits that `mask` leaves out set to 0.

        Raises:
            TruncatedError: the frame was longer on the wire, and capturing cut it before the end of this range.
            MalformedError: the frame ended before the end of this range.
        """
        end = offset + length
        if end > self._caplen_from or self.behind:
            self._require(end, offset, layer)
        octets = self.octets[offset:end]
        if mask is None:
            seen = (1 << 8 * length) - 1
        else:
            seen = int.from_bytes(mask, "little")
            octets = (int.from_bytes(octets, "little") & seen).to_bytes(length, "little")
        self._seen |= seen << 8 * offset
        return octets

    def reach(self, offset: int, length: int, *, layer: str = "frame") -> None:
        """See that the `length` octets at `offset` were captured, whatever they are; raises as `take` does."""
        if offset + length > self._caplen_from or self.behind:
            self._require(offset + length, offset, layer)

    def word(self, offset: int, *, layer: str = "frame") -> int:
        """The big-endian 16-bit number at `offset`; raises as `take` does."""
        return int.from_bytes(self.take(offset, 2, layer=layer), "big")

    def one_of(self, offset: int, values: tuple[int, ...], *, layer: str = "frame") -> int | None:
        """The big-endian 16-bit number at `offset` if it is one of `values`, else None; raises as `take` does.

        Frames whose numbers are none of the values all look the same, unlike with `word`.
        """
        self._require(offset + 2, offset, layer)
        self._choices[offset, values] = None
        number = int.from_bytes(self.octets[offset : offset + 2], "big")
        return number if number in values else None

    def on_wire(self, end: int) -> bool:
        """True when the frame had at least `end` octets on the wire."""
        if self.orig_len >= end:
            self._wire_from = max(self._wire_from, end)
            return True
        self._wire_below = min(self._wire_below, end)
        return False

    def octets_behind(self, offset: int, base: int, *, layer: str = "frame") -> int | None:
        """Compare the 16-bit length field at `offset`, which counts from `base`, with the frame's length on the wire.

        Returns:
            Octets of the frame behind what the field covers, negative when it covers more than there is; None when
            the field is 0, as in the big frames that Linux hands to a card to cut up.

        Raises:
            TruncatedError, MalformedError: as `take`.
        """
        self._require(offset + 2, offset, layer)
        self._lengths[offset, base] = None
        length = int.from_bytes(self.octets[offset : offset + 2], "big")
        return self.orig_len - base - length if length else None

    def _require(self, end: int, offset: int, layer: str) -> None:
        caplen, need = len(self.octets), end - offset
        if (self.behind or caplen < end) and not self.on_wire(end + self.behind):
            have = max(self.orig_len - self.behind - offset, 0)
            raise MalformedError(layer, offset, f"needs {need} octets, {have} left")
        if caplen < end:
            self._caplen_below = min(self._caplen_below, end)
            raise TruncatedError(layer, offset, need=need, have=max(caplen - offset, 0))
        self._caplen_from = max(self._caplen_from, end)

    def apart(self) -> FrameView:
        """The same frame up to the same end, of which nothing was looked at."""
        view = FrameView(self.octets, self.orig_len, link_type=self.link_type)
        view.behind = self.behind
        return view

    def sight(self) -> Sight:
        """What was looked at so far, in short."""
        caplen, wire = (self._caplen_from, self._caplen_below), (self._wire_from, self._wire_below)
        extent = -(-self._seen.bit_length() // 8)
        return Sight(self._seen, extent, tuple(self._lengths), tuple(self._choices), caplen, wire)

    def note(self, sight: Sight) -> None:
        """Count as looked at what was looked at by somebody else."""
        self._seen |= sight.seen
        for length in sight.lengths:
            self._lengths[length] = None
        for choice in sight.choices:
            self._choices[choice] = None
        (caplen_from, caplen_below), (wire_from, wire_below) = sight.caplen, sight.wire
        self._caplen_from = max(self._caplen_from, caplen_from)
        self._wire_from = max(self._wire_from, wire_from)
        self._caplen_below, self._wire_below = min(self._caplen_below, caplen_below), min(self._wire_below, wire_below)

    def shape(self) -> Shape:
        """What was looked at so far."""
        caplen, wire = (self._caplen_from, self._caplen_below), (self._wire_from, self._wire_below)
        return _shape(self._seen, tuple(self._lengths), tuple(self._choices), caplen, wire)


@lru_cache(1 << 10)
def _shape(
    seen: int,
    lengths: tuple[tuple[int, int], ...],
    choices: tuple[tuple[int, tuple[int, ...]], ...],
    caplen: tuple[int, int],
    wire: tuple[int, int],
) -> Shape:
    """A shape; most flows share one with others, and the number of shapes is small."""
    return Shape(_words(seen), lengths, choices, caplen, wire)


def _words(seen: int) -> tuple[tuple[int, int], ...]:
    """Offset and mask of the 64-bit words in which bits were read; octet n has bits 8n to 8n + 7 of `seen`."""
    count = -(-seen.bit_length() // 64)
    masks = struct.unpack(f"<{count}Q", seen.to_bytes(8 * count, "little"))
    return tuple((8 * number, mask) for number, mask in enumerate(masks) if mask)
