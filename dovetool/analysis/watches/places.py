"""Where addresses were seen, and which of them came back to a place within a short time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dovetool.engine.flow_table import Numbered

_WINDOW_NS = 10_000_000_000
_MOST_ADDRESSES = 1 << 16
_MOST_PLACES = 4

AddressKind = tuple[int, int, bool]
"""VNID, octets of an address, and whether its place is a tunnel end point (else a MAC address)."""
Address = tuple[int, int]
"""Number of the kind of address, and the address as a number."""


class Back(NamedTuple):
    """An address back at a place.

    Attributes:
        kind: of the address.
        address: the address as a number.
        places: that one, and where it was in between, the lower first.
    """

    kind: AddressKind
    address: int
    places: tuple[int, int]


class _Arrival(NamedTuple):
    """An address at a place for the first time, as far as is known in a part of a capture."""

    place: int
    latest: int | None
    first_ns: int
    number: int


class PlaceLedger:
    """Remembers where addresses were seen: the latest few places of each, and when.

    Attributes:
        kinds: of addresses, by number.
    """

    def __init__(self, *, is_part: bool = False) -> None:
        """Begin; in a part of a capture it is kept who may have been at a place before."""
        self.kinds: Numbered[AddressKind] = Numbered()
        self._places: dict[Address, dict[int, int]] = {}
        """Place -> when the address was last seen there, the latest place last."""
        self._arrivals: dict[Address, list[_Arrival]] | None = {} if is_part else None

    def take(
        self, address: Address, place: int, times: tuple[int, int], number: int, latest: int | None = None
    ) -> Back | None:
        """An address is seen at a place, in frames that show no other place of it in between.

        Args:
            address: the address.
            place: the place.
            times: of the first and the last of the frames, in ns.
            number: of the first.
            latest: where it was just before; None: where it was seen last.

        Returns:
            What is to be said of that frame, if it is back there.
        """
        places = self._places_of(address)
        if latest is None:
            latest = next(reversed(places), None)
        if place not in places and len(places) < _MOST_PLACES:
            self._arrive(address, _Arrival(place, latest, times[0], number))
        before = places.pop(place, None)
        places[place] = times[1]
        if len(places) > _MOST_PLACES:
            del places[next(iter(places))]
        if latest is None or latest == place or before is None or times[0] - before > _WINDOW_NS:
            return None
        return Back(self.kinds.values[address[0]], address[1], (min(place, latest), max(place, latest)))

    def _places_of(self, address: Address) -> dict[int, int]:
        if address not in self._places and len(self._places) >= _MOST_ADDRESSES:
            self._places.clear()
        return self._places.setdefault(address, {})

    def _arrive(self, address: Address, arrival: _Arrival) -> None:
        arrivals = self._arrivals
        if arrivals is not None and (address in arrivals or len(arrivals) < _MOST_ADDRESSES):
            of_address = arrivals.setdefault(address, [])
            if len(of_address) < _MOST_PLACES:
                of_address.append(arrival)

    def take_in(self, other: PlaceLedger, behind: int) -> Iterator[tuple[int, Back]]:
        """Take in what was seen in frames that come after these, of a part.

        Yields:
            The numbers of frames there, larger by `behind`, of which only both together know that an address is back.
        """
        ours = [self.kinds.number(kind) for kind in other.kinds.values]
        for (kind, value), arrivals in (other._arrivals or {}).items():
            for place, latest, first_ns, number in arrivals:
                back = self.take((ours[kind], value), place, (first_ns, first_ns), number + behind, latest)
                if back is not None:
                    yield number + behind, back
        for (kind, value), places in other._places.items():
            known = self._places_of((ours[kind], value))
            for place, last_ns in places.items():
                known.pop(place, None)
                known[place] = last_ns
            for place in list(known)[:-_MOST_PLACES]:
                del known[place]
