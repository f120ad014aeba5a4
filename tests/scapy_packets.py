"""Frames as scapy reads and rebuilds them."""

# ruff: noqa: ANN401  (scapy has no types)

from __future__ import annotations

import warnings
from typing import Any

with warnings.catch_warnings():  # scapy uses ciphers that the cryptography package is about to drop
    warnings.simplefilter("ignore")
    from scapy.layers import inet, inet6, l2, vxlan

IP, IPV6, UDP, ETHER, VXLAN, VLAN = inet.IP, inet6.IPv6, inet.UDP, l2.Ether, vxlan.VXLAN, l2.Dot1Q


def read_frame(frame: bytes) -> Any:
    """An Ethernet frame with all its layers."""
    return ETHER(frame)


def with_fresh_fields(frame: bytes) -> bytes:
    """The frame with all lengths and checksums of its outer headers computed by scapy, and the rest as it is."""
    packet = ETHER(frame)
    inner = bytes(packet[VXLAN].payload)
    packet[VXLAN].remove_payload()
    ip = packet[IP] if IP in packet else packet[IPV6]
    for name in ("len", "chksum", "plen"):
        if name in ip.fields:
            ip.delfieldval(name)
    for name in ("len", "chksum"):
        packet[UDP].delfieldval(name)
    return bytes(packet / inner)
