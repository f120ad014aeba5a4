"""The tag and the overlay headers; the diagrams are those of the modules of `wire`."""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.observe.dissection.between_headers import label_layouts
from dovetool.observe.dissection.headers import ethertype
from dovetool.observe.dissection.layout import (
    Bits,
    Layout,
    flag,
    gap,
    hexadecimal,
    in_units_of,
    length_of,
    named,
    octets_shown,
    shown_in_units_of,
)

DOVE: Layout = (
    Bits("dove.pcp", "Priority", 3),
    Bits("dove.dei", "DEI", 1, flag),
    Bits("dove.vnid", "VNID", 24),
    Bits("dove.pad", "Pad", 4),
)
DOVE_TYPE: Layout = (Bits("dove.etype", "Type", 16, ethertype),)
DOVE_LENGTH: Layout = (Bits("dove.len", "Length", 16),)
VXLAN: Layout = (
    Bits("vxlan.flag_g", "Group based policy", 1, flag),
    gap(3),
    Bits("vxlan.flag_i", "VNI is valid", 1, flag),
    gap(4),
    Bits("vxlan.flag_d", "Don't learn", 1, flag),
    gap(2),
    Bits("vxlan.flag_a", "Policy applied", 1, flag),
    gap(3),
    Bits("vxlan.gbp", "Group policy ID", 16),
    Bits("vxlan.vni", "VNI", 24),
    Bits("vxlan.reserved8", "Reserved", 8),
)
_NEXT = named({1: "IPv4", 2: "IPv6", 3: "Ethernet", 4: "NSH"})
VXLAN_GPE: Layout = (
    gap(2),
    Bits("vxlan.ver", "Version", 2),
    Bits("vxlan.i_bit", "VNI is valid", 1, flag),
    Bits("vxlan.p_bit", "Next protocol is valid", 1, flag),
    Bits("vxlan.b_bit", "Broadcast, unknown unicast, multicast", 1, flag),
    Bits("vxlan.o_bit", "OAM", 1, flag),
    gap(16),
    Bits("vxlan.next_proto", "Next protocol", 8, _NEXT),
    Bits("vxlan.vni", "VNI", 24),
    Bits("vxlan.reserved8", "Reserved", 8),
)
GENEVE: Layout = (
    Bits("geneve.version", "Version", 2),
    Bits("geneve.option.length", "Length of the options", 6, in_units_of(4)),
    Bits("geneve.flags.oam", "Control packet", 1, flag),
    Bits("geneve.flags.critical", "Critical options", 1, flag),
    gap(6),
    Bits("geneve.proto_type", "Protocol type", 16, ethertype),
    Bits("geneve.vni", "VNI", 24),
    gap(8),
)
_GRE: Layout = (
    Bits("gre.flags.checksum", "Checksum present", 1, flag),
    gap(1),
    Bits("gre.flags.key", "Key present", 1, flag),
    Bits("gre.flags.sequence_number", "Sequence number present", 1, flag),
    gap(9),
    Bits("gre.flags.version", "Version", 3),
    Bits("gre.proto", "Protocol type", 16, ethertype),
)
_GRE_WORDS: tuple[tuple[int, Layout], ...] = (
    (0x80, (Bits("gre.checksum", "Checksum", 16, hexadecimal(4)), gap(16))),
    (0x20, (Bits("gre.key", "Key", 32, hexadecimal(8)),)),
    (0x10, (Bits("gre.sequence_number", "Sequence number", 32),)),
)
_NVGRE_KEY: Layout = (Bits("nvgre.vsid", "VSID", 24), Bits("nvgre.flowid", "FlowID", 8, hexadecimal(2)))
_MIRROR: Layout = (
    Bits("erspan.version", "Version", 4),
    Bits("erspan.vlan", "VLAN", 12),
    Bits("erspan.cos", "Class of service", 3),
    Bits("erspan.encap", "Encapsulation or state", 2),
    Bits("erspan.truncated", "Truncated", 1, flag),
    Bits("erspan.spanid", "Session ID", 10),
)
_ERSPAN2: Layout = (*_MIRROR, gap(12), Bits("erspan.index", "Index", 20))
_ERSPAN3: Layout = (
    *_MIRROR,
    Bits("erspan.timestamp", "Timestamp", 32),
    Bits("erspan.sgt", "Security group tag", 16),
    Bits("erspan.p", "Ethernet frame", 1, flag),
    Bits("erspan.ft", "Frame type", 5),
    Bits("erspan.hw", "Hardware ID", 6),
    Bits("erspan.direction", "Direction", 1),
    Bits("erspan.gra", "Timestamp granularity", 2),
    Bits("erspan.o", "Subheader", 1, flag),
)
PBB: Layout = (
    Bits("ieee8021ah.priority", "Priority", 3),
    Bits("ieee8021ah.drop", "DEI", 1, flag),
    Bits("ieee8021ah.nca", "Use customer addresses", 1, flag),
    gap(1),
    Bits("ieee8021ah.res2", "Reserved", 2),
    Bits("ieee8021ah.isid", "I-SID", 24),
)
STT_SEGMENT: Layout = (
    Bits("stt.stream_id", "Source port", 16),
    Bits("stt.dport", "Destination port", 16),
    Bits("stt.pkt_len", "Frame length", 16),
    Bits("stt.seg_off", "Fragment offset", 16),
    Bits("stt.pkt_id", "Packet ID", 32, hexadecimal(8)),
    Bits("stt.tcp.data_offset", "Header length", 4, in_units_of(4)),
    gap(60),
)
_STT: Layout = (
    Bits("stt.version", "Version", 8),
    Bits("stt.flags", "Flags", 8, hexadecimal(2)),
    Bits("stt.l4offset", "L4 offset", 8),
    gap(8),
    Bits("stt.mss", "Largest segment", 16),
    Bits("stt.vlan.pcp", "Priority", 3),
    Bits("stt.vlan.v", "VLAN ID is valid", 1, flag),
    Bits("stt.vlan.id", "VLAN ID", 12),
    Bits("stt.context_id", "Context ID", 64, hexadecimal(16)),
    Bits("stt.padding", "Padding", 16),
)
ETHERIP: Layout = (Bits("etherip.ver", "Version", 4), Bits("etherip.reserved", "Reserved", 12, hexadecimal(3)))
_L2TP_WORD: Layout = (
    Bits("l2tp.type", "Control message", 1, flag),
    gap(11),
    Bits("l2tp.version", "Version", 4),
    gap(16),
)
_L2TP_SESSION: Layout = (Bits("l2tp.sid", "Session ID", 32, hexadecimal(8)),)
NSH: Layout = (
    Bits("nsh.version", "Version", 2),
    Bits("nsh.Obit", "OAM", 1, flag),
    gap(1),
    Bits("nsh.ttl", "Time to live", 6),
    Bits("nsh.length", "Length", 6, shown_in_units_of(4)),
    gap(4),
    Bits("nsh.mdtype", "Metadata type", 4),
    Bits("nsh.nextproto", "Next protocol", 8, named({1: "IPv4", 2: "IPv6", 3: "Ethernet", 4: "NSH", 5: "MPLS"})),
    Bits("nsh.spi", "Service path", 24),
    Bits("nsh.si", "Service index", 8),
)
TZSP: Layout = (
    Bits("tzsp.version", "Version", 8),
    Bits("tzsp.type", "Type", 8, named({0: "received", 1: "sent"})),
    Bits("tzsp.encap", "Encapsulated protocol", 16, named({1: "Ethernet"})),
)
GTP: Layout = (
    Bits("gtp.flags.version", "Version", 3),
    Bits("gtp.flags.payload", "Protocol type", 1),
    gap(1),
    Bits("gtp.flags.e", "Next extension header present", 1, flag),
    Bits("gtp.flags.s", "Sequence number present", 1, flag),
    Bits("gtp.flags.pn", "N-PDU number present", 1, flag),
    Bits("gtp.message", "Message type", 8, named({255: "packet"}, hexadecimal(2))),
    Bits("gtp.length", "Length", 16),
    Bits("gtp.teid", "TEID", 32, hexadecimal(8)),
)
_ERSPAN_III = 0x22EB
_MPLS_TYPES = (0x8847, 0x8848)


