"""Which VNIDs on the wire are one network's: mostly one number, else some of its bits, or all that nobody else has."""

from __future__ import annotations

from typing import NamedTuple

ALL_BITS = 0xFFFFFF


class VnidBits(NamedTuple):
    """The bits of a VNID that tell a network.

    Open vSwitch's OVN, over VXLAN, has the egress port above the 12 bits of the datapath. Where VNIDs are no network's
    number at all but identities (Cilium), the mask is 0.
    """

    value: int
    mask: int = ALL_BITS

    @property
    def is_plain(self) -> bool:
        """It is one number."""
        return self.mask == ALL_BITS

    @property
    def is_any(self) -> bool:
        """Every VNID fits."""
        return self.mask == 0

    def __str__(self) -> str:
        """As people read it: 5001, 1/0xfff, any."""
        return "any" if self.is_any else str(self.value) if self.is_plain else f"{self.value}/0x{self.mask:x}"

    def as_map(self) -> int | str | dict[str, int]:
        """As a map has it."""
        if self.is_any:
            return "any"
        return self.value if self.is_plain else {"value": self.value, "mask": self.mask}


ANY = VnidBits(0, 0)
"""Those of a network whose VNIDs are identities."""
