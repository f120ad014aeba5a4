"""What a frame was seen to be: its tunnels and tags, and who talks to whom inside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dovetool.stages.verdict import Reason
from dovetool.wire.dove_tag import DoveTag

DOVE = "dove"
"""Stands for the DOVE tag among the names of encapsulations."""


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


class Level(NamedTuple):
    """A frame as captured, or the frame in a tunnel.

    Attributes:
        start: where it begins.
        behind: octets of the captured frame behind its end.
        src_mac: source MAC address; empty without one, or when not asked.
        dst_mac: destination MAC address.
        vlans: identifiers of its 802.1Q tags, the outermost first.
        ethertype: what it carries, behind all tags; below 0x600 the length of an 802.3 frame; 0 when it ends before.
        src_ip: source address of IP, or of the sender of ARP.
        dst_ip: destination address.
        protocol: of IP; None where there is no IP.
        ip_at: where the IP header begins.
        payload_at: where begins what IP carries.
        is_fragment: it carries a fragment.
        is_later: and that is not the first one.
        arp_operation: of ARP, 1 for a request and 2 for a reply; None where there is no ARP.
        src_port: of TCP, UDP and the like.
        dst_port: likewise.
        ports_at: where these stand.
        overlays: the DOVE tags in it, and the tunnel header that the next level is carried behind.
    """

    start: int = 0
    behind: int = 0
    src_mac: bytes = b""
    dst_mac: bytes = b""
    vlans: tuple[int, ...] = ()
    ethertype: int = 0
    src_ip: bytes = b""
    dst_ip: bytes = b""
    protocol: int | None = None
    ip_at: int = 0
    payload_at: int = 0
    is_fragment: bool = False
    is_later: bool = False
    arp_operation: int | None = None
    src_port: int | None = None
    dst_port: int | None = None
    ports_at: int | None = None
    overlays: tuple[Overlay, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """A frame.

    Attributes:
        levels: the frame as captured, and what is carried in it, in tunnels within tunnels.
        problem: why it could not be read to its end.
    """

    levels: tuple[Level, ...]
    problem: Reason | None = None

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
        return tuple(overlay.vnid for overlay in self.overlays if overlay.vnid is not None)

    @property
    def vnid(self) -> int | None:
        """The virtual network of the innermost frame."""
        return self.vnids[-1] if self.vnids else None

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
        return self.inner.start + self.inner.behind - self.levels[0].behind + tags * DoveTag.LEN
