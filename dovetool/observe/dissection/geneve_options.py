"""The options of Geneve, as far as their data is known, and who defined them."""

from __future__ import annotations

from collections.abc import Mapping

from dovetool.observe.dissection.layout import (
    Bits,
    Layout,
    flag,
    gap,
    hexadecimal,
    in_units_of,
    ip,
    named,
    octets_shown,
)
from dovetool.wire.geneve_option import CILIUM_DSR
from dovetool.wire.geneve_option import OVN_PORTS as OVN_PORTS_OPTION

_CLASS_RANGES = (
    (0x0100, 0x0100, "Linux"),
    (0x0101, 0x0101, "Open vSwitch"),
    (0x0102, 0x0102, "Open Virtual Networking (OVN)"),
    (0x0103, 0x0103, "In-band Network Telemetry (INT)"),
    (0x0104, 0x0104, "VMware"),
    (0x0105, 0x0105, "Amazon"),
    (0x0106, 0x0106, "Cisco"),
    (0x0107, 0x0107, "Oracle"),
    (0x0108, 0x0110, "Amazon"),
    (0x0111, 0x0118, "IBM"),
    (0x0119, 0x0128, "Ericsson"),
    (0x0129, 0x0129, "Oxide"),
    (0x0130, 0x0131, "Cisco"),
    (0x0132, 0x0135, "Google"),
    (0x014B, 0x014B, "Cilium"),
    (0xFF00, 0xFFFF, "experimental"),
)
_CLASS_NAMES: Mapping[int, str] = {
    number: name for first, last, name in _CLASS_RANGES for number in range(first, last + 1)
}
"""The IANA registry "Geneve Option Class" (RFC 8926 section 7); all others were not assigned when this was written."""
_CLASSES = named(_CLASS_NAMES, hexadecimal(4))
GENEVE_OPTION: Layout = (
    Bits("geneve.option.class", "Class", 16, _CLASSES),
    Bits("geneve.option.type.critical", "Critical", 1, flag),
    Bits("geneve.option.number", "Type", 7, hexadecimal(2)),
    gap(3),
    Bits("geneve.option.length", "Length", 5, in_units_of(4, more=4)),
)
OVN_PORTS: Layout = (
    gap(1),
    Bits("geneve.option.ovn.ingress", "Logical ingress port", 15),
    Bits("geneve.option.ovn.egress", "Logical egress port", 16),
)
PRIORITY: Layout = (
    Bits("geneve.option.dove.pcp", "Priority", 3),
    Bits("geneve.option.dove.dei", "DEI", 1, flag),
    gap(28),
)
_DSR_END: Layout = (Bits("geneve.option.cilium.port", "Service port", 16), gap(16))
DSR_V4: Layout = (Bits("geneve.option.cilium.address", "Service address", 32, ip), *_DSR_END)
DSR_V6: Layout = (Bits("geneve.option.cilium.address", "Service address", 128, ip), *_DSR_END)
_KNOWN_OPTIONS = {
    OVN_PORTS_OPTION: OVN_PORTS,
    (0xFFF0, 0x01, 4): PRIORITY,
    **dict(zip(CILIUM_DSR, (DSR_V4, DSR_V6), strict=True)),
}


def option_layout(octets: bytes) -> Layout:
    """The option of Geneve that octets begin with, and what is known of its data."""
    length = (octets[3] & 0x1F) * 32
    known = _KNOWN_OPTIONS.get((int.from_bytes(octets[:2], "big"), octets[2], length // 8))
    if known is not None:
        return GENEVE_OPTION + known
    return GENEVE_OPTION + ((Bits("geneve.option.unknown.data", "Data", length, octets_shown),) if length else ())
