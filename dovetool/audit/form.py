"""Is an overlay packet well formed, beyond what it takes to read it?"""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.belonging.finding import Finding, Kind
from dovetool.belonging.wording import way_text
from dovetool.frame.ip_layer import IpLayer
from dovetool.frame.link_layer import Link
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import FrameView
from dovetool.stages.checksums import Sum
from dovetool.values import dataclass
from dovetool.verdict.check import Check, HeaderSumRight, NotLonger
from dovetool.vnid_map import Tep
from dovetool.wire.dove_tag import DoveTag
from dovetool.wire.ecn import CE, ECT_0, ECT_1, NOT_ECT
from dovetool.wire.fields import EtherType
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier, InnerVlan

_ECN = 0x03
_ECN_NAMES = {NOT_ECT: "Not-ECT", ECT_1: "ECT(1)", ECT_0: "ECT(0)", CE: "CE"}
_UNLIKELY_ECN = {(ECT_0, NOT_ECT), (ECT_1, NOT_ECT), (ECT_0, ECT_1), (ECT_1, CE)}
"""Outer and inner ECN fields that figure 4 of RFC 6040 marks as unused by any encapsulator."""
_TTL_AT, _HOP_LIMIT_AT = 8, 6  # words: TTL and protocol of IPv4; next header and hop limit of IPv6
_PROTOCOLS, _NEXT_HEADERS = (6, 17, 47), (0, 6, 17, 43, 44, 47, 60)
_LOW_TTL = tuple(sorted(ttl << 8 | protocol for ttl in (0, 1) for protocol in _PROTOCOLS))
_LOW_HOP_LIMIT = tuple(sorted(header << 8 | limit for limit in (0, 1) for header in _NEXT_HEADERS))


@dataclass(frozen=True, slots=True)
class Form:
    """An overlay packet, to be looked at for its form.

    Attributes:
        view: the frame.
        tunnel: its tunnel.
        link: the link layer of what is inside.
        inner_ip: the IP header inside, if any.
        sender: the tunnel end point that it left by; None where the map has none.
        receiver: the one that it goes to; likewise.
        to_group: it goes to an underlay group.
        sums: its outer checksums.
        between: names the two ends in texts where the map has neither, as in ` from 192.0.2.1 to 192.0.2.2`.
    """

    view: FrameView
    tunnel: Tunnel
    link: Link
    inner_ip: IpLayer | None
    sender: Tep | None
    receiver: Tep | None
    to_group: bool
    sums: tuple[Sum, ...] = ()
    between: str = ""

    @property
    def way(self) -> str:
        """The way through the underlay, for texts."""
        return way_text(self.sender, self.receiver) or self.between

    @property
    def is_udp(self) -> bool:
        """The overlay header is carried in UDP."""
        return self.tunnel.carrier is Carrier.UDP


def form(packet: Form) -> Iterator[Finding]:
    """What is wrong with the form of an overlay packet, as far as that is the same for a whole flow."""
    for look in (
        _critical_option,
        _contradiction,
        _inner_header,
        _reserved_bits,
        _reserved_vnid,
        _inner_vlan,
        _ecn,
        _ttl,
        _lengths,
        _source_port,
        _no_sum,
    ):
        found = look(packet)
        if found is not None:
            yield found


def pad_bits(tag: DoveTag) -> tuple[Finding, ...]:
    """What is wrong with a DOVE tag."""
    if not tag.pad:
        return ()
    return (Finding(Kind.NONZERO_PAD, f"a tag of VNID {tag.vnid} has pad bits {tag.pad:#x}, expected 0"),)


def _critical_option(packet: Form) -> Finding | None:
    receiver = packet.receiver
    for option in packet.tunnel.header.critical:
        if receiver is None or not receiver.understands(option):
            who = "the receiver" if receiver is None else receiver.name
            text = f"Geneve{packet.way} has a critical option of class {option[0]:#06x}, type {option[1]:#04x}"
            return Finding(Kind.CRITICAL_OPTION, f"{text}; {who} drops it unless geneve_options names it")
    return None


def _contradiction(packet: Form) -> Finding | None:
    tunnel = packet.tunnel
    found = tunnel.codec.contradiction(packet.view, tunnel.inner - tunnel.header.length)
    return Finding(Kind.CRITICAL_FLAG, f"{tunnel.header.encap}{packet.way} {found}") if found else None


def _inner_header(packet: Form) -> Finding | None:
    if packet.inner_ip is not None or packet.link.ethertype not in (EtherType.IPV4, EtherType.IPV6):
        return None
    text = f"the inner frame{packet.way} has no whole IP header where it says so"
    return Finding(Kind.LENGTH_MISMATCH, text, "RFC 791 section 3.1; RFC 8200 section 3")


def _reserved_bits(packet: Form) -> Finding | None:
    tunnel = packet.tunnel
    name, at = tunnel.header.encap, tunnel.inner - tunnel.header.length
    reserved = tunnel.codec.reserved_bits(packet.view, at)
    if reserved is None:
        return None
    mask, source, fate = reserved
    found = packet.view.take(at, len(mask), mask)
    if not any(found):
        return None
    text = f"{name} header has reserved bits set: {found.hex(' ')} of {mask.hex(' ')}, expected 0; {fate}"
    return Finding(Kind.RESERVED_BITS, text, source)


def _reserved_vnid(packet: Form) -> Finding | None:
    header = packet.tunnel.header
    if header.vnid is None or ENCAPSULATIONS[header.encap].allows(header.vnid):
        return None
    return Finding(Kind.RESERVED_VNID, f"{header.encap} reserves VNID {header.vnid}")


