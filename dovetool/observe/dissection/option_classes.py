"""Who defined an option of Geneve: the IANA registry "Geneve Option Class" (RFC 8926 section 7)."""

from __future__ import annotations

from collections.abc import Mapping

_RANGES = (
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
OPTION_CLASS_NAMES: Mapping[int, str] = {
    number: name for first, last, name in _RANGES for number in range(first, last + 1)
}
"""Classes by number; all others are not assigned, or were not when this was written."""
