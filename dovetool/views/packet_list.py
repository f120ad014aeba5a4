"""The list of packets: a line a frame, in columns that are chosen once, so that it can go on for ever."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from dovetool.analysis.frame_selection import SeenFrame
from dovetool.analysis.frame_summary import Sighting
from dovetool.observe.names import Names
from dovetool.observe.protocols import protocol_name
from dovetool.verdict.reasons import Reason
from dovetool.views.frame_info import Info
from dovetool.views.numbers import seconds_text
from dovetool.views.plain import printable
from dovetool.views.terminal import rule
from dovetool.wire.addresses import address_text
from dovetool.wire.fields import BROADCAST

_GAP = "  "
_MOST_KNOWN = 1 << 15
_WIDEST = 39  # an IPv6 address
_CUT = "..."


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the list.

    Attributes:
        head: what stands over it.
        is_number: it is set to the right.
        spare: how easily it is spared; 0: never; equals go together.
        least: it is never narrower.
        squeezed: when there is little room, its cells are cut, but not to fewer characters; 0: they are not cut.
    """

    head: str
    is_number: bool = False
    spare: int = 0
    least: int = 0
    squeezed: int = 0


_COLUMNS = (
    _Column("No.", is_number=True, least=5),
    _Column("Time", is_number=True, least=8),
    _Column("Hop", spare=6),
    _Column("From", spare=2),
    _Column("To", spare=2),
    _Column("Encap", spare=1),
    _Column("VNID", is_number=True),
    _Column("Network", spare=3),
    _Column("Source"),
    _Column("Destination"),
    _Column("Protocol"),
    _Column("Length", is_number=True, spare=5),
    _Column("Info", spare=4, squeezed=16),
    _Column("Verdict"),
)
_NUMBER, _TIME, _LENGTH, _INFO = 0, 1, 11, 12
_REASONS = frozenset(map(str, Reason))
_OWN = (_NUMBER, _TIME, _LENGTH, _INFO)
"""What a frame has for itself; the other cells are the same for all frames of a flow."""
_Cells = tuple[str, ...]


