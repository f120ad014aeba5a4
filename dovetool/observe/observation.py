"""What a frame was seen to be: its tunnels and tags, and who talks to whom inside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dovetool.frame.view import UNKNOWN
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.wire.dove_tag import DoveTag

DOVE = "dove"
"""Stands for the DOVE tag among the names of encapsulations."""


class Later(NamedTuple):
    """A value that was only located: each frame is asked for its own, so that values do not split flows.

    Attributes:
        name: of the attribute that it belongs to.
        at: where it stands.
        length: octets of it.
    """

    name: str
    at: int
    length: int


def in_order(*places: Later) -> tuple[Later, ...]:
    """Places as they come in a frame, however they were found."""
    return tuple(sorted(places, key=lambda place: place.at))


class Overlay(NamedTuple):
    """An overlay header, or a DOVE tag.

    Attributes:
        encap: name of the encapsulation; `dove` for a tag.
        vnid: the virtual network; None where the header has no identifier.
        src: outer source address: of IP 4 or 16 octets, of a layer-2 underlay 6; empty for a tag, or when not asked.
        dst: outer destination address.
        at: where the overlay header begins.
        port_at: where the outer UDP source port stands; None without one.
        pcp: priority that the header carries; None where it carries none.
        dei: drop eligible indicator, likewise.
        extras: names of what it carries besides.
        has_pad: a tag with set pad bits.
        later: values that are still to be read.
        protocol: number of the IP protocol that it is carried in; None where no IP carries it.
        ip_at: where the IP header begins that it is carried behind; None where none is.
        placed: where the values that were read stand, the first of them first.
    """

    encap: str
    vnid: int | None
    src: bytes = b""
    dst: bytes = b""
    at: int = 0
    port_at: int | None = None
    pcp: int | None = None
    dei: bool = False
    extras: tuple[str, ...] = ()
    has_pad: bool = False
    later: tuple[Later, ...] = ()
    protocol: int | None = None
    ip_at: int | None = None
    placed: tuple[Later, ...] = ()

    def place(self, name: str) -> Later | None:
        """Where a value stands, whether it was read or only located; None without one."""
        return next((place for place in (*self.later, *self.placed) if place.name == name), None)


class Level(NamedTuple):
    """A frame as captured, or the frame in a tunnel.

    Attributes:
        start: where it begins.
        behind: octets of the captured frame behind its end.
        src_mac: source MAC address; empty without one, or when not asked.
        dst_mac: destination MAC address.
        vlans: identifiers of its 802.1Q tags, the outermost first.
        vlan: that which a trunk port goes by; 0 for none.
        ethertype: what it carries, behind all tags; below 0x600 the length of an 802.3 frame; None when it ends
            before, or what stands there is not known.
        src_ip: source address of IP, or of the sender of ARP.
        dst_ip: destination address.
        protocol: of IP; None where there is no IP.
        ip_at: where the IP header begins.
        payload_at: where begins what IP carries.
        is_fragment: it carries a fragment.
        is_later: and that is not the first one.
        arp_operation: of ARP, 1 for a request and 2 for a reply; None where there is no ARP.
        ports: source and destination port of TCP, UDP and the like, as they stand in the frame; empty without.
        overlays: the DOVE tags in it, and the tunnel header that the next level is carried behind.
        later: values that are still to be read.
        placed: where the values that were read stand, the first of them first.
    """

    start: int = 0
    behind: int = 0
    src_mac: bytes = b""
    dst_mac: bytes = b""
    vlans: tuple[int, ...] = ()
    vlan: int = 0
    ethertype: int | None = None
    src_ip: bytes = b""
    dst_ip: bytes = b""
    protocol: int | None = None
    ip_at: int = 0
    payload_at: int = 0
    is_fragment: bool = False
    is_later: bool = False
    arp_operation: int | None = None
    ports: bytes = b""
    overlays: tuple[Overlay, ...] = ()
    later: tuple[Later, ...] = ()
    placed: tuple[Later, ...] = ()

    def place(self, name: str) -> Later | None:
        """Where a value stands, whether it was read or only located; None without one."""
        return next((place for place in (*self.later, *self.placed) if place.name == name), None)

    def has(self, name: str) -> bool:
        """Say whether it has an address or ports of that name, which were read already or only located."""
        return bool(getattr(self, name)) or any(later.name == name for later in self.later)

    def value(self, name: str, octets: bytes) -> bytes:
        """That of a frame with these octets."""
        for later, at, length in self.later:
            if later == name:
                return octets[at : at + length]
        value: bytes = getattr(self, name)
        return value

    @property
    def src_port(self) -> int | None:
        """The source port; None without one."""
        return int.from_bytes(self.ports[:2], "big") if self.ports else None

    @property
    def dst_port(self) -> int | None:
        """The destination port; None without one."""
        return int.from_bytes(self.ports[2:], "big") if self.ports else None


@dataclass(frozen=True, slots=True)
class Observation:
    """A frame.

    Attributes:
        levels: the frame as captured, and what is carried in it, in tunnels within tunnels.
        problem: why it could not be read to its end.
        tenant: VNID of the network that its file says it came in; `UNKNOWN` for none. It counts where the frame
            shows none.
    """

    levels: tuple[Level, ...]
    problem: Reason | None = None
    tenant: int = UNKNOWN

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Where values stand that were only located, and how many octets each has."""
        parts: list[Level | Overlay] = [*self.levels, *self.overlays]
        return tuple((at, length) for part in parts for _, at, length in part.later)

    def completed(self, octets: bytes) -> Observation:
        """The same of one of the frames that were seen to be this, with the values at those places of its octets."""
        return self.with_values({(at, length): octets[at : at + length] for at, length in self.places})

    def with_values(self, values: Mapping[tuple[int, int], bytes]) -> Observation:
        """The same, with the values of one frame at those places."""
        return Observation(tuple(_completed_level(level, values) for level in self.levels), self.problem, self.tenant)

    @property
    def inner(self) -> Level:
        """The innermost frame."""
        return self.levels[-1]

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """All overlay headers and tags, the outermost first."""
        return tuple(overlay for level in self.levels for overlay in level.overlays)

    @property
    def vnids(self) -> tuple[int, ...]:
        """The virtual networks that it travels in, the outermost first."""
        shown = tuple(overlay.vnid for overlay in self.overlays if overlay.vnid is not None)
        return shown or self.told

    @property
    def told(self) -> tuple[int, ...]:
        """The network that its file says it came in, if any."""
        return () if self.tenant < 0 else (self.tenant,)

    @property
    def vnid(self) -> int | None:
        """The virtual network of the innermost frame."""
        vnids = self.vnids
        return vnids[-1] if vnids else None

    @property
    def hop(self) -> str:
        """Where in a network such a frame is seen: `untagged`, `tagged`, or in the `underlay`."""
        overlays = self.levels[0].overlays
        if not overlays:
            return "untagged"
        return "tagged" if overlays[-1].encap == DOVE else "underlay"

    @property
    def overhead(self) -> int:
        """Octets that its tunnels and tags cost: what lies around the innermost frame, and tags in that."""
        tags = sum(overlay.encap == DOVE for overlay in self.inner.overlays)
        return self.inner.start - self.levels[0].start + self.inner.behind - self.levels[0].behind + tags * DoveTag.LEN


def _completed_level(level: Level, values: Mapping[tuple[int, int], bytes]) -> Level:
    read = _values(level, values)
    if level.overlays:
        read["overlays"] = tuple(overlay._replace(**_values(overlay, values)) for overlay in level.overlays)
    return level._replace(**read)


def _values(part: Level | Overlay, values: Mapping[tuple[int, int], bytes]) -> dict[str, Any]:
    read: dict[str, Any] = {name: values[at, length] for name, at, length in part.later}
    read |= {"later": (), "placed": in_order(*part.placed, *part.later)}
    return read
