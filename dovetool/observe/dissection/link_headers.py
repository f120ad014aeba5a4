"""The headers of link layers other than Ethernet; the diagrams are those of `wire.links`."""

from __future__ import annotations

from collections.abc import Mapping

from dovetool.observe.dissection.headers import ethertype
from dovetool.observe.dissection.layout import Bits, Layout, flag, gap, hexadecimal, length_of, mac, named
from dovetool.observe.dissection.tree import Value
from dovetool.wire.links import Step, link_name


def _little(_: int, octets: bytes) -> tuple[Value, str]:
    number = int.from_bytes(octets, "little")
    return number, str(number)


def _little_link_type(_: int, octets: bytes) -> tuple[Value, str]:
    number = int.from_bytes(octets, "little")
    return number, link_name(number)


def _text(_: int, octets: bytes) -> tuple[Value, str]:
    text = octets.split(b"\0", 1)[0].decode(errors="replace")
    return text, text


_FAMILY: Layout = (Bits("null.family", "Family", 32, hexadecimal(8)),)
_SLL: Layout = (
    Bits("sll.pkttype", "Packet type", 16),
    Bits("sll.hatype", "Link-layer address type", 16),
    Bits("sll.halen", "Link-layer address length", 16),
    gap(64),
    Bits("sll.etype", "Protocol", 16, ethertype),
)
_SLL2: Layout = (
    Bits("sll.etype", "Protocol", 16, ethertype),
    gap(16),
    Bits("sll.ifindex", "Interface index", 32),
    Bits("sll.hatype", "Link-layer address type", 16),
    Bits("sll.pkttype", "Packet type", 8),
    Bits("sll.halen", "Link-layer address length", 8),
    gap(64),
)
_ENC: Layout = (
    Bits("enc.af", "Family", 32, hexadecimal(8)),
    Bits("enc.spi", "Security parameter index", 32, hexadecimal(8)),
    Bits("enc.flags", "Flags", 32, hexadecimal(8)),
)
_PPP_PROTOCOL = Bits("ppp.protocol", "Protocol", 16, hexadecimal(4))
_PPP: Layout = (_PPP_PROTOCOL,)
_PPP_FRAMED: Layout = (
    Bits("ppp.address", "Address", 8, hexadecimal(2)),
    Bits("ppp.control", "Control", 8, hexadecimal(2)),
    _PPP_PROTOCOL,
)
_CISCO: Layout = (
    Bits("chdlc.address", "Address", 8, hexadecimal(2)),
    gap(8),
    Bits("chdlc.protocol", "Protocol", 16, ethertype),
)
_SUNATM: Layout = (
    gap(1),
    Bits("atm.traffic_type", "Traffic type", 7, named({1: "LAN emulation", 2: "LLC multiplexed"})),
    Bits("atm.vpi", "VPI", 8),
    Bits("atm.vci", "VCI", 16),
)
_FDDI: Layout = (
    Bits("fddi.fc", "Frame control", 8, hexadecimal(2)),
    Bits("fddi.dst", "Destination", 48, mac),
    Bits("fddi.src", "Source", 48, mac),
)
_TOKEN_RING: Layout = (
    Bits("tr.ac", "Access control", 8, hexadecimal(2)),
    Bits("tr.fc", "Frame control", 8, hexadecimal(2)),
    Bits("tr.dst", "Destination", 48, mac),
    Bits("tr.src", "Source", 48, mac),
)
_WIRELESS: Layout = (
    Bits("wlan.fc.subtype", "Subtype", 4),
    Bits("wlan.fc.type", "Type", 2, named({0: "management", 1: "control", 2: "data"})),
    Bits("wlan.fc.version", "Version", 2),
    Bits("wlan.fc.order", "+HTC or order", 1, flag),
    Bits("wlan.fc.protected", "Protected", 1, flag),
    Bits("wlan.fc.moredata", "More data", 1, flag),
    Bits("wlan.fc.pwrmgt", "Power management", 1, flag),
    Bits("wlan.fc.retry", "Retry", 1, flag),
    Bits("wlan.fc.frag", "More fragments", 1, flag),
    Bits("wlan.fc.fromds", "From the distribution system", 1, flag),
    Bits("wlan.fc.tods", "To the distribution system", 1, flag),
    Bits("wlan.duration", "Duration", 16, _little),
    Bits("wlan.ra", "Receiver", 48, mac),
    Bits("wlan.ta", "Transmitter", 48, mac),
    Bits("wlan.addr", "Third address", 48, mac),
)
_RADIOTAP: Layout = (
    Bits("radiotap.version", "Version", 8),
    gap(8),
    Bits("radiotap.length", "Length", 16, _little),
)
_MONITORED: Layout = (Bits("prism.msgcode", "Message code", 32, hexadecimal(8)),)
_JUNIPER: Layout = (
    Bits("juniper.magic-number", "Magic number", 24, hexadecimal(6)),
    Bits("juniper.flags", "Flags", 8, hexadecimal(2)),
)
_PPI: Layout = (
    Bits("ppi.version", "Version", 8),
    Bits("ppi.flags", "Flags", 8, hexadecimal(2)),
    Bits("ppi.length", "Length", 16, _little),
    Bits("ppi.dlt", "Link type", 32, _little_link_type),
)
_PKTAP: Layout = (
    Bits("pktap.hdrlen", "Header length", 32, _little),
    Bits("pktap.rectype", "Record type", 32, _little),
    Bits("pktap.dlt", "Link type", 32, _little_link_type),
    Bits("pktap.ifname", "Interface name", 24 * 8, _text),
)
_ERF: Layout = (
    gap(64),
    Bits("erf.types.ext_header", "Extension headers", 1, flag),
    Bits("erf.types.type", "Type", 7),
    Bits("erf.flags", "Flags", 8, hexadecimal(2)),
    Bits("erf.rlen", "Record length", 16),
    Bits("erf.lctr", "Loss counter", 16),
    Bits("erf.wlen", "Wire length", 16),
)
_NFLOG: Layout = (
    Bits("nflog.family", "Family", 8, named({2: "IPv4", 10: "IPv6"})),
    Bits("nflog.version", "Version", 8),
    Bits("nflog.resid", "Group", 16),
)
_KINDS: Mapping[int, tuple[str, Layout]] = {
    0: ("null", _FAMILY),
    6: ("tr", _TOKEN_RING),
    9: ("ppp", _PPP),
    10: ("fddi", _FDDI),
    50: ("ppp", _PPP),
    104: ("chdlc", _CISCO),
    105: ("wlan", _WIRELESS),
    108: ("null", _FAMILY),
    109: ("enc", _ENC),
    113: ("sll", _SLL),
    119: ("prism", _MONITORED),
    123: ("atm", _SUNATM),
    127: ("radiotap", _RADIOTAP),
    149: ("pktap", _PKTAP),
    163: ("prism", _MONITORED),
    178: ("juniper", _JUNIPER),
    192: ("ppi", _PPI),
    197: ("erf", _ERF),
    204: ("ppp", ()),
    205: ("chdlc", ()),
    239: ("nflog", _NFLOG),
    258: ("pktap", _PKTAP),
    274: ("fpp", ()),
    276: ("sll", _SLL2),
}
_PPP_TYPES = (9, 50)


def link_header(step: Step, octets: bytes) -> tuple[str, Layout]:
    """What the layer of a header is called, and how it is laid out.

    Args:
        step: the header.
        octets: those that it consists of.
    """
    name, layout = _KINDS[step.link_type]
    if step.link_type in _PPP_TYPES and len(octets) != length_of(_PPP):
        if len(octets) != length_of(_PPP_FRAMED):
            return name, ()
        return (name, _PPP_FRAMED) if octets[:2] == b"\xff\x03" else ("chdlc", _CISCO)
    return name, layout