def gre_layout(octets: bytes, *, nvgre: bool) -> Layout:
    """A GRE header with the optional words that its flags say are there."""
    words = ((mark, _NVGRE_KEY if nvgre and mark == 0x20 else layout) for mark, layout in _GRE_WORDS)
    return _GRE + tuple(bits for mark, layout in words if octets[0] & mark for bits in layout)


def header_layouts(encap: str, octets: bytes) -> Iterator[tuple[str, str, Layout]]:
    """The headers that a frame of an encapsulation begins with: name, title, and how they are laid out.

    Args:
        encap: name of the encapsulation.
        octets: the frame from its overlay header on; that of STT begins with the segment.
    """
    if encap in ("nvgre", "gretap", "erspan"):
        gre = gre_layout(octets, nvgre=encap == "nvgre")
        yield ("nvgre", "NVGRE", gre) if encap == "nvgre" else ("gre", "GRE", gre)
        if encap == "erspan" and int.from_bytes(octets[2:4], "big") == _ERSPAN_III:
            yield "erspan", "ERSPAN type III", _ERSPAN3
        elif encap == "erspan" and octets[0] & 0x10:
            yield "erspan", "ERSPAN type II", _ERSPAN2
    elif encap == "stt":
        segment = (*STT_SEGMENT, gap(octets[12] // 16 * 32 - length_of(STT_SEGMENT) * 8))
        yield "stt.tcp", "STT segment", segment
        yield "stt", "STT", _STT
    elif encap == "mpls":
        yield from _mpls(octets)
    elif encap == "l2tpv3":
        yield "l2tp", "L2TPv3", _l2tpv3(octets)
    else:
        yield {
            "etherip": ("etherip", "EtherIP", ETHERIP),
            "nsh": ("nsh", "NSH", with_rest(NSH, octets, "nsh.contextheader", "Context headers")),
            "tzsp": ("tzsp", "TZSP", with_rest(TZSP, octets, "tzsp.unknown", "Tags")),
            "vxlan": ("vxlan", "VXLAN", VXLAN),
            "vxlan-gpe": ("vxlan", "VXLAN-GPE", VXLAN_GPE),
            "geneve": ("geneve", "Geneve", GENEVE),
            "pbb": ("ieee8021ah", "IEEE 802.1ah", PBB),
        }[encap]


def with_rest(layout: Layout, octets: bytes, name: str, label: str) -> Layout:
    """A header with the octets of it that have no layout of their own."""
    rest = len(octets) - length_of(layout)
    return (*layout, Bits(name, label, rest * 8, octets_shown)) if rest > 0 else layout


def _mpls(octets: bytes) -> Iterator[tuple[str, str, Layout]]:
    """Labels over UDP, or behind a GRE header."""
    if int.from_bytes(octets[2:4], "big") in _MPLS_TYPES and not octets[0] & 0x4F:
        gre = gre_layout(octets, nvgre=False)
        yield "gre", "GRE", gre
        octets = octets[length_of(gre) :]
    yield from label_layouts(octets)


def _l2tpv3(octets: bytes) -> Layout:
    """The header over IP or over UDP, told by its length: cookie and sublayer come in units of 4 octets to 12."""
    over_udp = octets[:4] == b"\0\x03\0\0" and len(octets) >= 8
    layout = _L2TP_WORD + _L2TP_SESSION if over_udp else _L2TP_SESSION
    return with_rest(layout, octets, "l2tp.cookie", "Cookie and sublayer")
