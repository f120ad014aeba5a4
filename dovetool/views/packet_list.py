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
from dovetool.views.terminal import rule
from dovetool.wire.fields import BROADCAST

_GAP = "  "
_ARP_REQUEST, _ARP_REPLY = 1, 2
_MOST_KNOWN = 1 << 16
_WIDEST = 39  # an IPv6 address


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: head, whether it is set to the right, how easily it is spared (0: never; equals go together)."""

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
_NUMBER, _TIME, _LENGTH = 0, 1, 11
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
    _widths: dict[int, int] = field(default_factory=dict)
    _known: dict[int, tuple[Sighting, str, str]] = field(default_factory=dict)

    def lines(self, frames: Sequence[SeenFrame]) -> list[str]:
        """The lines of frames; the first time with the heads before them."""
        heads = []
        if not self._widths and frames:
            self._choose([self._cells(frame) for frame in frames])
            heads = self._heads()
        return heads + list(map(self._line, frames))

    def _cells(self, frame: SeenFrame) -> _Cells:
        number, time, length = self._own(frame)
        cells = self._fixed(frame)
        return (number, time, *cells[2:_LENGTH], length, *cells[_LENGTH + 1 :])

    def _choose(self, rows: Sequence[_Cells]) -> None:
        """Choose the columns, by what the first rows hold and what there is room for."""
        widths = {at: max(_COLUMNS[at].least, *(_width(row[at]) for row in rows)) for at in range(len(_COLUMNS))}
        filled = [at for at, width in widths.items() if width]
        widths = {at: min(max(widths[at], len(_COLUMNS[at].head)), _WIDEST) for at in filled}
        while sum(widths[at] + len(_GAP) for at in filled) - len(_GAP) > self.width:
            spare = max(_COLUMNS[at].spare for at in filled)
            if not spare:
                break
            filled = [at for at in filled if _COLUMNS[at].spare != spare]  # From and To say nothing alone
        self._widths = {at: widths[at] for at in filled}

    def _line(self, frame: SeenFrame) -> str:
        """The line of a frame; what all frames of a flow share is put together once."""
        known = self._known.get(id(frame.sighting))
        if known is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            known = frame.sighting, *self._parts(self._fixed(frame))  # as long as it is here, its id is its own
            self._known[id(frame.sighting)] = known
        _, before, behind = known
        number, time, length = self._own(frame)
        head = f"{number:>{self._widths[_NUMBER]}}{_GAP}{time:>{self._widths[_TIME]}}{before}"
        return f"{head}{length:>{self._widths[_LENGTH]}}{behind}".rstrip() if _LENGTH in self._widths else head.rstrip()

    def _own(self, frame: SeenFrame) -> tuple[str, str, str]:
        """What a frame has for itself: number, time and length."""
        known = frame.known
        length = max(known.frame.orig_len, len(known.frame.octets))
        return str(known.number), seconds_text(known.ts_ns - self.start_ns, 6), str(length)

    def _parts(self, cells: _Cells) -> tuple[str, str]:
        """The line between time and length, and behind the length."""
        parts = [_GAP + self._cell(at, cells[at]) if at != _LENGTH else _GAP for at in self._widths if at > _TIME]
        places = [at for at in self._widths if at > _TIME]
        middle = places.index(_LENGTH) + 1 if _LENGTH in places else len(places)
        return "".join(parts[:middle]), "".join(parts[middle:])

    def _cell(self, at: int, text: str) -> str:
        room = " " * (self._widths[at] - _width(text))
        return room + text if _COLUMNS[at].is_number else text + room

    def _heads(self) -> list[str]:
        heads = _GAP.join(self._cell(at, _COLUMNS[at].head) for at in self._widths)
        return [heads.rstrip(), rule(sum(self._widths.values()) + len(_GAP) * (len(self._widths) - 1))]

    def _fixed(self, frame: SeenFrame) -> _Cells:
        """The cells that all frames of a flow share; number, time and length are empty."""
        seen, sighting = frame.sighting.seen, frame.sighting
        inner, outer = seen.inner, seen.overlays[0] if seen.overlays else None
        is_ip = inner.protocol is not None
        src, dst = (inner.src_ip, inner.dst_ip) if is_ip else (inner.src_mac, inner.dst_mac)
        cells = (
            "",
            "",
            seen.hop,
            self._tep(outer.src) if outer is not None else "",
            self._tep(outer.dst) if outer is not None else "",
            "/".join(overlay.encap for overlay in seen.overlays),
            "/".join(map(str, seen.vnids)),
            "/".join(self.names.network(vnid) or "?" for vnid in seen.vnids) if self.names.vnid_map else "",
            sighting.src_vm or address_text(src),
            sighting.dst_vm or ("broadcast" if inner.dst_mac == BROADCAST else address_text(dst)),
            protocol_name(inner),
            "",
            info_of(seen),
            _verdict(sighting.verdict),
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


def _verdict(reasons: tuple[str, ...] | None) -> str:
    """The first reason, and how many more there are."""
    if not reasons:
        return "" if reasons is None else "ok"
    return reasons[0] if len(reasons) == 1 else f"{reasons[0]} +{len(reasons) - 1}"


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
