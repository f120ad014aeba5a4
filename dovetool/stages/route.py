"""The next hop of a tagged frame: which tunnel end point or group, by which encapsulation."""

from __future__ import annotations

from dataclasses import dataclass

from dovetool.stages.outer import Destination, backbone_group, destination, group_destination
from dovetool.stages.verdict import Reason
from dovetool.vnid_map import Network, Tep, VnidMap
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier


@dataclass(frozen=True, slots=True)
class Hop:
    """Where an outer packet goes, and its encapsulation."""

    to: Destination
    encap: str


@dataclass(frozen=True, slots=True)
class Router:
    """Finds hops in a map.

    Attributes:
        vnid_map: who belongs where.
        local: the tunnel end point that sends.
        wanted: the encapsulation to use; None: the first of the local list that the other side knows too.
    """

    vnid_map: VnidMap
    local: Tep
    wanted: str | None = None

    def to_one(self, remote: Tep) -> Hop | Reason:
        """The way to a tunnel end point, through a gateway where the two share no encapsulation."""
        encap = self.vnid_map.encap_between(self.local, remote, self.wanted)
        if encap is None:
            found = self._gateway(remote)
            if found is None:
                return Reason.NO_COMMON_ENCAP
            remote, encap = found
        return self._written(encap) or Hop(destination(self.local, remote, encap), encap)

    def _gateway(self, remote: Tep) -> tuple[Tep, str] | None:
        if self.local.is_gateway:  # one translation is enough
            return None
        gateway = self.vnid_map.gateway_between(self.local, remote)
        if gateway is None:
            return None
        encap = self.vnid_map.encap_between(self.local, gateway, self.wanted)
        return (gateway, encap) if encap is not None else None

    def to_all(self, network: Network, origin: Tep | None = None) -> tuple[Hop, ...] | Reason:
        """The ways of a broadcast: a copy to each tunnel end point of the network, or one for all behind a group.

        Args:
            network: the network.
            origin: at a gateway, the tunnel end point that the frame came from, which has served all that it reaches.
        """
        remotes = [tep for tep in network.teps if tep.index != self.local.index]
        if origin is not None:
            remotes = [tep for tep in remotes if self._is_served_here(origin, tep)]
        hops: dict[Hop, None] = {}
        grouped = [tep for tep in remotes if network.group is not None and len(tep.ip) == len(network.group)]
        for remote in remotes:
            hop = self._to_group(network, tuple(grouped)) if remote in grouped else self.to_one(remote)
            if isinstance(hop, Reason):
                return hop
            on_link = ENCAPSULATIONS[hop.encap].carrier is Carrier.LINK and hop.to.mac == remote.mac
            hops[Hop(Destination(b"", backbone_group(network.vnid), 0), hop.encap) if on_link else hop] = None
        return tuple(hops)

    def _is_served_here(self, origin: Tep, remote: Tep) -> bool:
        if remote.index == origin.index or self.vnid_map.encap_between(origin, remote) is not None:
            return False
        gateway = self.vnid_map.gateway_between(origin, remote)
        return gateway is not None and gateway.index == self.local.index

    def _to_group(self, network: Network, remotes: tuple[Tep, ...]) -> Hop | Reason:
        """One packet for all that listen to the group: by the first encapsulation of the local list that all know."""
        for encap in self.local.encaps:
            if self.wanted in (None, encap) and self._is_known_to_all(encap, remotes):
                assert network.group is not None  # noqa: S101  (there are none that listen otherwise)
                group = network.group
                return self._written(encap) or Hop(group_destination(self.local, group, encap), encap)
        return Reason.NO_COMMON_ENCAP

    def _is_known_to_all(self, encap: str, remotes: tuple[Tep, ...]) -> bool:
        return all(self.vnid_map.encap_between(self.local, remote, encap) == encap for remote in remotes)

    def _written(self, encap: str) -> Reason | None:
        known = encap in ENCAPSULATIONS and ENCAPSULATIONS[encap].is_written
        return None if known else Reason.UNSUPPORTED_ENCAP