def _inner_vlan(packet: Form) -> Finding | None:
    if packet.link.tci is None:
        return None
    encap, settings = packet.tunnel.header.encap, [tep.guest_vlan for tep in (packet.sender, packet.receiver) if tep]
    vid = f"{encap}{packet.way} carries a frame with 802.1Q VLAN {packet.link.tci & 0xFFF}"
    fate = packet.tunnel.codec.inner_vlan
    if fate is InnerVlan.FORBIDDEN:
        return Finding(Kind.INNER_VLAN, f"{vid}; {encap.upper()} forbids it", "RFC 7637 section 3.3")
    if packet.receiver is not None and packet.receiver.guest_vlan == "reject":
        return Finding(Kind.INNER_VLAN, f"{vid}; the map says guest_vlan: reject", "map: teps.guest_vlan")
    if packet.sender is not None and packet.sender.guest_vlan in ("strip", "reject"):
        said = f"the map says guest_vlan: {packet.sender.guest_vlan} of {packet.sender.name}"
        return Finding(Kind.GUEST_VLAN, f"{vid}; expected none, as {said}")
    if fate is InnerVlan.DISCARDED and not {"keep", "strip"}.intersection(settings):
        return Finding(Kind.GUEST_VLAN, f"{vid}; expected none, or guest_vlan: keep in the map")
    return None


def _ecn(packet: Form) -> Finding | None:
    if packet.inner_ip is None or packet.tunnel.ip is None:
        return None
    pair = packet.tunnel.tos & _ECN, packet.inner_ip.tos & _ECN
    text = f"outer ECN {_ECN_NAMES[pair[0]]} around inner {_ECN_NAMES[pair[1]]}{packet.way}"
    if pair == (CE, NOT_ECT):
        return Finding(Kind.ECN_DROP, f"{text}: the receiver drops it")
    if pair in _UNLIKELY_ECN:
        return Finding(Kind.ECN_MISMATCH, f"{text}; expected {_ECN_NAMES[pair[1]]} outside, or Not-ECT")
    return None


def _ttl(packet: Form) -> Finding | None:
    """A TTL that does not survive a router; to a group it may be meant so, and a map may want it."""
    ip, sender = packet.tunnel.ip, packet.sender
    if ip is None or packet.to_group or (sender is not None and sender.ttl <= 1):
        return None
    at, values = (_TTL_AT, _LOW_TTL) if ip.version == 4 else (_HOP_LIMIT_AT, _LOW_HOP_LIMIT)
    word = packet.view.one_of(ip.offset + at, values)
    if word is None:
        return None
    ttl = word >> 8 if ip.version == 4 else word & 0xFF
    expected = f"; the map says {sender.ttl}" if sender is not None else ""
    return Finding(Kind.LOW_TTL, f"{'TTL' if ip.version == 4 else 'hop limit'} {ttl}{packet.way}{expected}")


def _lengths(packet: Form) -> Finding | None:
    view, tunnel, inner = packet.view, packet.tunnel, packet.inner_ip
    if packet.is_udp and tunnel.ip is not None:
        behind = tunnel.ip.octets_behind(view)
        if behind is not None and tunnel.behind > behind:
            text = f"the UDP datagram{packet.way} ends {tunnel.behind - behind} octets before its IP packet"
            return Finding(Kind.LENGTH_MISMATCH, text, "RFC 768")
    behind = inner.octets_behind(view) if inner is not None else None
    if inner is not None and behind is not None and behind < view.behind:
        text = f"the inner IPv{inner.version} packet{packet.way} is longer than the frame that carries it"
        return Finding(Kind.LENGTH_MISMATCH, text, "RFC 791 section 3.1; RFC 8200 section 3")
    return None


def _source_port(packet: Form) -> Finding | None:
    if not packet.is_udp or packet.view.one_of(packet.tunnel.carrier_at, (0,)) is None:
        return None
    return Finding(Kind.NO_ENTROPY, f"UDP source port 0{packet.way}; expected one of 49152..65535 for each inner flow")


def _no_sum(packet: Form) -> Finding | None:
    for name, source, check in packet.sums:
        if check is None:
            text = f"no {name} checksum{packet.way}; the map says udp_checksum: full"
            return Finding(Kind.MISSING_CHECKSUM, text, source)
    return None


def checks(packet: Form) -> Iterator[tuple[Check, tuple[Finding, ...]]]:
    """What is asked of each frame by itself, and what is found by each answer but the first."""
    ip, inner, sender = packet.tunnel.ip, packet.inner_ip, packet.sender
    for name, source, check in packet.sums:
        if check is not None:
            left = f"the {name} checksum{packet.way} was left to a network card"
            wrong = Finding(Kind.BAD_CHECKSUM, f"{name} checksum{packet.way} is wrong", source)
            yield check, (Finding(Kind.CHECKSUM_OFFLOADED, left), wrong)
    if inner is not None and inner.version == 4:
        found = Finding(Kind.BAD_INNER_CHECKSUM, f"IPv4 header checksum of the inner packet{packet.way} is wrong")
        yield HeaderSumRight(inner.offset, inner.payload - inner.offset), (found, found)
    if ip is not None and sender is not None and sender.mtu is not None and sender.on_mtu != "emit":
        longest = ip.offset + sender.mtu + (ip.octets_behind(packet.view) or 0)
        text = f"a packet of {sender.name} is longer than its MTU of {sender.mtu} octets"
        yield NotLonger(longest), (Finding(Kind.MTU_EXCEEDED, text),)
