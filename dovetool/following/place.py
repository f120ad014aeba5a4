"""A capture to be followed through: its packets, and what it shows of the place that it is from."""

from __future__ import annotations

from dataclasses import field, replace

import numpy as np

from dovetool.analysis.columns import FrameTable, LookTable
from dovetool.analysis.found_frames import FoundFrames
from dovetool.analysis.frame_selection import Finder, Picker, Window
from dovetool.analysis.frame_summary import Sight
from dovetool.capture.batch import Batch, Column, Interface
from dovetool.following.columns import BatchColumns
from dovetool.following.digests import Digests
from dovetool.following.facts import NONE, Fact, Facts
from dovetool.following.flow_names import FlowNames
from dovetool.following.own_addresses import OwnAddresses
from dovetool.following.packets import Packets, PacketsMaker, ends_of
from dovetool.following.pieces import Joiner
from dovetool.following.tep_columns import TepColumns
from dovetool.values import dataclass

NEVER = (0, -1)
"""The first and last time of a capture without frames."""
_MANY_LAYERS = 1 << 12


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the way of packets, as a capture shows it.

    Attributes:
        name: what the capture is called.
        packets: those that are followed.
        frames: how many it has in all.
        cut: of these, captured with too few octets to be known again.
        underlay: of these, the underlay's own, in no tunnel.
        first_ns: the time of its first frame, by its own clock.
        last_ns: that of its last one.
        own: digests of the addresses of the one machine that it is from; None: of several, or it cannot be told.
        is_tunnelled: most of its frames are in tunnels.
        verdicts: what may be wrong with a packet by the map, by number.
    """

    name: str
    packets: Packets
    frames: int
    cut: int
    underlay: int
    first_ns: int
    last_ns: int
    own: Digests | None
    is_tunnelled: bool
    verdicts: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class PlaceReader:
    """Takes the batches of a capture.

    Attributes:
        name: what it is called.
        sight: looks at frames.
        flows: gets to know its flows.
        level: the least that was captured of any packet: 2 all, 1 the beginning of its payload, 0 its headers.
        tunnel_ends: digests of the addresses between which its tunnels go.
    """

    name: str
    sight: Sight
    flows: FlowNames
    level: int = 2
    tunnel_ends: Digests = field(default_factory=lambda: np.zeros(0, np.uint64))
    _finder: Finder = field(init=False)
    _table: LookTable = field(init=False)
    _facts: Facts = field(init=False)
    _joiner: Joiner = field(init=False)
    _teps: TepColumns = field(init=False)
    _maker: PacketsMaker = field(default_factory=PacketsMaker)
    _own: OwnAddresses = field(default_factory=OwnAddresses)
    _interfaces: dict[Interface, int] = field(default_factory=dict)
    _frames: int = 0
    _cut: int = 0
    _times: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._finder = Finder(self.sight, Picker(Window()))
        self._table = LookTable(self.sight.names)
        self._facts = Facts(self._table, self.sight.names)
        self._joiner = Joiner(self.sight.observe.selectors)
        self._teps = TepColumns(self.sight.names)

    def feed(self, batch: Batch) -> None:
        """Take in the frames of a batch."""
        if not len(batch):
            return
        self._frames += len(batch)
        times = batch.told_ns
        self._times = [min([*self._times, int(times.min())]), max([*self._times, int(times.max())])]
        found = self._finder.found(batch)
        frames = FrameTable(found, self._table)
        is_piece = self._facts.of(frames.entries)(Fact.IS_OUTER_PIECE) == 1
        if not is_piece.any():
            self._take(frames)
            return
        self._take(FrameTable(_of(found, np.flatnonzero(~is_piece)), self._table))
        pieces = np.flatnonzero(is_piece)
        for whole, numbers in self._joiner.joined(found.batch.take(pieces), found.numbers[pieces]):
            self._take(FrameTable(replace(self._finder.found(whole), numbers=numbers), self._table))

    def _take(self, frames: FrameTable) -> None:
        if not len(frames):
            return
        fact = self._facts.of(frames.entries)
        made = BatchColumns(frames, fact)
        columns = made.columns()
        self.tunnel_ends = np.union1d(self.tunnel_ends, made.tunnel_ends)
        interface = self._interface(frames.found.batch)
        columns["way"] = interface * _MANY_LAYERS + fact(Fact.LAYERS)
        columns |= self._teps.columns(frames)
        rows = np.flatnonzero(made.is_readable)
        self._cut += len(made.is_readable) - len(rows)
        self.level = min(self.level, made.level)
        pair: Digests = columns["pair"]
        self._own.note(
            made.mac_ends,
            ends_of(pair),
            made.is_readable & ~columns["is_group"],
        )
        self.flows.note(frames, rows, columns["flow"], made.kind)
        if len(rows) < len(interface):
            columns = {name: column[rows] for name, column in columns.items()}
        self._maker.add(columns, interface[rows])

    def place(self, tunnel_ends: Digests, level: int) -> Place:
        """The place, once all was read.

        Args:
            level: how much of packets is compared; digests of other parts of them are given up.
            tunnel_ends: the ends of tunnels in all captures: what goes to or from them in no tunnel is the underlay's.
        """
        for whole, numbers in self._joiner.rest():
            self._take(FrameTable(replace(self._finder.found(whole), numbers=numbers), self._table))
        packets = self._maker.made(level)
        in_tunnel = packets.tunnel != 0
        is_tunnelled = 2 * int(np.count_nonzero(in_tunnel)) > len(packets)
        is_bare = ~in_tunnel & (packets.vnid == NONE)
        is_underlay = is_bare & (np.isin(packets.src, tunnel_ends) | np.isin(packets.dst, tunnel_ends))
        underlay = int(np.count_nonzero(is_underlay))
        if underlay:
            packets = packets.take(np.flatnonzero(~is_underlay))
        first_ns, last_ns = self._times or NEVER
        return Place(
            self.name,
            packets,
            self._frames,
            self._cut,
            underlay,
            first_ns,
            last_ns,
            self._own.addresses,
            is_tunnelled,
            tuple(self._facts.verdicts),
        )

    def _interface(self, batch: Batch) -> Column:
        known = self._interfaces
        present, which = batch.by_interface
        interfaces = (batch.interfaces[index] for index in present.tolist())
        numbers = [known.setdefault(interface, len(known)) for interface in interfaces]
        found: Column = np.array(numbers, np.int64)[which]
        return found


def _of(found: FoundFrames, rows: Column) -> FoundFrames:
    """Some of the frames."""
    return replace(found, batch=found.batch.take(rows), numbers=found.numbers[rows], steps=found.steps[rows])
