"""The gateway without a map: overlay packets of one encapsulation become those of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from typing import ClassVar

from dovetool.belonging.bare_packet import plain_header
from dovetool.errors import FrameError
from dovetool.frame.ip_layer import IpLayer, frame_ip_layer
from dovetool.frame.link_layer import Link, link_layer
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.stages.checksums import has_gre_checksum, has_udp_checksum, udp_checksum
from dovetool.stages.opening import gathered, tunnel_in_sight
from dovetool.stages.service import flow_of
from dovetool.values import dataclass
from dovetool.verdict.check import Check, EntropyIsHash, MadeAgain
from dovetool.verdict.patch import Patch, add_to_sum, entropy_of, new_length, set_bits, udp_checksum_again
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Guard, Reject, Splice, Verdict
from dovetool.wire.fields import EtherType, Vnid
from dovetool.wire.gre import PROTOCOL as GRE
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.ipv6 import Ipv6Header
from dovetool.wire.links import can_be_resized, is_read
from dovetool.wire.overlay import ENCAPSULATIONS, SELECTORS, Carrier, Encapsulation, InnerVlan, OverlayFields
from dovetool.wire.udp import PROTOCOL, UdpHeader

_PORT_LEN = 2
_LOST_SUM = "udp-checksum"


@dataclass(frozen=True, slots=True)
class _Change:
    """An overlay packet and what it is to become.

    Attributes:
        tunnel: its tunnel.
        ip: the IP header of that.
        link: the link layer of the frame inside.
        codec: the new encapsulation.
        vnid: its network.
        had_sum: it has a UDP checksum.
    """

    tunnel: Tunnel
    ip: IpLayer
    link: Link
    codec: Encapsulation
    vnid: Vnid
    had_sum: bool

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
        if self.codec.carrier is not Carrier.UDP:
            return False
        return self.had_sum if self.keeps_port else self._has_usual_sum(self.codec)

    @property
    def gets_sum_back(self) -> bool:
        """True when the way back would give it a UDP checksum."""
        return self.gets_sum if self.keeps_port else self._has_usual_sum(self.old)

    def _has_usual_sum(self, codec: Encapsulation) -> bool:
        """Say whether a UDP checksum comes where none was before."""
        return codec.sums_ipv6 and self.ip.version == 6


@dataclass(frozen=True, slots=True)
class Translate:
    """Every overlay packet gets the encapsulation `to`; its IP header, VNID, source port and inner frame stay.

    What is no overlay, or has that encapsulation already, passes unchanged. What the new header has no place for is
    told as loss.

    Attributes:
        to: name of the encapsulation.
        selectors: what marks an overlay packet.
        ethernet_only: the output has one link type, Ethernet; frames of another are rejected.
    """

    to: str
    selectors: Selectors = field(default_factory=lambda: SELECTORS)
    ethernet_only: bool = False

    name = "translate"
    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if not is_read(view.link_type) or (self.ethernet_only and view.link_type != ETHERNET):
            return Reject.foreign(view.link_type)
        try:
            link = link_layer(view)
        except FrameError:
            link = None
        if link is None:
            return Forward()
        try:
            tunnel = tunnel_in_sight(view, link, self.selectors, 0)
            if tunnel is None:
                return gathered(view, link, self.selectors, Forward())
            return self._translated(view, tunnel)
        except FrameError as error:
            return Reject.of(error)

    def _translated(self, view: FrameView, tunnel: Tunnel) -> Verdict:
        header, codec = tunnel.header, ENCAPSULATIONS[self.to]
        is_other = not tunnel.can_be_frame or not tunnel.codec.has_vnid or tunnel.is_guess
        if header.encap == self.to or is_other or any(passage.has_gre_sum for passage in tunnel.passages):
            return Forward(vnid=header.vnid)
        if tunnel.ip is None or not can_be_resized(view.link_type):
            return Reject(Reason.NO_COMMON_ENCAP) if tunnel.ip is None else Reject.foreign(view.link_type)
        if header.vnid is None:
            return Reject(Reason.UNKNOWN_VNID)
        if not codec.allows(header.vnid):
            return Reject(Reason.RESERVED_VNID)
        link = tunnel.link(view, lenient=True)
        if link.tci is not None and codec.inner_vlan is InnerVlan.FORBIDDEN:
            return Reject(Reason.INNER_VLAN)
        return _rewritten(view, _Change(tunnel, tunnel.ip, link, codec, header.vnid, has_udp_checksum(view, tunnel)))


def _rewritten(view: FrameView, change: _Change) -> Forward:
    tunnel, codec = change.tunnel, change.codec
    header, payload, pcp = b"", tunnel.header.payload, tunnel.header.pcp
    if not tunnel.carries_frame and payload not in codec.bare:
        header, payload = plain_header(payload), int(EtherType.TEB)
    fields = OverlayFields(change.vnid, pcp or 0, tunnel.header.dei, payload, with_priority=pcp is not None)
    carrier = _carrier(change)
    at = tunnel.carrier_at + (_PORT_LEN if change.keeps_port else 0)
    insert = carrier[_PORT_LEN if change.keeps_port else 0 :] + codec.emit(fields) + header
    verdict = Forward(
        (Splice(at, tunnel.inner - at, insert),),
        tunnel.behind,
        (*_entropy(view, change), *_protocol(change), *_lengths(change), *_sums_around(view, tunnel)),
        vnid=change.vnid,
        notes=(Reason.CRITICAL_OPTION,) if tunnel.header.critical else (),
        loss=tuple(dict.fromkeys(_lost(view, change))),
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
        return (entropy_of(at, _flow(view, change)),)
    if change.codec.flow_at is not None:
        return (entropy_of(at + change.codec.flow_at, _flow(view, change), 1),)
    return ()


def _guarded(view: FrameView, change: _Change, verdict: Forward) -> Forward:
    """The verdict, with a loss for frames that have another value than the one that a way back would give them."""
    asked = [*_flow_asked(view, change), *_sum_asked(change)]
    if not asked:
        return verdict
    checks, names = zip(*asked, strict=True)

    def losing(answers: tuple[int, ...]) -> Forward:
        lost = tuple(name for name, answer in zip(names, answers, strict=True) if answer)
        return replace(verdict, loss=(*verdict.loss, *lost))

    return replace(verdict, guard=Guard.of(checks, losing))


def _flow_asked(view: FrameView, change: _Change) -> Iterator[tuple[Check, str]]:
    at = change.tunnel.carrier_at
    if change.old.carrier is Carrier.UDP and not change.keeps_port:
        yield EntropyIsHash(at, _flow(view, change)), "source-port"
    elif change.flow_octet_at is not None:
        yield EntropyIsHash(change.flow_octet_at, _flow(view, change), 1), "flow-id"


def _sum_asked(change: _Change) -> Iterator[tuple[Check, str]]:
    """A UDP checksum that is made anew: it may have been wrong, or of a frame that was cut."""
    if change.had_sum and change.gets_sum_back:
        yield MadeAgain(udp_checksum(change.tunnel, change.ip)), _LOST_SUM


def _has_odd_bits(view: FrameView, change: _Change) -> bool:
    """Say whether the overlay header has bits that the way back would write otherwise, such as reserved ones."""
    header, old = change.tunnel.header, change.old
    if not old.allows(change.vnid):
        return True  # there is no way back
    usual = old.emit(OverlayFields(change.vnid, payload=header.payload))
    at = change.tunnel.inner - len(usual)
    mask = bytes(0 if at + place == change.flow_octet_at else 0xFF for place in range(len(usual)))
    return view.take(at, len(usual), mask) != bytes(map(int.__and__, usual, mask))


def _lost(view: FrameView, change: _Change) -> Iterator[str]:
    """What the new form has no place for, as far as that is the same for a whole flow."""
    tunnel, ip = change.tunnel, change.ip
    told = (*tunnel.header.extras, *("gre-checksum",) * has_gre_checksum(view, tunnel))
    yield from told
    if not told and tunnel.header.pcp is None and change.old.is_written and _has_odd_bits(view, change):
        yield "reserved-bits"
    if tunnel.header.critical:
        yield str(Reason.CRITICAL_OPTION)
    if not tunnel.carries_frame and tunnel.header.payload not in change.codec.bare:
        yield "payload-type"
    if tunnel.header.pcp is not None and not change.codec.has_priority:
        yield "priority"
    if change.old.carrier is Carrier.UDP:
        if view.one_of(tunnel.carrier_at + UdpHeader.DST_PORT_AT, change.old.numbers[:1]) is None:
            yield "destination-port"
        if change.had_sum != change.gets_sum_back:
            yield _LOST_SUM
    if tunnel.behind:
        yield "trailer"
    if ip.octets_behind(view) is None or _has_no_udp_length(view, change):
        yield "length"


def _has_no_udp_length(view: FrameView, change: _Change) -> bool:
    """Say whether the UDP length is left at 0, as in big frames that a network card was to cut up."""
    at = change.tunnel.carrier_at
    return change.old.carrier is Carrier.UDP and view.octets_behind(at + UdpHeader.LENGTH_AT, at) is None


def _protocol(change: _Change) -> tuple[Patch, ...]:
    """The IP protocol number, when the carrier is another; it is one octet of the IPv4 header's checksum."""
    ip, new = change.ip, PROTOCOL if change.codec.carrier is Carrier.UDP else GRE
    if ip.protocol == new:
        return ()
    bits = set_bits(ip.named_at, 0xFF, new)
    if ip.version == 6:
        return (bits,)
    return bits, add_to_sum(ip.offset + Ipv4Header.CHECKSUM_AT, (new - ip.protocol) % 0xFFFF)


