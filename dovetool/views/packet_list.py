"""The list of packets: a line a frame, in columns that are chosen once, so that it can go on for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dovetool.pipeline.looking import SeenFrame
from dovetool.stages.naming import Names, address_text
from dovetool.stages.observation import Level, Observation
from dovetool.stages.protocols import protocol_name
from dovetool.stages.sighting import Sighting
from dovetool.views.numbers import seconds_text
from dovetool.views.plain import printable

_GAP = "  "
_BROADCAST = b"\xff" * 6
_ARP_REQUEST, _ARP_REPLY = 1, 2
_MOST_KNOWN = 1 << 16
_WIDEST = 39  # an IPv6 address


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: its head, whether it is set to the right, and how easily it can be spared (0: never)."""

    head: str
    is_number: bool = False
    spare: int = 0
    least: int = 0


_COLUMNS = (
    _Column("No.", is_number=True, least=5),
    _Column("Time", is_number=True, least=8),
    _Column("Hop", spare=5),
    _Column("From", spare=2),
    _Column("To", spare=2),
    _Column("Encap", spare=1),
    _Column("VNID", is_number=True),
    _Column("Network", spare=3),
    _Column("Source"),
    _Column("Destination"),
    _Column("Protocol"),
    _Column("Length", is_number=True, spare=4),
    _Column("Info", spare=6),
    _Column("Verdict"),
)
_Cells = tuple[str, ...]


@dataclass(slots=True)
class PacketList:
    """Makes the lines.

    Attributes:
        names: gives names.
        start_ns: time of the capture's first frame; times count from it.
        width: of the terminal.
    """

    names: Names
    start_ns: int
    width: int
    _shown: list[int] = field(default_factory=list)
    _widths: list[int] = field(default_factory=list)
    _known: dict[int, tuple[Sighting, _Cells]] = field(default_factory=dict)

    def lines(self, frames: Sequence[SeenFrame]) -> list[str]:
        """The lines of frames; the first time with the heads before them."""
        rows = [self._cells(frame) for frame in frames]
        heads = []
        if not self._shown and rows:
            self._choose(rows)
            heads = [self._line([column.head for column in _COLUMNS]), self._rule()]
        return heads + [self._line(row) for row in rows]

    def _choose(self, rows: Sequence[_Cells]) -> None:
        """Choose the columns, by what the first rows hold and what there is room for."""
        widths = {at: max(_COLUMNS[at].least, *(_width(row[at]) for row in rows)) for at in range(len(_COLUMNS))}
        filled = [at for at, width in widths.items() if width]
        widths = {at: min(max(widths[at], len(_COLUMNS[at].head)), _WIDEST) for at in filled}
        while sum(widths[at] + len(_GAP) for at in filled) - len(_GAP) > self.width:
            least = max(filled, key=lambda at: _COLUMNS[at].spare)
            if not _COLUMNS[least].spare:
                break
            filled.remove(least)
        self._shown, self._widths = filled, [widths[at] for at in filled]

    def _line(self, cells: Sequence[str]) -> str:
        parts = []
        for at, width in zip(self._shown, self._widths, strict=True):
            cell = cells[at]
            room = " " * (width - _width(cell))
            parts.append(room + cell if _COLUMNS[at].is_number else cell + room)
        return _GAP.join(parts).rstrip()

    def _rule(self) -> str:
        return "-" * (sum(self._widths) + len(_GAP) * (len(self._widths) - 1))

    def _cells(self, frame: SeenFrame) -> _Cells:
        known, sighting = frame.known, frame.sighting
        if id(sighting) not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            self._known[id(sighting)] = sighting, self._fixed(frame)  # as long as it is here, its id is its own
        fixed = self._known[id(sighting)][1]
        length = max(known.frame.orig_len, len(known.frame.octets))
        first = (str(known.number), seconds_text(known.ts_ns - self.start_ns, 6))
        return (*first, *fixed[:9], str(length), *fixed[9:])

    def _fixed(self, frame: SeenFrame) -> _Cells:
        """The cells that all frames of a flow share."""
        seen, sighting = frame.sighting.seen, frame.sighting
        inner, outer = seen.inner, seen.overlays[0] if seen.overlays else None
        is_ip = inner.protocol is not None
        src, dst = (inner.src_ip, inner.dst_ip) if is_ip else (inner.src_mac, inner.dst_mac)
        cells = (
            seen.hop,
            self._tep(outer.src) if outer is not None else "",
            self._tep(outer.dst) if outer is not None else "",
            "/".join(overlay.encap for overlay in seen.overlays),
            "/".join(map(str, seen.vnids)),
            "/".join(self.names.network(vnid) or "?" for vnid in seen.vnids) if self.names.vnid_map else "",
            sighting.src_vm or address_text(src),
            sighting.dst_vm or ("broadcast" if inner.dst_mac == _BROADCAST else address_text(dst)),
            protocol_name(inner),
            info_of(seen),
            "" if sighting.verdict is None else ", ".join(sighting.verdict) or "ok",
        )
        return tuple(map(printable, cells))

    def _tep(self, address: bytes) -> str:
        return self.names.tep(address) or address_text(address)


def info_of(seen: Observation) -> str:
    """What else there is to say about a frame, in short."""
    inner = seen.inner
    parts = [f"{inner.src_port} > {inner.dst_port}"] if inner.src_port is not None else []
    parts += [_arp_text(inner)] if inner.arp_operation is not None else []
    parts += ["later fragment"] if inner.is_later else []
    parts += [f"VLAN {'/'.join(map(str, inner.vlans))}"] if inner.vlans else []
    parts += [extra.replace("-", " ") for overlay in seen.overlays for extra in overlay.extras]
    parts += ["pad bits set"] if any(overlay.has_pad for overlay in seen.overlays) else []
    parts += [str(seen.problem)] if seen.problem is not None else []
    return ", ".join(parts)


def _arp_text(level: Level) -> str:
    """What ARP asks or says (RFC 826; a probe or an announcement is for the sender's own address, RFC 5227)."""
    sender, target = address_text(level.src_ip), address_text(level.dst_ip)
    if level.arp_operation == _ARP_REPLY:
        return f"{sender} is at {address_text(level.src_mac)}"
    return f"who has {target}? tell {sender}" if level.arp_operation == _ARP_REQUEST else f"ARP {level.arp_operation}"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
