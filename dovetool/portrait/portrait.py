"""A whole capture, or several, in one value: plain, typed, and as JSON."""

from __future__ import annotations

from typing import Any, NamedTuple

from dovetool.portrait.faults import Fault
from dovetool.portrait.hops import Hops
from dovetool.portrait.maps import Maps
from dovetool.portrait.moves import Moves
from dovetool.portrait.ports import Ports
from dovetool.portrait.rates import Rates
from dovetool.portrait.sizes import Sizes
from dovetool.portrait.talks import Talks
from dovetool.portrait.traffic import Traffic


class Captures(NamedTuple):
    """What was looked at, as one: the names of captures, and what is wrong with some of them from some point on."""

    names: list[str]
    damages: list[str]


class Portrait(NamedTuple):
    """What captures say.

    Attributes:
        captures: what they are.
        map_name: the map; empty without one.
        selection: which frames were looked at, as options have it; empty for all.
        traffic: how much there is.
        tep_talks: who talks to whom in the underlay.
        vm_talks: and within networks.
        rates: when.
        ports: how the underlay may spread it.
        sizes: how long packets are.
        faults: what is wrong.
        moves: who moved.
        maps: what captures tell of who belongs where.
        hops: what became of packets from capture to capture; None where they were not followed.
    """

    captures: Captures
    map_name: str
    selection: str
    traffic: Traffic
    tep_talks: Talks
    vm_talks: Talks
    rates: Rates
    ports: Ports
    sizes: Sizes
    faults: list[Fault]
    moves: Moves
    maps: Maps
    hops: Hops | None = None


def record_of(value: object) -> Any:  # noqa: ANN401  (it is whatever JSON can hold)
    """A value of a portrait as JSON has it: named tuples are objects."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: record_of(each) for key, each in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [record_of(each) for each in value]
    return value
