"""An overlay packet that gets another encapsulation: what it is to become, and the fields that change with that."""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.frame.ip_layer import IpLayer, frame_ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.pseudo_header import PseudoHeader, pseudo_header
from dovetool.frame.through import length_field
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import FrameView
from dovetool.stages.service import flow_of
from dovetool.values import dataclass
from dovetool.verdict.patch import Patch, add_to_sum, entropy_of, new_length, set_bits, udp_checksum_again
from dovetool.wire.fields import Vnid
from dovetool.wire.gre import PROTOCOL as GRE
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier, Encapsulation
from dovetool.wire.udp import PROTOCOL, UdpHeader


@dataclass(frozen=True, slots=True)
class Change:
    """An overlay packet and what it is to become.

    Attributes:
        tunnel: its tunnel.
        ip: the IP header of that.
        link: the link layer of the frame inside.
        codec: the new encapsulation.
        vnid: its network.
        had_sum: it has a UDP checksum.
        pseudo: the pseudo-header of its UDP checksum, whether or not it has one; None where that cannot be told.
    """

    tunnel: Tunnel
    ip: IpLayer
    link: Link
    codec: Encapsulation
    vnid: Vnid
    had_sum: bool
    pseudo: PseudoHeader | None

    @property
    def old(self) -> Encapsulation:
        """The encapsulation that it has."""
        return ENCAPSULATIONS[self.tunnel.header.encap]

    @property
    def keeps_port(self) -> bool:
        """True when the UDP source port stays."""
        return self.old.carrier is Carrier.UDP and self.codec.carrier is Carrier.UDP

    @property
    def flow_octet_at(self) -> int | None:
        """Where the old header tells the flow by an octet; None where it does not."""
        return None if self.old.flow_at is None else self.tunnel.carrier_at + self.old.flow_at

    @property
    def gets_sum(self) -> bool:
        """True when it is to have a UDP checksum: as before, or as it is usual where there was no UDP before."""
        if self.codec.carrier is not Carrier.UDP or self.pseudo is None:
            return False
        return self.had_sum if self.keeps_port else self._has_usual_sum(self.codec)

    @property
    def gets_sum_back(self) -> bool:
        """True when the way back would give it a UDP checksum."""
        return self.gets_sum if self.keeps_port else self._has_usual_sum(self.old)

    def _has_usual_sum(self, codec: Encapsulation) -> bool:
        """Say whether a UDP checksum comes where none was before."""
        return codec.sums_ipv6 and self.ip.version == 6 and self.pseudo is not None


def changed_fields(view: FrameView, change: Change, left: frozenset[int]) -> tuple[Patch, ...]:
    """The fields that change, but for the IPv4 header checksums at some places, which are left alone."""
    around = _sums_around(view, change.tunnel)
    return (*_entropy(view, change), *_protocol(change, left), *_lengths(change, left), *around)


def inner_flow(view: FrameView, change: Change) -> tuple[tuple[int, int], ...]:
    """What tells the inner flow; of a bare packet its IP header alone."""
    ip = frame_ip_layer(view, change.link)
    return flow_of(view, change.tunnel.inner if change.tunnel.carries_frame else None, change.link, ip)


def _entropy(view: FrameView, change: Change) -> tuple[Patch, ...]:
    at = change.tunnel.carrier_at
    if change.codec.carrier is Carrier.UDP and not change.keeps_port:
        return (entropy_of(at, inner_flow(view, change)),)
    if change.codec.flow_at is not None:
        return (entropy_of(at + change.codec.flow_at, inner_flow(view, change), 1),)
    return ()


def _protocol(change: Change, left: frozenset[int]) -> tuple[Patch, ...]:
    """The IP protocol number, when the carrier is another; it is one octet of the IPv4 header's checksum."""
    ip, new = change.ip, PROTOCOL if change.codec.carrier is Carrier.UDP else GRE
    if ip.protocol == new:
        return ()
    bits = set_bits(ip.named_at, 0xFF, new)
    if ip.version == 6:
        return (bits,)
    sum_at = ip.offset + Ipv4Header.CHECKSUM_AT
    return (bits,) if sum_at in left else (bits, add_to_sum(sum_at, (new - ip.protocol) % 0xFFFF))


def _lengths(change: Change, left: frozenset[int]) -> tuple[Patch, ...]:
    ip, at = change.ip, change.tunnel.carrier_at
    fields = [length_field(ip), *change.tunnel.lengths]
    patches = [new_length(*field[:2], None if field.sum_at in left else field.sum_at) for field in fields]
    if change.codec.carrier is Carrier.UDP:
        patches.append(new_length(at + UdpHeader.LENGTH_AT, at))
        patches += _checksum(change)
    return tuple(patches)


def _checksum(change: Change) -> tuple[Patch, ...]:
    if change.pseudo is None or not change.gets_sum:
        return ()
    at = change.tunnel.carrier_at
    return (udp_checksum_again(at + UdpHeader.CHECKSUM_AT, at, *change.pseudo),)


def _sums_around(view: FrameView, tunnel: Tunnel) -> Iterator[Patch]:
    """The UDP checksums of tunnels that the packet is in, innermost first, where they have any.

    Where the pseudo-header cannot be told, it is 0 for none.
    """
    for passage in reversed(tunnel.passages):
        at = passage.carrier_at
        sum_at = at + UdpHeader.CHECKSUM_AT
        if passage.is_udp and view.one_of(sum_at, (0,)) is None:
            yield from (set_bits(octet, 0xFF, 0) for octet in (sum_at, sum_at + 1))
            pseudo = pseudo_header(view, passage.ip, PROTOCOL)
            if pseudo is not None:
                yield udp_checksum_again(sum_at, at, *pseudo)
