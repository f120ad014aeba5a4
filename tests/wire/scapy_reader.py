"""Headers as scapy reads them: the second opinion on what the codecs write."""

from __future__ import annotations

import warnings
from typing import Any

with warnings.catch_warnings():  # scapy uses ciphers that the cryptography package is about to drop
    warnings.simplefilter("ignore")
    from scapy import utils
    from scapy.contrib import erspan, geneve
    from scapy.layers import inet, inet6, l2, vxlan

_LAYERS = {
    "IP": inet.IP,
    "IPv6": inet6.IPv6,
    "UDP": inet.UDP,
    "Ether": l2.Ether,
    "VXLAN": vxlan.VXLAN,
    "GENEVE": geneve.GENEVE,
    "GRE": l2.GRE,
    "ERSPAN_II": erspan.ERSPAN_II,
    "ERSPAN_III": erspan.ERSPAN_III,
    "802.1ah": l2.Dot1AH,
}


def scapy_checksum(octets: bytes) -> int:
    """The Internet checksum as scapy computes it."""
    return int(utils.checksum(octets))


def scapy_layer(name: str, octets: bytes) -> Any:  # noqa: ANN401  (scapy has no types)
    """Octets as a layer of scapy, by the name in the table above."""
    return _LAYERS[name](octets)
