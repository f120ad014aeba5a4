"""What networks and addresses are called: by the names of a map where there is one, else by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from dovetool.stages.observation import Observation, Overlay
from dovetool.vnid_map import Tep, VnidMap

_MAC_LEN = 6


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a map, or none."""

    vnid_map: VnidMap | None = None

    def network(self, vnid: int) -> str | None:
        """The name of a network."""
        network = self.vnid_map.network(vnid) if self.vnid_map is not None else None
        return network.name if network is not None else None

    def overlays(self, seen: Observation) -> tuple[Overlay, ...]:
        """All overlay headers and tags of a frame, the outermost first.

        What looks like a tag with set pad bits is another use of the EtherType, unless the map has such a network.
        """
        return tuple(each for each in seen.overlays if not each.has_pad or self._has_network(each.vnid))

    def vnid(self, seen: Observation) -> int | None:
        """The network of the innermost frame."""
        vnids = [overlay.vnid for overlay in self.overlays(seen) if overlay.vnid is not None]
        return vnids[-1] if vnids else None

    def _has_network(self, vnid: int | None) -> bool:
        return vnid is not None and self.network(vnid) is not None

    def tep(self, address: bytes) -> Tep | None:
        """The tunnel end point with an underlay address: of IP 4 or 16 octets, of a layer-2 underlay 6."""
        if self.vnid_map is None:
            return None
        return self.vnid_map.tep_by_mac(address) if len(address) == _MAC_LEN else self.vnid_map.tep_by_ip(address)

    def end(self, address: bytes) -> str:
        """What an end of a tunnel is called."""
        tep = self.tep(address)
        return tep.name if tep is not None else address_text(address)


def address_text(address: bytes) -> str:
    """An IP or MAC address as people write it; `?` for none."""
    if not address:
        return "?"
    return address.hex(":") if len(address) == _MAC_LEN else str(ip_address(address))
