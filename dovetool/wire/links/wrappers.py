"""Headers that capturing puts before a frame of another link type, which they name or which goes without saying.

    PKTAP:     | Length (4) | Record type (4) | Link type (4) | Interface name (24) | Flags (4) | ...    little-endian
    PKTAP v2:  | Length (1) | Offsets (5) | Link type (2) | ... | Flags (4), at the same place | ...
    PPI:       | Version (1) | Flags (1) | Length (2) | Link type (4) | ...                              little-endian
    NFLOG:     | Family (1) | Version (1) | Group (2) | then: Length (2) | Type (2) | value, padded      host's order
    ERF:       | Time (8) | Type (1) | Flags (1) | Length (2) | Lost (2) | Length on the wire (2) | extensions (8 each)
               | of Ethernet: Offset (1) | Pad (1)
    Juniper:   | "MGC" | Flags (1) | with flag 0x80: Length of extensions (2), extensions
    mPacket:   | Preamble (0x55, up to 7) | Start (1) | Ethernet frame | CRC (4)

Source: https://www.tcpdump.org/linktypes.html; PPI header specification 1.0.7; Endace ERF types reference guide;
IEEE 802.3-2022 section 99.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from dovetool.wire.fields import EtherType, Readable
from dovetool.wire.links.ground import Ground, Reader, Step, behind, ip, little_word, within, word

ETHERNET, _PPP_HDLC = 1, 50
_PKTAP_FLAGS_VERSION_AT, _PKTAP_VERSION_2 = 38, b"\x08"
_PKTAP_PACKET, _PKTAP_LEN, _PKTAP_LEN_2, _MOST_PKTAP = 1, 108, 40, 1024
_NFLOG_FAMILIES = {2: EtherType.IPV4, 10: EtherType.IPV6}
_NFLOG_FIRST, _NFLOG_PAYLOAD, _MOST_VALUES, _VALUE_HEAD = 4, 9, 32, 4
_ERF_LEN, _ERF_EXTENSION_LEN, _MOST_EXTENSIONS = 16, 8, 16
_ERF_MORE, _ERF_KIND = 0x80, 0x7F
_ERF_ETHERNET, _ERF_IP, _ERF_LINES = frozenset({2, 11, 16, 20}), frozenset({22, 23}), frozenset({1, 10, 15, 19})
_JUNIPER, _JUNIPER_NO_LINK, _JUNIPER_EXTENDED = b"MGC", 0x02, 0x80
_JUNIPER_PROTOCOLS = {2: EtherType.IPV4, 6: EtherType.IPV6}
_PREAMBLE, _MOST_PREAMBLE = 0x55, 7
_STARTS = frozenset({0xD5, 0xE6, 0x4C, 0x7F, 0xB3})  # of an express frame, of the first part of a preemptable one


class Wrappers:
    """Readers of headers that wrap frames of other link types."""

    def __init__(self, inner: Mapping[int, Reader]) -> None:
        """Take `inner` to read what is wrapped; it has no wrappers itself, so that none is nested without end."""
        self._inner = inner

    def _wrapped(self, frame: Readable, outer: Step, link_type: int) -> Ground:
        if link_type == ETHERNET:
            return Ground(EtherType.TEB, outer.end, (outer,))
        read = self._inner.get(link_type)
        return behind(*outer) if read is None else within(outer, read(frame, outer.end, link_type))

    def pktap(self, frame: Readable, start: int, link_type: int) -> Ground:
        """Apple's PKTAP, of either version; its old number is one for private use, so others may use it too."""
        if frame.take(start + _PKTAP_FLAGS_VERSION_AT, 1, _PKTAP_VERSION_2, layer="PKTAP")[0]:
            length, inner = frame.take(start, 1, layer="PKTAP")[0], little_word(frame, start + 6, "PKTAP")
            has_packet = length >= _PKTAP_LEN_2
        else:
            numbers = frame.take(start, 12, layer="PKTAP")
            length, kind, inner = (int.from_bytes(numbers[at : at + 4], "little") for at in (0, 4, 8))
            has_packet = kind == _PKTAP_PACKET and _PKTAP_LEN <= length <= _MOST_PKTAP
        if not has_packet:
            return behind(link_type, start, start)
        return self._wrapped(frame, Step(link_type, start, start + length), inner)

    def ppi(self, frame: Readable, start: int, link_type: int) -> Ground:
        """Per-packet information."""
        end = start + little_word(frame, start + 2, "PPI")
        inner = int.from_bytes(frame.take(start + 4, 4, layer="PPI"), "little")
        return self._wrapped(frame, Step(link_type, start, end), inner)

    def erf(self, frame: Readable, start: int, link_type: int) -> Ground:
        """Endace's extensible record format: Ethernet, IP, and PPP or Cisco HDLC."""
        kind = more = frame.take(start + 8, 1, layer="ERF")[0]
        end = start + _ERF_LEN
        for _ in range(_MOST_EXTENSIONS):
            if not more & _ERF_MORE:
                break
            more = frame.take(end, 1, bytes((_ERF_MORE,)), layer="ERF")[0]
            end += _ERF_EXTENSION_LEN
        kind &= _ERF_KIND
        if kind in _ERF_ETHERNET:
            return behind(link_type, start, end + 2, EtherType.TEB)
        if kind in _ERF_IP:
            return behind(link_type, start, end, ip(frame, end))
        return self._wrapped(frame, Step(link_type, start, end), _PPP_HDLC if kind in _ERF_LINES else -1)


def nflog(frame: Readable, start: int, link_type: int) -> Ground:
    """What netfilter logs: values of several types, the packet among them. Its length is not looked at."""
    ethertype = _NFLOG_FAMILIES.get(frame.take(start, 1, layer="NFLOG")[0], 0)
    at = start + _NFLOG_FIRST
    for _ in range(_MOST_VALUES):
        kind = frame.take(at + 2, 2, layer="NFLOG")
        if max(kind) == _NFLOG_PAYLOAD and not min(kind):
            return behind(link_type, start, at + _VALUE_HEAD, ethertype)
        length = int.from_bytes(frame.take(at, 2, layer="NFLOG"), "big" if kind[1] else "little")
        at += max(length + (-length & 3), _VALUE_HEAD)
    return behind(link_type, start, at)


def juniper_ethernet(frame: Readable, start: int, link_type: int) -> Ground:
    """Ethernet captured on a Juniper router."""
    end = start + 4
    if frame.take(start, 3, layer="Juniper") != _JUNIPER:
        return behind(link_type, start, start)
    flags = frame.take(start + 3, 1, bytes((_JUNIPER_NO_LINK | _JUNIPER_EXTENDED,)), layer="Juniper")[0]
    if flags & _JUNIPER_EXTENDED:
        end += 2 + word(frame, end, "Juniper")
    if flags & _JUNIPER_NO_LINK:
        protocol = int.from_bytes(frame.take(end, 4, layer="Juniper"), "little")
        return behind(link_type, start, end + 4, _JUNIPER_PROTOCOLS.get(protocol, 0))
    return behind(link_type, start, end, EtherType.TEB)


def mpacket(frame: Readable, start: int, link_type: int) -> Ground:
    """An mPacket with a whole frame, or with the first part of one."""
    at = start
    while at < start + _MOST_PREAMBLE and frame.take(at, 1, layer="preamble")[0] == _PREAMBLE:
        at += 1
    is_start = frame.take(at, 1, layer="preamble")[0] in _STARTS
    return behind(link_type, start, at + 1, EtherType.TEB if is_start else 0)
