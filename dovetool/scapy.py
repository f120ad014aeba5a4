"""The tag as a layer of scapy, for those who craft packets: import this module, and scapy knows it.

    from scapy.all import IP, Ether, wrpcap
    from dovetool.scapy import DOVE

    wrpcap("tagged.pcap", Ether() / DOVE(pcp=5, vnid=5001) / IP(dst="10.0.0.2"))

EtherType 0x88B5 leads to it above Ethernet, 802.1Q, 802.1ad and Linux cooked captures, and below it stands whatever may
stand below Ethernet. To use another TPID: `bind_layers(Ether, DOVE, type=0x9999)`.

It needs scapy, which the extra `scapy` brings.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dovetool.installed import how_to_add

try:
    from scapy.data import ETHER_TYPES
    from scapy.fields import BitField, XShortEnumField
    from scapy.layers.l2 import LLC, CookedLinux, Dot1AD, Dot1Q, Ether
    from scapy.packet import Packet, bind_layers
except ImportError as error:
    raise ImportError(f"scapy is not installed: {how_to_add('scapy')}") from error

from dovetool.wire.fields import EtherType

__all__ = ["DOVE"]

_LONGEST = 1500
"""What stands in place of an EtherType and is not above this is a length (IEEE 802.3 clause 3.2.6)."""


class DOVE(Packet):
    """The tag behind its TPID (`wire.dove_tag` has the picture), and the EtherType or length of what follows.

    A length is filled in for LLC, where none is given.
    """

    name = "DOVE tag"
    aliastypes: ClassVar[list[type[Packet]]] = [Ether]  # what is bound to Ethernet's type is bound to ours
    fields_desc: ClassVar[list[Any]] = [
        BitField("pcp", 0, 3),
        BitField("dei", 0, 1),
        BitField("vnid", 0, 24),
        BitField("pad", 0, 4),
        XShortEnumField("type", 0x9000, ETHER_TYPES),
    ]

    def post_build(self, head: bytes, payload: bytes) -> bytes:
        """Put a length before LLC."""
        if isinstance(self.payload, LLC) and "type" not in self.fields:
            head = head[:4] + len(payload).to_bytes(2, "big")
        return head + payload

    def default_payload_class(self, payload: bytes) -> type[Packet]:
        """What follows a length is LLC."""
        if self.type <= _LONGEST:
            return LLC
        default: type[Packet] = super().default_payload_class(payload)
        return default

    def extract_padding(self, octets: bytes) -> tuple[bytes, bytes | None]:
        """What is behind a length's worth of octets only fills the frame."""
        return (octets[: self.type], octets[self.type :]) if self.type <= _LONGEST else (octets, None)

    def mysummary(self) -> str:
        """One line for `summary()`."""
        return f"DOVE VNID {self.vnid}"


for _below, _field in ((Ether, "type"), (Dot1Q, "type"), (Dot1AD, "type"), (CookedLinux, "proto")):
    bind_layers(_below, DOVE, **{_field: EtherType.DOVE})
