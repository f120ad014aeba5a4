"""What is in a frame: its overlay headers, and the innermost frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.values import dataclass
from dovetool.wire.addresses import address_text

if TYPE_CHECKING:
    from dovetool.observe import observation
    from dovetool.observe.names import Names


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay header, or a DOVE tag.

    Attributes:
        encap: the encapsulation, as `vxlan`; `dove` for a tag.
        vnid: the virtual network that it names; None where it has no such identifier.
        network: its name in the map; None without one.
        src: address that the tunnel comes from: of IP, or a MAC address; None for a tag.
        dst: address that it goes to.
        src_tep: name of the TEP that it comes from, by the map.
        dst_tep: name of the TEP that it goes to.
        src_port: UDP source port; None without UDP.
        dst_port: UDP destination port.
        pcp: priority that the header carries, 0..7; None where it carries none.
    """

    encap: str
    vnid: int | None
    network: str | None
    src: str | None
    dst: str | None
    src_tep: str | None
    dst_tep: str | None
    src_port: int | None
    dst_port: int | None
    pcp: int | None


class Inner:
    """The innermost frame: what all tunnels carry, or the frame itself where it is in none.

    Attributes:
        vlans: 802.1Q identifiers, the outermost first.
        ethertype: what it carries, behind all tags; below 1536 the length of an 802.3 frame; None where it ends before.
        ip_protocol: number of the protocol that IP carries; None without IP.
        src_port: source port of TCP, UDP, SCTP and their like; None without one.
        dst_port: destination port.
    """

    __slots__ = ("_level", "_octets")

    def __init__(self, level: observation.Level, octets: bytes) -> None:
        """Internal: `Frame.inner` is one."""
        self._level, self._octets = level, octets

    @property
    def octets(self) -> bytes:
        """Its octets as captured, with a tag if it has one."""
        level, octets = self._level, self._octets
        return octets[level.start : max(len(octets) - level.behind, level.start)]

    @property
    def src_mac(self) -> str | None:
        """Source MAC address, as `02:00:00:00:00:0a`; None without one."""
        return address_text(self._level.src_mac) or None

    @property
    def dst_mac(self) -> str | None:
        """Destination MAC address."""
        return address_text(self._level.dst_mac) or None

    @property
    def src_ip(self) -> str | None:
        """Source address of IP, or of the sender of ARP; None without one."""
        return address_text(self._level.src_ip) or None

    @property
    def dst_ip(self) -> str | None:
        """Destination address."""
        return address_text(self._level.dst_ip) or None

    @property
    def protocol(self) -> str:
        """What it carries, by name, as `TCP`; empty when it is not known."""
        from dovetool.observe.protocols import protocol_name

        return protocol_name(self._level)

    @property
    def vlans(self) -> tuple[int, ...]:  # noqa: D102  (see Attributes)
        return self._level.vlans

    @property
    def ethertype(self) -> int | None:  # noqa: D102  (see Attributes)
        return self._level.ethertype

    @property
    def ip_protocol(self) -> int | None:  # noqa: D102  (see Attributes)
        return self._level.protocol

    @property
    def src_port(self) -> int | None:  # noqa: D102  (see Attributes)
        return self._level.src_port

    @property
    def dst_port(self) -> int | None:  # noqa: D102  (see Attributes)
        return self._level.dst_port

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Inner) and self.octets == other.octets

    def __hash__(self) -> int:
        return hash(self.octets)

    def __repr__(self) -> str:
        ends = f"{self.src_ip or self.src_mac} > {self.dst_ip or self.dst_mac}"
        return f"<Inner {ends} {self.protocol}: {len(self.octets)} octets>"


def overlay_of(seen: observation.Overlay, names: Names, octets: bytes) -> Overlay:
    """An overlay header, or a tag, of a frame with these octets."""
    src_tep, dst_tep = names.teps(seen)
    return Overlay(
        seen.encap,
        seen.vnid,
        names.network(seen.vnid),
        address_text(seen.src) or None,
        address_text(seen.dst) or None,
        src_tep,
        dst_tep,
        _port(octets, seen.port_at, 0),
        _port(octets, seen.port_at, 2),
        seen.pcp,
    )


def _port(octets: bytes, at: int | None, behind: int) -> int | None:
    return None if at is None else int.from_bytes(octets[at + behind : at + behind + 2], "big")
