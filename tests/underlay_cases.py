"""Settings of tunnel end points, and what tshark reads in the frames that they send."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guest_frames import two_sites
from in_process import encapped, tagged
from tshark_fields import Decoded, decoded

BLUE = {"blue": {"vnid": 5001}}
VXLAN_HEADER = "0800000000138900"  # VNI 5001


@dataclass(frozen=True)
class Case:
    """Settings of the sending tunnel end point, and the UDP port of the other."""

    name: str
    v6: bool = False
    tep: dict[str, Any] = field(default_factory=dict)
    port: int = 4789

    def __str__(self) -> str:
        return self.name

    def map_file(self, folder: Path) -> Path:
        """The map of the case."""
        tep2 = {"ports": {"vxlan": self.port}} if self.port != 4789 else {}
        return two_sites(folder / "map.json", networks=BLUE, tep1=self.tep, tep2=tep2, v6=self.v6)

    @property
    def headers(self) -> int:
        """Octets from the outer IP header to the inner frame."""
        return (40 if self.v6 else 20) + 8 + 8


CASES = [
    Case("v4-zero"),
    Case("v4-full", tep={"udp_checksum": "full"}),
    Case("v6-zero", v6=True),
    Case("v6-full", v6=True, tep={"udp_checksum": "full"}),
    Case("v4-vlan", tep={"vlan": 7, "udp_checksum": "full", "ttl": 1}),
    Case("v6-vlan", v6=True, tep={"vlan": 4094, "udp_checksum": "full", "ttl": 255}),
    Case("v4-port", tep={"udp_checksum": "full", "gateway_mac": "02:00:00:00:01:fe"}, port=4799),
    Case("v6-port", v6=True, tep={"gateway_mac": "02:00:00:00:01:fe"}, port=8472),
]


def sent(case: Case, frames: list[bytes], folder: Path) -> Path:
    """The capture of the underlay behind the tunnel end point of site 1."""
    map_file = case.map_file(folder)
    return encapped(tagged(frames, "blue", map_file, folder), map_file)


def outer(case: Case, capture: Path, *fields: str) -> list[Decoded]:
    """Fields of each frame, and the port told to tshark where it is none of its own."""
    decode_as = None if case.port == 4789 else f"udp.port=={case.port},vxlan"
    return decoded(capture, *fields, decode_as=decode_as)
