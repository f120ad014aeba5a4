"""The headers of the underlay and of guests: link layer, IP, and what IP carries.

Names are those of Wireshark's display filters.
"""

from __future__ import annotations

from dovetool.observe.dissection.layout import (
    Bits,
    Layout,
    flag,
    gap,
    hexadecimal,
    in_units_of,
    ip,
    mac,
    named,
    shown_in_units_of,
)
from dovetool.observe.protocols import ETHERTYPE_NAMES, ICMP_TYPE_NAMES, ICMPV6_TYPE_NAMES, IP_PROTOCOL_NAMES

ethertype = named(ETHERTYPE_NAMES, hexadecimal(4))
_ECN = named({0: "not ECN-capable", 1: "ECT(1)", 2: "ECT(0)", 3: "congestion experienced"})
_PROTOCOL = named(IP_PROTOCOL_NAMES)

ETHERNET: Layout = (
    Bits("eth.dst", "Destination", 48, mac),
    Bits("eth.src", "Source", 48, mac),
    Bits("eth.type", "Type", 16, ethertype),
)
ETHERNET_LENGTH: Layout = (*ETHERNET[:2], Bits("eth.len", "Length", 16))
VLAN: Layout = (
    Bits("vlan.priority", "Priority", 3),
    Bits("vlan.dei", "DEI", 1, flag),
    Bits("vlan.id", "VLAN ID", 12),
    Bits("vlan.etype", "Type", 16, ethertype),
)
VLAN_LENGTH: Layout = (*VLAN[:3], Bits("vlan.len", "Length", 16))
SERVICE_VLAN: Layout = (
    Bits("ieee8021ad.priority", "Priority", 3),
    Bits("ieee8021ad.dei", "DEI", 1, flag),
    Bits("ieee8021ad.id", "VLAN ID", 12),
    Bits("ieee8021ad.etype", "Type", 16, ethertype),
)
IPV4: Layout = (
    Bits("ip.version", "Version", 4),
    Bits("ip.hdr_len", "Header length", 4, in_units_of(4)),
    Bits("ip.dsfield.dscp", "DSCP", 6),
    Bits("ip.dsfield.ecn", "ECN", 2, _ECN),
    Bits("ip.len", "Total length", 16),
    Bits("ip.id", "Identification", 16, hexadecimal(4)),
    gap(1),
    Bits("ip.flags.df", "Don't fragment", 1, flag),
    Bits("ip.flags.mf", "More fragments", 1, flag),
    Bits("ip.frag_offset", "Fragment offset", 13, shown_in_units_of(8)),
    Bits("ip.ttl", "Time to live", 8),
    Bits("ip.proto", "Protocol", 8, _PROTOCOL),
    Bits("ip.checksum", "Header checksum", 16, hexadecimal(4)),
    Bits("ip.src", "Source", 32, ip),
    Bits("ip.dst", "Destination", 32, ip),
)
IPV6: Layout = (
    Bits("ipv6.version", "Version", 4),
    Bits("ipv6.tclass.dscp", "DSCP", 6),
    Bits("ipv6.tclass.ecn", "ECN", 2, _ECN),
    Bits("ipv6.flow", "Flow label", 20, hexadecimal(5)),
    Bits("ipv6.plen", "Payload length", 16),
    Bits("ipv6.nxt", "Next header", 8, _PROTOCOL),
    Bits("ipv6.hlim", "Hop limit", 8),
    Bits("ipv6.src", "Source", 128, ip),
    Bits("ipv6.dst", "Destination", 128, ip),
)
UDP: Layout = (
    Bits("udp.srcport", "Source port", 16),
    Bits("udp.dstport", "Destination port", 16),
    Bits("udp.length", "Length", 16),
    Bits("udp.checksum", "Checksum", 16, hexadecimal(4)),
)
TCP: Layout = (
    Bits("tcp.srcport", "Source port", 16),
    Bits("tcp.dstport", "Destination port", 16),
    Bits("tcp.seq_raw", "Sequence number", 32),
    Bits("tcp.ack_raw", "Acknowledgment number", 32),
    Bits("tcp.hdr_len", "Header length", 4, in_units_of(4)),
    gap(4),
    Bits("tcp.flags.cwr", "CWR", 1, flag),
    Bits("tcp.flags.ece", "ECE", 1, flag),
    Bits("tcp.flags.urg", "URG", 1, flag),
    Bits("tcp.flags.ack", "ACK", 1, flag),
    Bits("tcp.flags.push", "PSH", 1, flag),
    Bits("tcp.flags.reset", "RST", 1, flag),
    Bits("tcp.flags.syn", "SYN", 1, flag),
    Bits("tcp.flags.fin", "FIN", 1, flag),
    Bits("tcp.window_size_value", "Window", 16),
    Bits("tcp.checksum", "Checksum", 16, hexadecimal(4)),
    Bits("tcp.urgent_pointer", "Urgent pointer", 16),
)
ICMP: Layout = (
    Bits("icmp.type", "Type", 8, named(ICMP_TYPE_NAMES)),
    Bits("icmp.code", "Code", 8),
    Bits("icmp.checksum", "Checksum", 16, hexadecimal(4)),
    Bits("icmp.ident", "Identifier", 16),
    Bits("icmp.seq", "Sequence number", 16),
)
ICMPV6: Layout = (
    Bits("icmpv6.type", "Type", 8, named(ICMPV6_TYPE_NAMES)),
    Bits("icmpv6.code", "Code", 8),
    Bits("icmpv6.checksum", "Checksum", 16, hexadecimal(4)),
)
ARP: Layout = (
    Bits("arp.hw.type", "Hardware type", 16, named({1: "Ethernet"})),
    Bits("arp.proto.type", "Protocol type", 16, ethertype),
    Bits("arp.hw.size", "Hardware size", 8),
    Bits("arp.proto.size", "Protocol size", 8),
    Bits("arp.opcode", "Operation", 16, named({1: "request", 2: "reply"})),
    Bits("arp.src.hw_mac", "Sender MAC address", 48, mac),
    Bits("arp.src.proto_ipv4", "Sender IP address", 32, ip),
    Bits("arp.dst.hw_mac", "Target MAC address", 48, mac),
    Bits("arp.dst.proto_ipv4", "Target IP address", 32, ip),
)
