"""The headers of what IP carries, by protocol number: as much of each as always stands at its beginning.

Names are those of Wireshark's display filters. RFC 792, 1112, 2236, 2328, 2784, 3376, 3828, 4302, 4303, 4340, 4443,
5798, 7761, 7868, 9260, 9293.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dovetool.observe.dissection import headers
from dovetool.observe.dissection.layout import Bits, Layout, flag, gap, hexadecimal, ip, length_of, named
from dovetool.observe.protocols import IP_PROTOCOL_NAMES

SCTP: Layout = (
    Bits("sctp.srcport", "Source port", 16),
    Bits("sctp.dstport", "Destination port", 16),
    Bits("sctp.verification_tag", "Verification tag", 32, hexadecimal(8)),
    Bits("sctp.checksum", "Checksum", 32, hexadecimal(8)),
)
_DCCP_TYPES = {
    0: "Request",
    1: "Response",
    2: "Data",
    3: "Ack",
    4: "DataAck",
    5: "CloseReq",
    6: "Close",
    7: "Reset",
    8: "Sync",
    9: "SyncAck",
}
DCCP: Layout = (
    Bits("dccp.srcport", "Source port", 16),
    Bits("dccp.dstport", "Destination port", 16),
    Bits("dccp.data_offset", "Data offset", 8),
    Bits("dccp.ccval", "CCVal", 4),
    Bits("dccp.cscov", "Checksum coverage", 4),
    Bits("dccp.checksum", "Checksum", 16, hexadecimal(4)),
    gap(3),
    Bits("dccp.type", "Type", 4, named(_DCCP_TYPES)),
    Bits("dccp.x", "Extended sequence numbers", 1, flag),
    gap(24),
)
UDP_LITE: Layout = (
    Bits("udp.srcport", "Source port", 16),
    Bits("udp.dstport", "Destination port", 16),
    Bits("udp.checksum_coverage", "Checksum coverage", 16),
    Bits("udp.checksum", "Checksum", 16, hexadecimal(4)),
)
ESP: Layout = (Bits("esp.spi", "SPI", 32, hexadecimal(8)), Bits("esp.sequence", "Sequence number", 32))
AH: Layout = (
    Bits("ah.next_header", "Next header", 8, named(IP_PROTOCOL_NAMES)),
    Bits("ah.length", "Length", 8),
    gap(16),
    Bits("ah.spi", "SPI", 32, hexadecimal(8)),
    Bits("ah.sequence", "Sequence number", 32),
)
IGMP: Layout = (
    Bits("igmp.type", "Type", 8, named({0x11: "query", 0x12: "report", 0x16: "report", 0x17: "leave", 0x22: "report"})),
    Bits("igmp.max_resp", "Maximal response time", 8),
    Bits("igmp.checksum", "Checksum", 16, hexadecimal(4)),
    Bits("igmp.maddr", "Group", 32, ip),
)
_IGMP_V3_REPORT: Layout = (
    IGMP[0],
    gap(8),
    Bits("igmp.checksum", "Checksum", 16, hexadecimal(4)),
    gap(16),
    Bits("igmp.num_grp_recs", "Group records", 16),
)
"""RFC 3376 section 4.2: where others have one group, it tells how many follow."""
_OSPF_TYPES = {1: "Hello", 2: "DB Description", 3: "LS Request", 4: "LS Update", 5: "LS Acknowledge"}
OSPF: Layout = (
    Bits("ospf.version", "Version", 8),
    Bits("ospf.msg", "Type", 8, named(_OSPF_TYPES)),
    Bits("ospf.packet_length", "Length", 16),
    Bits("ospf.srcrouter", "Router", 32, ip),
    Bits("ospf.area_id", "Area", 32, ip),
    Bits("ospf.checksum", "Checksum", 16, hexadecimal(4)),
)
VRRP: Layout = (
    Bits("vrrp.version", "Version", 4),
    Bits("vrrp.type", "Type", 4, named({1: "Advertisement"})),
    Bits("vrrp.virt_rtr_id", "Virtual router", 8),
    Bits("vrrp.prio", "Priority", 8),
    Bits("vrrp.addr_count", "Addresses", 8),
    gap(16),
    Bits("vrrp.checksum", "Checksum", 16, hexadecimal(4)),
)
_PIM_TYPES = {
    0: "Hello",
    1: "Register",
    2: "Register-stop",
    3: "Join/Prune",
    4: "Bootstrap",
    5: "Assert",
    6: "Graft",
    7: "Graft-Ack",
    8: "Candidate-RP-Advertisement",
    9: "State-Refresh",
}
PIM: Layout = (
    Bits("pim.version", "Version", 4),
    Bits("pim.type", "Type", 4, named(_PIM_TYPES)),
    gap(8),
    Bits("pim.cksum", "Checksum", 16, hexadecimal(4)),
)
GRE: Layout = (
    Bits("gre.flags_and_version", "Flags and version", 16, hexadecimal(4)),
    Bits("gre.proto", "Protocol", 16, headers.ethertype),
)
EIGRP: Layout = (
    Bits("eigrp.version", "Version", 8),
    Bits("eigrp.opcode", "Operation", 8),
    Bits("eigrp.checksum", "Checksum", 16, hexadecimal(4)),
)


class Transport(NamedTuple):
    """What IP carries: the name in filters, and how its header is laid out."""

    name: str
    layout: Layout


TRANSPORTS: Mapping[int, Transport] = {
    1: Transport("icmp", headers.ICMP),
    2: Transport("igmp", IGMP),
    6: Transport("tcp", headers.TCP),
    17: Transport("udp", headers.UDP),
    33: Transport("dccp", DCCP),
    47: Transport("gre", GRE),
    50: Transport("esp", ESP),
    51: Transport("ah", AH),
    58: Transport("icmpv6", headers.ICMPV6),
    88: Transport("eigrp", EIGRP),
    89: Transport("ospf", OSPF),
    103: Transport("pim", PIM),
    112: Transport("vrrp", VRRP),
    132: Transport("sctp", SCTP),
    136: Transport("udplite", UDP_LITE),
}
_IGMP, _TCP, _DCCP = 2, 6, 33
_V3_REPORT = 0x22


def transport_layout(protocol: int, octets: bytes) -> Layout:
    """How the header that `octets` begin with is laid out."""
    is_v3_report = protocol == _IGMP and octets[:1] == bytes((_V3_REPORT,))
    return _IGMP_V3_REPORT if is_v3_report else TRANSPORTS[protocol].layout


def header_len(protocol: int, octets: bytes) -> int:
    """Octets of the header that `octets` begin with, as far as they tell: those of TCP and DCCP have options."""
    least = length_of(TRANSPORTS[protocol].layout)
    at = {_TCP: 12, _DCCP: 4}.get(protocol)
    if at is None or len(octets) < least:
        return least
    return max(least, octets[at] >> 4 << 2 if protocol == _TCP else octets[at] << 2)
