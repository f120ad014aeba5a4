"""The gateway without a map: overlay packets of one encapsulation become those of another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from dovetool.errors import FrameError, TruncatedError
from dovetool.stages.bare import plain_header
from dovetool.stages.check import EntropyIsHash
from dovetool.stages.fragment import find_piece
from dovetool.stages.layers import IpLayer, Link, link_layer
from dovetool.stages.outer import GRE_PROTOCOL
from dovetool.stages.patch import AddToSum, EntropyPort, FlowOctet, Patch, Relength, SetBits, UdpChecksumAgain
from dovetool.stages.service import flow_of
from dovetool.stages.tunnel import BEFORE_OVERLAY, FRAMES, Selectors, Tunnel, find_tunnel, frame_ip_layer
from dovetool.stages.verdict import Forward, Gather, Guard, Reason, Reject, Splice, Verdict
from dovetool.stages.view import ETHERNET, FrameView
from dovetool.wire.fields import EtherType, Vnid
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header
from dovetool.wire.overlay import ENCAPSULATIONS, SELECTORS, Carrier, Encapsulation, OverlayFields
from dovetool.wire.udp import PROTOCOL, UdpHeader

_NO_VLAN_INSIDE = "nvgre"  # RFC 7637 section 3.3
_CARRY_PACKETS = frozenset({"geneve", "vxlan-gpe"})
_PORT_LEN = 2


@dataclass(frozen=True, slots=True)
class _Change:
    """An overlay packet and what it is to become; `link` is that of the frame in it."""

    tunnel: Tunnel
    ip: IpLayer
    link: Link
    codec: Encapsulation
    vnid: Vnid

    @property
    def old(self) -> Encapsulation:
        """The encapsulation that it has."""
        return ENCAPSULATIONS[self.tunnel.header.encap]

    @property
    def keeps_port(self) -> bool:
        """True when the UDP source port stays."""
        return self.old.carrier is Carrier.UDP and self.codec.carrier is Carrier.UDP


@dataclass(frozen=True, slots=True)
class Translate:
    """Every overlay packet gets the encapsulation `to`; its IP header, VNID, source port and inner frame stay.

    What is no overlay, or has that encapsulation already, passes unchanged. What the new header has no place for is
    told as loss.

    Attributes:
        to: name of the encapsulation.
        ports: what marks an overlay packet.
        ethernet_only: the output has one link type, Ethernet; frames of another are rejected.
    """

    to: str
    ports: Selectors = field(default_factory=lambda: SELECTORS)
    ethernet_only: bool = False

    name = "translate"
    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if self.ethernet_only and view.link_type != ETHERNET:
            return Reject(Reason.NOT_ETHERNET)
        try:
            link = link_layer(view)
        except FrameError:
            link = None
        if link is None:
            return Forward()
        try:
            tunnel = self._tunnel(view, link)
            if tunnel is None:
                piece = find_piece(view, link, self.ports)
                return Forward() if piece is None else Gather(piece, Forward())
            return self._translated(view, tunnel)
        except FrameError as error:
            return Reject.of(error)

    def _tunnel(self, view: FrameView, link: Link) -> Tunnel | None:
        try:
            return find_tunnel(view, link, self.ports, 0)
        except TruncatedError as error:
            if error.layer in BEFORE_OVERLAY:
                return None
            raise

    def _translated(self, view: FrameView, tunnel: Tunnel) -> Verdict:
        header, codec = tunnel.header, ENCAPSULATIONS[self.to]
        if header.encap == self.to or header.payload not in FRAMES:
            return Forward(vnid=header.vnid)
        if tunnel.ip is None:
            return Reject(Reason.NO_COMMON_ENCAP)
        if header.vnid is None:
            return Reject(Reason.UNKNOWN_VNID)
        if not codec.allows(header.vnid):
            return Reject(Reason.RESERVED_VNID)
        link = tunnel.link(view, lenient=True)
        if link.tci is not None and self.to == _NO_VLAN_INSIDE:
            return Reject(Reason.INNER_VLAN)
        return _rewritten(view, _Change(tunnel, tunnel.ip, link, codec, header.vnid))


def _rewritten(view: FrameView, change: _Change) -> Forward:
    tunnel, codec = change.tunnel, change.codec
    header, payload, loss = b"", tunnel.header.payload, list(tunnel.header.extras)
    if not tunnel.carries_frame and codec.name not in _CARRY_PACKETS:
        header, payload = plain_header(payload), int(EtherType.TEB)
        loss.append("payload-type")
    pcp = tunnel.header.pcp
    if pcp is not None and codec.name != "geneve":
        loss.append("priority")
    fields = OverlayFields(change.vnid, pcp or 0, tunnel.header.dei, payload, with_priority=pcp is not None)
    carrier = _carrier(change)
    at = tunnel.carrier_at + (_PORT_LEN if change.keeps_port else 0)
    insert = carrier[_PORT_LEN if change.keeps_port else 0 :] + codec.emit(fields) + header
    verdict = Forward(
        (Splice(at, tunnel.inner - at, insert),),
        tunnel.behind,
        (*_entropy(view, change), *_protocol(change), *_lengths(change)),
        vnid=change.vnid,
        loss=tuple(dict.fromkeys(loss)),
        keeps_link=True,
    )
    return _guarded(view, change, verdict)


def _carrier(change: _Change) -> bytes:
    if change.codec.carrier is Carrier.UDP:
        return UdpHeader(0, change.codec.numbers[0], 0).emit()
    return b""


def _flow(view: FrameView, change: _Change) -> tuple[tuple[int, int], ...]:
    """What tells the inner flow; of a bare packet its IP header alone."""
    ip = frame_ip_layer(view, change.link)
    return flow_of(view, change.tunnel.inner if change.tunnel.carries_frame else None, change.link, ip)


def _entropy(view: FrameView, change: _Change) -> tuple[Patch, ...]:
    at = change.tunnel.carrier_at
    if change.codec.carrier is Carrier.UDP and not change.keeps_port:
        return (EntropyPort(at, _flow(view, change)),)
    if change.codec.flow_at is not None:
        return (FlowOctet(at + change.codec.flow_at, _flow(view, change)),)
    return ()


def _guarded(view: FrameView, change: _Change, verdict: Forward) -> Forward:
    """The verdict, with a loss for frames whose flow hash is another than the one that a way back would give them."""
    at = change.tunnel.carrier_at
    if change.old.carrier is Carrier.UDP and not change.keeps_port:
        check, lost = EntropyIsHash(at, _flow(view, change)), "source-port"
    elif change.old.flow_at is not None:
        check, lost = EntropyIsHash(at + change.old.flow_at, _flow(view, change), 1), "flow-id"
    else:
        return verdict
    return replace(verdict, guard=Guard((check,), (replace(verdict, loss=(*verdict.loss, lost)),)))


def _protocol(change: _Change) -> tuple[Patch, ...]:
    """The IP protocol number, when the carrier is another; it is one octet of the IPv4 header's checksum."""
    ip, new = change.ip, PROTOCOL if change.codec.carrier is Carrier.UDP else GRE_PROTOCOL
    if ip.protocol == new:
        return ()
    bits = SetBits(ip.named_at, 0xFF, new)
    if ip.version == 6:
        return (bits,)
    return bits, AddToSum(ip.offset + Ipv4Header.CHECKSUM_AT, (new - ip.protocol) % 0xFFFF)


