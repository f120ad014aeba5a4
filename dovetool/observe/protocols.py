"""Names of what a frame carries, as Wireshark calls them."""

from __future__ import annotations

from dovetool.observe.observation import Level
from dovetool.wire.fields import FIRST_ETHERTYPE, EtherType

ETHERTYPE_NAMES = {
    EtherType.IPV4: "IPv4",
    EtherType.IPV6: "IPv6",
    EtherType.ARP: "ARP",
    EtherType.TEB: "Ethernet",
    EtherType.NSH: "NSH",
    0x8035: "RARP",
    EtherType.MPLS: "MPLS",
    EtherType.MPLS_UPSTREAM: "MPLS",
    0x8863: "PPPoED",
    EtherType.PPPOE: "PPPoES",
    EtherType.VN_TAG: "VN-Tag",
    EtherType.CISCO_METADATA: "Cisco metadata",
    0x888E: "EAPOL",
    0x88CC: "LLDP",
    0x88F7: "PTP",
    0x8902: "CFM",
    EtherType.PBB: "802.1ah",
    EtherType.DOVE: "DOVE tag",
    EtherType.VLAN: "802.1Q",
    EtherType.QINQ: "802.1ad",
}
IP_PROTOCOL_NAMES = {
    1: "ICMP",
    2: "IGMP",
    4: "IPv4",
    6: "TCP",
    17: "UDP",
    33: "DCCP",
    41: "IPv6",
    47: "GRE",
    50: "ESP",
    51: "AH",
    58: "ICMPv6",
    88: "EIGRP",
    89: "OSPF",
    103: "PIM",
    112: "VRRP",
    115: "L2TPv3",
    132: "SCTP",
    136: "UDP-Lite",
}
ICMP_TYPE_NAMES = {
    0: "Echo (ping) reply",
    3: "Destination unreachable",
    4: "Source quench",
    5: "Redirect",
    8: "Echo (ping) request",
    9: "Router advertisement",
    10: "Router solicitation",
    11: "Time-to-live exceeded",
    12: "Parameter problem",
    13: "Timestamp request",
    14: "Timestamp reply",
}
ICMPV6_TYPE_NAMES = {
    1: "Destination Unreachable",
    2: "Packet Too Big",
    3: "Time Exceeded",
    4: "Parameter Problem",
    128: "Echo (ping) request",
    129: "Echo (ping) reply",
    130: "Multicast Listener Query",
    131: "Multicast Listener Report",
    132: "Multicast Listener Done",
    133: "Router Solicitation",
    134: "Router Advertisement",
    135: "Neighbor Solicitation",
    136: "Neighbor Advertisement",
    137: "Redirect",
    143: "Multicast Listener Report v2",
}
_NO_NEXT_HEADER = 59  # RFC 8200 section 4.7
_ARP_REQUEST, _ARP_REPLY = 1, 2


def protocol_name(level: Level) -> str:
    """What a frame carries: the protocol behind IP, else what its EtherType says."""
    if level.protocol is not None and level.protocol != _NO_NEXT_HEADER:
        return IP_PROTOCOL_NAMES.get(level.protocol, f"IP {level.protocol}")
    return "" if level.ethertype is None else ethertype_name(level.ethertype)


def ethertype_name(ethertype: int) -> str:
    """What an EtherType, or the length in its place, says of a frame."""
    if ethertype < FIRST_ETHERTYPE:
        return "LLC"
    return ETHERTYPE_NAMES.get(ethertype, f"{ethertype:#06x}")


def arp_text(operation: int, sender_mac: str, sender: str, target: str) -> str:
    """What ARP asks or says (RFC 826; a probe or an announcement is for the sender's own address, RFC 5227)."""
    if operation == _ARP_REPLY:
        return f"{sender} is at {sender_mac}"
    return f"who has {target}? tell {sender}" if operation == _ARP_REQUEST else f"ARP {operation}"