def _lengths(change: _Change) -> tuple[Patch, ...]:
    ip, at = change.ip, change.tunnel.carrier_at
    if ip.version == 4:
        total_at = ip.offset + Ipv4Header.TOTAL_LENGTH_AT
        patches = [new_length(total_at, ip.offset, ip.offset + Ipv4Header.CHECKSUM_AT)]
    else:
        patches = [new_length(ip.offset + Ipv6Header.PAYLOAD_LENGTH_AT, ip.offset + Ipv6Header.LEN)]
    patches += (new_length(*field) for field in change.tunnel.lengths)
    if change.codec.carrier is Carrier.UDP:
        patches.append(new_length(at + UdpHeader.LENGTH_AT, at))
        patches += _checksum(change)
    return tuple(patches)


def _checksum(change: _Change) -> tuple[Patch, ...]:
    if not change.gets_sum:
        return ()
    ip, at = change.ip, change.tunnel.carrier_at
    return (udp_checksum_again(at + UdpHeader.CHECKSUM_AT, at, (ip.src_at, 2 * ip.address_len)),)


def _sums_around(view: FrameView, tunnel: Tunnel) -> Iterator[Patch]:
    """The UDP checksums of tunnels that the packet is in, innermost first, where they have any."""
    for passage in reversed(tunnel.passages):
        ip, at = passage.ip, passage.carrier_at
        sum_at = at + UdpHeader.CHECKSUM_AT
        if passage.is_udp and view.one_of(sum_at, (0,)) is None:
            yield from (set_bits(octet, 0xFF, 0) for octet in (sum_at, sum_at + 1))
            yield udp_checksum_again(sum_at, at, (ip.src_at, 2 * ip.address_len))
