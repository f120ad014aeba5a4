"""What marks an overlay packet among IP packets: a port, a type of GRE, a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from dovetool.errors import MalformedError
from dovetool.frame.ip_layer import IpLayer
from dovetool.frame.view import FrameView
from dovetool.wire import gtp
from dovetool.wire.fields import MPLS_TYPES, EtherType
from dovetool.wire.gre import PROTOCOL as GRE
from dovetool.wire.overlay import CODECS, LOOK_ALIKE, Carrier, Encapsulation, Selector
from dovetool.wire.udp import PROTOCOL

Selectors = Mapping[Selector, str]
"""Carrier and number -> name of the encapsulation."""

TCP = 6
CARRIERS = {PROTOCOL: Carrier.UDP, GRE: Carrier.GRE, TCP: Carrier.TCP}
"""Number of the IP protocol -> carrier."""
SOURCES = {Carrier.UDP: Carrier.UDP_FROM, Carrier.TCP: Carrier.TCP_FROM}
"""Carrier with ports -> what stands for its source port."""
NUMBER_LAYERS = {Carrier.UDP: "UDP", Carrier.GRE: "GRE type", Carrier.TCP: "TCP"}
MPLS_PORT = 6635  # RFC 7510
PASSED_PORTS = (gtp.PORT, MPLS_PORT)
"""UDP destination ports of tunnels that are looked through."""
PASSED_TYPES = (EtherType.IPV4, EtherType.IPV6, *sorted(MPLS_TYPES))
"""Protocol types of GRE that is looked through."""
_WITH_PORTS = (*SOURCES, *SOURCES.values())
_NUMBER_AT = 2  # destination port; protocol type of GRE


@runtime_checkable
class ByEnds(Protocol):
    """Selectors that tell encapsulations that look alike by the ends of the tunnel."""

    def between(self, src: bytes, dst: bytes, name: str) -> str:
        """The encapsulation between two underlay addresses, of those that are like the one of that name."""


class Mark(NamedTuple):
    """What a packet is marked as.

    Attributes:
        name: of the encapsulation.
        carrier: what carries it.
        is_guess: only its source port says so, and nobody asked for that.
    """

    name: str
    carrier: Carrier
    is_guess: bool = False

    @property
    def codec(self) -> Encapsulation:
        """What reads it."""
        return CODECS[self.name, self.carrier]


def marked(view: FrameView, ip: IpLayer, selectors: Selectors) -> Mark | None:
    """The encapsulation that a packet's protocol and port, or type, stand for.

    The destination port decides; a source port does where a user chose it, and else is worth a guess.
    """
    name = selectors.get((Carrier.IP, ip.protocol))
    if name is not None:
        return Mark(name, Carrier.IP)
    carrier, number = CARRIERS.get(ip.protocol), number_of(view, ip, selectors)
    if carrier is None:
        return None
    if number is not None:
        name = selectors.get((carrier, number))
        if name in LOOK_ALIKE and isinstance(selectors, ByEnds):
            name = selectors.between(*ip_ends(view, ip), name)
        return None if name is None else Mark(name, carrier)
    return _by_source(view, ip, carrier, selectors) if carrier in SOURCES else None


def number_of(view: FrameView, ip: IpLayer, selectors: Selectors) -> int | None:
    """The destination port or the type of GRE, if it is one that anybody asks for."""
    carrier = CARRIERS.get(ip.protocol)
    return None if carrier is None else _one_of(view, ip.payload + _NUMBER_AT, carrier, selectors)


def ip_ends(view: FrameView, ip: IpLayer) -> tuple[bytes, bytes]:
    """Source and destination address of an IP packet; raises a FrameError when the header is cut within them."""
    addresses = view.take(ip.src_at, 2 * ip.address_len, layer="IP")
    return addresses[: ip.address_len], addresses[ip.address_len :]


def _by_source(view: FrameView, ip: IpLayer, carrier: Carrier, selectors: Selectors) -> Mark | None:
    number = _one_of(view, ip.payload, carrier, selectors)
    if number is None:
        return None
    name = selectors.get((SOURCES[carrier], number))
    if name is not None:
        return Mark(name, carrier)
    name = selectors.get((carrier, number)) if carrier is Carrier.UDP else None
    return None if name is None else Mark(name, carrier, is_guess=True)


def _one_of(view: FrameView, at: int, carrier: Carrier, selectors: Selectors) -> int | None:
    """The number at a place, if it is one of those asked for; flows of TCP and of UDP are looked up alike."""
    try:
        return view.one_of(at, _numbers(selectors, carrier in SOURCES), layer=NUMBER_LAYERS[carrier])
    except MalformedError:
        return None


def _numbers(selectors: Selectors, are_ports: bool) -> tuple[int, ...]:
    """The ports, or the types of GRE, that anybody asks for; worked out once for a set of selectors."""
    known = _ASKED_FOR.get((id(selectors), are_ports))
    if known is not None and known[0] is selectors:
        return known[1]
    kinds, passed = (_WITH_PORTS, PASSED_PORTS) if are_ports else ((Carrier.GRE,), PASSED_TYPES)
    numbers = tuple(sorted({*(number for kind, number in selectors if kind in kinds), *passed}))
    if len(_ASKED_FOR) >= _MOST_SETS:
        _ASKED_FOR.clear()
    _ASKED_FOR[id(selectors), are_ports] = selectors, numbers
    return numbers


_MOST_SETS = 16
_ASKED_FOR: dict[tuple[int, bool], tuple[Selectors, tuple[int, ...]]] = {}
"""Selectors do not change once they are in use; a mapping that is kept here keeps its identity."""