@dataclass(slots=True)
class PacketList:
    """Makes the lines.

    Attributes:
        names: gives names.
        start_ns: time of the capture's first frame; times count from it.
        width: of the terminal.
        left_out: heads of the columns that there is no room for.
    """

    names: Names
    start_ns: int
    width: int
    left_out: tuple[str, ...] = ()
    _widths: dict[int, int] = field(default_factory=dict)
    _room: int = 0
    _groups: list[list[int]] = field(default_factory=list)
    _known: dict[int, tuple[Sighting, Info, tuple[str, str, str]]] = field(default_factory=dict)

    def lines(self, frames: Sequence[SeenFrame]) -> list[str]:
        """The lines of frames; the first time with the heads before them."""
        heads = []
        if not self._widths and frames:
            self._choose([self._cells(frame) for frame in frames])
            heads = self._heads()
        return heads + list(map(self._line, frames))

    def _cells(self, frame: SeenFrame) -> _Cells:
        own = dict(zip(_OWN, self._own(frame, Info.of(frame.sighting.seen)), strict=True))
        return tuple(own.get(at, cell) for at, cell in enumerate(self._fixed(frame)))

    def _choose(self, rows: Sequence[_Cells]) -> None:
        """Choose the columns, by what the first rows hold and what there is room for."""
        widths = {at: max(_COLUMNS[at].least, *(_width(row[at]) for row in rows)) for at in range(len(_COLUMNS))}
        filled = with_content = [at for at, width in widths.items() if width]
        widths = {at: min(max(widths[at], len(_COLUMNS[at].head)), _WIDEST) for at in filled}
        least = {at: min(widths[at], _COLUMNS[at].squeezed or widths[at]) for at in filled}
        while sum(least[at] + len(_GAP) for at in filled) - len(_GAP) > self.width:
            spare = max(_COLUMNS[at].spare for at in filled)
            if not spare:
                break
            filled = [at for at in filled if _COLUMNS[at].spare != spare]  # From and To say nothing alone
        self.left_out = tuple(_COLUMNS[at].head for at in with_content if at not in filled)
        self._room = self.width - sum(widths[at] + len(_GAP) for at in filled if at != _INFO)
        self._widths = {at: min(widths[at], self._room) if at == _INFO else widths[at] for at in filled}
        behind = [at for at in filled if at > _TIME]
        edges = (-1, _LENGTH, _INFO, len(_COLUMNS))
        self._groups = [[at for at in behind if low < at <= high] for low, high in pairwise(edges)]

    def _line(self, frame: SeenFrame) -> str:
        """The line of a frame; what all frames of a flow share is put together once."""
        known = self._known.get(id(frame.sighting))
        if known is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            info, parts = Info.of(frame.sighting.seen), self._parts(self._fixed(frame))
            known = frame.sighting, info, parts  # as long as it is here, its id is its own
            self._known[id(frame.sighting)] = known
        _, info, (before, middle, behind) = known
        number, time, length, text = self._own(frame, info)
        widths = self._widths
        line = f"{number:>{widths[_NUMBER]}}{_GAP}{time:>{widths[_TIME]}}{before}"
        line += f"{length:>{widths[_LENGTH]}}{middle}" if _LENGTH in widths else middle
        return (f"{line}{text:<{widths[_INFO]}}{behind}" if _INFO in widths else line + behind).rstrip()

    def _own(self, frame: SeenFrame, info: Info) -> tuple[str, str, str, str]:
        """What a frame has for itself: number, time, length and info."""
        known = frame.known
        text, octets = _with_reason(frame, info.text(known.frame)), max(known.frame.orig_len, len(known.frame.octets))
        if self._room and len(text) > self._room:
            text = text[: self._room - len(_CUT)] + _CUT
        return str(known.number), seconds_text(known.ts_ns - self.start_ns, 6), str(octets), text

    def _parts(self, cells: _Cells) -> tuple[str, str, str]:
        """The line between time and length, between that and info, and behind it, with the gaps around."""
        first, second, third = ("".join([_GAP + self._shared(at, cells) for at in group]) for group in self._groups)
        return first, second, third

    def _shared(self, at: int, cells: _Cells) -> str:
        return self._cell(at, cells[at]) if at not in _OWN else ""

    def _cell(self, at: int, text: str) -> str:
        width = self._widths[at] - _width(text) + len(text)
        return text.rjust(width) if _COLUMNS[at].is_number else text.ljust(width)

    def _heads(self) -> list[str]:
        heads = _GAP.join(self._cell(at, _COLUMNS[at].head) for at in self._widths)
        return [heads.rstrip(), rule(sum(self._widths.values()) + len(_GAP) * (len(self._widths) - 1), sys.stdout)]

    def _fixed(self, frame: SeenFrame) -> _Cells:
        """The cells that all frames of a flow share; what they have for themselves is empty."""
        seen, sighting = frame.sighting.seen, frame.sighting
        inner, overlays, vnids = seen.inner, seen.overlays, seen.vnids
        is_ip = inner.protocol is not None
        src, dst = (inner.src_ip, inner.dst_ip) if is_ip else (inner.src_mac, inner.dst_mac)
        cells = (
            "",
            "",
            seen.hop,
            self._tep(overlays[0].src) if overlays else "",
            self._tep(overlays[0].dst) if overlays else "",
            "/".join([overlay.encap for overlay in overlays]),
            "/".join(map(str, vnids)),
            "/".join([self.names.network(vnid) or "?" for vnid in vnids]) if self.names.vnid_map else "",
            sighting.src_vm or address_text(src),
            sighting.dst_vm or ("broadcast" if inner.dst_mac == BROADCAST else address_text(dst)),
            protocol_name(inner),
            "",
            "",
            _verdict(sighting.verdict),
        )
        return cells if "".join(cells).isprintable() else tuple(map(printable, cells))

    def _tep(self, address: bytes) -> str:
        return self.names.tep(address) or address_text(address)


def _with_reason(frame: SeenFrame, text: str) -> str:
    """What is said of a frame; first why it was rejected, where `--rejects` wrote that as its comment."""
    found = next((comment for comment in reversed(frame.comments) if comment in _REASONS), "")
    return ", ".join(filter(None, (f"rejected: {found}" if found else "", text)))


def _verdict(reasons: tuple[str, ...] | None) -> str:
    """The first reason, and how many more there are."""
    if not reasons:
        return "" if reasons is None else "ok"
    return reasons[0] if len(reasons) == 1 else f"{reasons[0]} +{len(reasons) - 1}"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
