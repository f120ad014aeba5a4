"""The next hop of a tagged frame: which tunnel end point or group, by which encapsulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dovetool.stages.outer_headers import Destination, backbone_group, destination, group_destination
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.wire.overlay import ENCAPSULATIONS, Carrier

if TYPE_CHECKING:
    from dovetool.vnid_map import Network, Tep, VnidMap


def listens(tep: Tep, group: bytes, encap: str) -> bool:
    """Say whether a tunnel end point gets what is sent to an underlay group of its networks by an encapsulation.

    A gateway does not: it gets a copy of its own, which it also sends on to those that nothing else reaches.

    Args:
        tep: the tunnel end point.
        group: its IP address; empty on a layer-2 underlay.
        encap: name of the encapsulation.
    """
    on_link = ENCAPSULATIONS[encap].carrier is Carrier.LINK
    if tep.is_gateway or encap not in tep.encaps or on_link == bool(group):
        return False
    return tep.underlay != "ip" if on_link else bool(tep.ip_towards(group))


class NextHop(NamedTuple):
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

    def to_one(self, remote: Tep) -> NextHop | Reason:
        """The way to a tunnel end point, through a gateway where the two share no encapsulation."""
        encap = self.vnid_map.encap_between(self.local, remote, self.wanted)
        if encap is None:
            found = self._gateway(remote)
            if found is None:
                return Reason.NO_COMMON_ENCAP
            remote, encap = found
        return self._written(encap) or NextHop(destination(self.local, remote, encap), encap)

    def _gateway(self, remote: Tep) -> tuple[Tep, str] | None:
        if self.local.is_gateway:  # one translation is enough
            return None
        gateway = self.vnid_map.gateway_between(self.local, remote)
        if gateway is None:
            return None
        encap = self.vnid_map.encap_between(self.local, gateway, self.wanted)
        return (gateway, encap) if encap is not None else None

    def to_all(self, network: Network, origin: Tep | None = None) -> tuple[NextHop, ...] | Reason:
        """The ways of a broadcast: a copy to each tunnel end point of the network, or one for all behind a group.

        Who cannot be reached by the group, a gateway or what is behind one, gets a copy of its own.

        Args:
            network: the network.
            origin: at a gateway, the tunnel end point that the frame came from, which has served all that it reaches.
        """
        others = [tep for tep in network.teps if tep.index != self.local.index]
        remotes = others if origin is None else [tep for tep in others if self._is_served_here(origin, tep)]
        groups = self._groups(network, remotes, [tep for tep in others if tep not in remotes])
        hops: dict[NextHop, None] = {}
        for remote in remotes:
            shared = next((hop for hop in groups if listens(remote, hop.to.ip, hop.encap)), None)
            hop = self.to_one(remote) if shared is None else self._written(shared.encap) or shared
            if isinstance(hop, Reason):
                return hop
            hops[hop] = None
        return tuple(hops)

    def _is_served_here(self, origin: Tep, remote: Tep) -> bool:
        if remote.index == origin.index or self.vnid_map.encap_between(origin, remote) is not None:
            return False
        gateway = self.vnid_map.gateway_between(origin, remote)
        return gateway is not None and gateway.index == self.local.index

    def _groups(self, network: Network, remotes: Sequence[Tep], served: Sequence[Tep]) -> list[NextHop]:
        """The ways to the groups of a network that nobody listens to who is served already.

        To the one in an IP underlay it is the encapsulation that most listen by, the local list's first of these.
        """
        encaps = [encap for encap in self.local.encaps if self.wanted in (None, encap)]
        ways = [hop for hop in (self._group_hop(network, encap) for encap in encaps) if hop is not None]
        counts = {hop: sum(listens(tep, hop.to.ip, hop.encap) for tep in remotes) for hop in ways}
        usable = [hop for hop in ways if not any(listens(tep, hop.to.ip, hop.encap) for tep in served)]
        best = max((hop for hop in usable if hop.to.ip), key=lambda hop: counts[hop], default=None)
        return [hop for hop in usable if hop is best or not hop.to.ip]

    def _group_hop(self, network: Network, encap: str) -> NextHop | None:
        """The way to the group of a network by an encapsulation; None where its underlay has none."""
        if ENCAPSULATIONS[encap].carrier is Carrier.LINK:
            return NextHop(Destination(b"", backbone_group(network.vnid), 0), encap)
        if network.group is None or not self.local.ip_towards(network.group):
            return None
        return NextHop(group_destination(self.local, network.group, encap), encap)

    def _written(self, encap: str) -> Reason | None:
        known = encap in ENCAPSULATIONS and ENCAPSULATIONS[encap].is_written
        return None if known else Reason.UNSUPPORTED_ENCAP