def _lengths(change: _Change) -> tuple[Patch, ...]:
    ip, at = change.ip, change.tunnel.carrier_at
    if ip.version == 4:
        total_at = ip.offset + Ipv4Header.TOTAL_LENGTH_AT
        patches: list[Patch] = [Relength(total_at, ip.offset, ip.offset + Ipv4Header.CHECKSUM_AT)]
    else:
        patches = [Relength(ip.offset + Ipv6Header.PAYLOAD_LENGTH_AT, ip.offset + Ipv6Header.LEN)]
    patches += (Relength(*field) for field in change.tunnel.lengths)
    if change.codec.carrier is Carrier.UDP:
        patches.append(Relength(at + UdpHeader.LENGTH_AT, at))
        patches += _checksum(change)
    return tuple(patches)


def _checksum(change: _Change) -> tuple[Patch, ...]:
    """The UDP checksum: there if there was one; where there was no UDP, only for Geneve on IPv6 (RFC 8926 4.3)."""
    ip, at = change.ip, change.tunnel.carrier_at + UdpHeader.CHECKSUM_AT
    addresses = (ip.src_at, 2 * ip.address_len)
    if change.old.carrier is Carrier.UDP:
        return (UdpChecksumAgain(at, change.tunnel.carrier_at, addresses, had_at=at),)
    if change.codec.name == "geneve" and ip.version == 6:
        return (UdpChecksumAgain(at, change.tunnel.carrier_at, addresses),)
    return ()
