"""The columns that a list of frames can have, and what traffic can be summed up by.

The command line offers them, so this module imports next to nothing. `outer_` is the frame as captured, where that
carries a tunnel; `layer_` is an overlay header in a table that has a row for each; all else is about the innermost
frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What the values of a column are; in each of them a value may be missing."""

    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    """Of numbers or texts: one text, with slashes between them, where there are no lists."""


class Column(NamedTuple):
    """A column.

    Attributes:
        name: what it is called.
        kind: what its values are.
        told: what they say, and where it comes from.
        wireshark: Wireshark's name of the same field; empty where it has none.
        unit: of a number; empty for a plain one.
    """

    name: str
    kind: Kind
    told: str
    wireshark: str = ""
    unit: str = ""


_N, _T, _L = Kind.NUMBER, Kind.TEXT, Kind.LIST
_ALL = (
    Column("number", _N, "number of the frame in the capture, from 1", "frame.number"),
    Column("time", _T, "when it was seen, UTC, to the nanosecond", "frame.time_utc"),
    Column("time_ns", _N, "the same since 1970", "frame.time_epoch", "ns"),
    Column("interface", _T, "name of the interface that it came by, of pcapng", "frame.interface_name"),
    Column("length", _N, "its length on the wire", "frame.len", "octets"),
    Column("captured", _N, "what was captured of it", "frame.cap_len", "octets"),
    Column("overhead", _N, "what its tunnels and tags cost of it", unit="octets"),
    Column("inner_length", _N, "length on the wire of the innermost frame, with its tags", unit="octets"),
    Column("comments", _L, "what a pcapng file says about its packet", "frame.comment"),
    Column("hop", _T, "where it was captured: underlay, tagged or untagged (not a hop of `follow`)"),
    Column("encaps", _T, "all overlay headers and tags, the outermost first, as vxlan/dove"),
    Column("depth", _N, "how many these are", "overlay.depth"),
    Column("vnids", _L, "their networks, the outermost first", "overlay.vnid"),
    Column("vnid", _N, "the network of the innermost frame", "overlay.inner_vnid"),
    Column("network", _T, "its name in the map"),
    Column("outer_encap", _T, "the outermost tunnel"),
    Column("outer_src_mac", _T, "source MAC address of the frame around it", "eth.src"),
    Column("outer_dst_mac", _T, "destination MAC address", "eth.dst"),
    Column("outer_vlans", _L, "802.1Q identifiers, the outermost first", "vlan.id"),
    Column("outer_src", _T, "address that the tunnel comes from: of IP, or a MAC address", "ip.src"),
    Column("outer_dst", _T, "address that it goes to", "ip.dst"),
    Column("outer_protocol", _N, "IP protocol that it is carried in", "ip.proto"),
    Column("outer_src_port", _N, "UDP source port, the entropy that ECMP spreads flows by", "udp.srcport"),
    Column("outer_dst_port", _N, "UDP destination port", "udp.dstport"),
    Column("outer_dscp", _N, "differentiated services code point (RFC 2474)", "ip.dsfield.dscp"),
    Column("outer_ecn", _N, "explicit congestion notification (RFC 3168)", "ip.dsfield.ecn"),
    Column("outer_ttl", _N, "TTL, or hop limit of IPv6", "ip.ttl"),
    Column("src_tep", _T, "the TEP that it comes from, by the map"),
    Column("dst_tep", _T, "the TEP that it goes to, by the map"),
    Column("src_mac", _T, "source MAC address", "eth.src"),
    Column("dst_mac", _T, "destination MAC address", "eth.dst"),
    Column("vlans", _L, "802.1Q identifiers, the outermost first", "vlan.id"),
    Column("ethertype", _N, "what it carries, behind all tags; below 1536 the length of an 802.3 frame", "eth.type"),
    Column("src_ip", _T, "source address of IP, or of the sender of ARP", "ip.src"),
    Column("dst_ip", _T, "destination address", "ip.dst"),
    Column("ip_protocol", _N, "number of the protocol that IP carries", "ip.proto"),
    Column("protocol", _T, "what it carries, by name"),
    Column("src_port", _N, "source port of TCP, UDP, SCTP and their like", "tcp.srcport"),
    Column("dst_port", _N, "destination port", "tcp.dstport"),
    Column("dscp", _N, "differentiated services code point (RFC 2474)", "ip.dsfield.dscp"),
    Column("ecn", _N, "explicit congestion notification (RFC 3168)", "ip.dsfield.ecn"),
    Column("ttl", _N, "TTL, or hop limit of IPv6", "ip.ttl"),
    Column("ip_id", _N, "identification of IPv4", "ip.id"),
    Column("tcp_flags", _N, "the 12 bits of flags (RFC 9293): 1 FIN, 2 SYN, 4 RST, 8 PSH, 16 ACK ...", "tcp.flags"),
    Column("tcp_seq", _N, "sequence number as it stands in the header", "tcp.seq_raw"),
    Column("tcp_ack", _N, "acknowledgement number, likewise", "tcp.ack_raw"),
    Column("tcp_window", _N, "window as it stands in the header", "tcp.window_size_value"),
    Column("icmp_type", _N, "type of an ICMP or ICMPv6 message", "icmp.type"),
    Column("icmp_code", _N, "its code", "icmp.code"),
    Column("src_vm", _T, "the VM that sends the innermost frame, by the map"),
    Column("dst_vm", _T, "the VM that gets it"),
    Column("problem", _T, "why it could not be read to its end"),
    Column("verdict", _L, "what is wrong with it by the map, as validate says; ok (in JSON []) if nothing"),
    Column("hash", _T, "BLAKE2b, 64 bits, of the innermost packet as captured: the same at each hop"),
)
_OF_LAYERS = (
    Column("layer", _N, "which of the overlay headers and tags it is, from 1 for the outermost"),
    Column("layer_encap", _T, "its encapsulation; dove for a tag"),
    Column("layer_vnid", _N, "its network", "overlay.vnid"),
    Column("layer_network", _T, "the name of that in the map"),
    Column("layer_pcp", _N, "priority that it carries"),
    Column("layer_src_mac", _T, "source MAC address of the frame that it stands in", "eth.src"),
    Column("layer_dst_mac", _T, "destination MAC address", "eth.dst"),
    Column("layer_vlans", _L, "802.1Q identifiers, the outermost first", "vlan.id"),
    Column("layer_src", _T, "address that the tunnel comes from: of IP, or a MAC address; a tag has none", "ip.src"),
    Column("layer_dst", _T, "address that it goes to", "ip.dst"),
    Column("layer_protocol", _N, "IP protocol that it is carried in", "ip.proto"),
    Column("layer_src_port", _N, "UDP source port", "udp.srcport"),
    Column("layer_dst_port", _N, "UDP destination port", "udp.dstport"),
    Column("layer_dscp", _N, "differentiated services code point (RFC 2474)", "ip.dsfield.dscp"),
    Column("layer_ecn", _N, "explicit congestion notification (RFC 3168)", "ip.dsfield.ecn"),
    Column("layer_ttl", _N, "TTL, or hop limit of IPv6", "ip.ttl"),
    Column("layer_src_tep", _T, "the TEP that it comes from, by the map"),
    Column("layer_dst_tep", _T, "the TEP that it goes to, by the map"),
)
COLUMNS: Mapping[str, Column] = {column.name: column for column in _ALL}
"""All columns of frames by name, in the order in which they are listed."""
LAYER_COLUMNS: Mapping[str, Column] = {column.name: column for column in _OF_LAYERS}
"""Those of overlay headers, for tables that have a row for each."""
ALL_COLUMNS: Mapping[str, Column] = {**COLUMNS, **LAYER_COLUMNS}
_NOT_EXPORTED = frozenset({"time_ns", "vnids", "outer_encap", "outer_vlans", "outer_protocol"})
_NOT_EXPORTED |= {"ip_id", "tcp_ack", "tcp_window", "hash"}
EXPORTED = tuple(name for name in COLUMNS if name not in _NOT_EXPORTED)
"""The columns of a table of frames for which nobody chose any: not what others say too, few ask for, or takes long."""
EXPORTED_LAYERS = ("number", "time", *LAYER_COLUMNS, *EXPORTED[2:])
"""The same of a table of overlay headers."""
LISTED = (
    *("number", "time", "hop", "outer_src", "outer_dst", "encaps", "vnid", "network", "src_mac", "dst_mac"),
    *("src_ip", "dst_ip", "protocol", "src_port", "dst_port", "length", "verdict"),
)
"""The columns of a table of frames for which nobody chose any."""


def named(name: str) -> tuple[str, ...]:
    """The columns that a name is of, ours or Wireshark's: one, or several where it does not tell; else none."""
    if name in COLUMNS:
        return (name,)
    return tuple(column.name for column in _ALL if name and column.wireshark == name)
