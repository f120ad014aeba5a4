"""Who has an address, in which network and when.

A VM may move, and two networks may use one address, so an address leads to the few stays that ever had it; the one
whose time fits is the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from dovetool.values import dataclass
from dovetool.vnid_map.entities import Station
from dovetool.vnid_map.prefixes import Prefix, PrefixTable


@dataclass(frozen=True, slots=True)
class Stay:
    """A station and its time: start_ns <= t < end_ns, where None is open."""

    station: Station
    start_ns: int | None
    end_ns: int | None

    def covers(self, ts_ns: int) -> bool:
        """Say whether the VM is there at that time."""
        return (self.start_ns is None or self.start_ns <= ts_ns) and (self.end_ns is None or ts_ns < self.end_ns)

    def changes(self) -> tuple[int, ...]:
        """Return the moments at which it begins and ends, as far as it does."""
        return tuple(moment for moment in (self.start_ns, self.end_ns) if moment is not None)


Stays = Sequence[Stay]
"""The stays of one address or network, in file order."""


class Addresses:
    """Stays by address, of one kind of address, in one network and in all of them."""

    __slots__ = ("_by_vnid", "_everywhere")

    def __init__(self) -> None:
        self._by_vnid: dict[int, dict[bytes, Stays]] = {}
        self._everywhere: dict[bytes, Stays] = {}

    def add(self, address: bytes, stays: tuple[Stay]) -> None:
        """Note one stay; it comes as a tuple of one, so that the many addresses with one stay share it."""
        vnid = stays[0].station.vnid
        _append(self._by_vnid.setdefault(vnid, {}), address, stays)
        _append(self._everywhere, address, stays)

    def stays(self, vnid: int, address: bytes) -> Stays:
        """Return all stays of an address in a network."""
        known = self._by_vnid.get(vnid)
        return () if known is None else known.get(address, ())

    def one(self, vnid: int, address: bytes, ts_ns: int) -> Station | None:
        """Return the station of a network that has the address at that time."""
        for stay in self.stays(vnid, address):
            if stay.covers(ts_ns):
                return stay.station
        return None

    def some(self, vnid: int, address: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return the stations of a network that have the address at that time, in file order."""
        return tuple([stay.station for stay in self.stays(vnid, address) if stay.covers(ts_ns)])

    def all(self, address: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return the stations of every network that have the address at that time, in file order."""
        return tuple([stay.station for stay in self._everywhere.get(address, ()) if stay.covers(ts_ns)])


class Prefixes:
    """Stays by the prefix of what is behind them, in one network and in all of them."""

    __slots__ = ("_by_vnid", "_everywhere")

    def __init__(self) -> None:
        self._by_vnid: dict[int, PrefixTable[Stay]] = {}
        self._everywhere: PrefixTable[Stay] = PrefixTable()

    def add(self, prefix: Prefix, stay: Stay) -> None:
        """Note one stay."""
        self._by_vnid.setdefault(stay.station.vnid, PrefixTable()).add(prefix, stay)
        self._everywhere.add(prefix, stay)

    def of(self, vnid: int, address: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return the stations of a network with the longest prefix that the address is in, at that time."""
        table = self._by_vnid.get(vnid)
        there = (tuple(present(stays, ts_ns)) for stays in table.find(address)) if table is not None else iter(())
        return next(filter(None, there), ())

    def all(self, address: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return those of every network; in each, the ones with the longest prefix."""
        found: dict[int, list[Station]] = {}
        for stays in self._everywhere.find(address):
            longer = frozenset(found)
            for station in present(stays, ts_ns):
                if station.vnid not in longer:
                    found.setdefault(station.vnid, []).append(station)
        return tuple(station for stations in found.values() for station in stations)

    def within(self, vnids: Collection[int], address: bytes, ts_ns: int) -> tuple[Station, ...]:
        """Return the stations of some networks with the longest prefix in any of them, at that time."""
        there = (present(stays, ts_ns) for stays in self._everywhere.find(address))
        ways = (tuple(station for station in stations if station.vnid in vnids) for stations in there)
        return next(filter(None, ways), ())


def present(stays: Stays, ts_ns: int) -> Iterator[Station]:
    """Yield the stations of the stays that cover a time."""
    return (stay.station for stay in stays if stay.covers(ts_ns))


def _append(stays_by_address: dict[bytes, Stays], address: bytes, stays: tuple[Stay]) -> None:
    known = stays_by_address.get(address)
    if known is None:
        stays_by_address[address] = stays
    elif isinstance(known, list):
        known.append(stays[0])
    else:
        stays_by_address[address] = [*known, stays[0]]
