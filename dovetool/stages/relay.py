"""The gateway of a map, at the receiving side: what is sent to it gets the tag, to be sent on; all else passes."""

from __future__ import annotations

from dataclasses import field, replace

from dovetool.belonging.breaches import breaches
from dovetool.belonging.participants import read_inner_talk
from dovetool.errors import FrameError
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import FrameView
from dovetool.stages.arrival import (
    Arrival,
    ends_of,
    inner_link,
    inner_targets,
    is_ours,
    routes_here,
    tagged_for,
    verified,
)
from dovetool.stages.opening import tunnel_or_piece
from dovetool.stages.route import Router
from dovetool.stages.stage import ByMap
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Reject, Verdict
from dovetool.vnid_map import Network, Tep, VnidMap
from dovetool.wire.overlay import SELECTORS


@dataclass(frozen=True, slots=True)
class Relay(ByMap):
    """Decap at gateways alone; Encap with `relay` sends on what it has tagged.

    What a gateway is to deliver behind itself, to a VM there or as a broadcast, passes as it came too.

    Attributes:
        vnid_map: who belongs where.
        tep: the gateway at work; None: all of the map.
        selectors: what marks an overlay packet.
        verifies: ask outer checksums.
    """

    vnid_map: VnidMap
    tep: Tep | None = None
    selectors: Selectors = field(default_factory=lambda: SELECTORS)
    verifies: bool = True

    name = "decap"

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if view.local:
            return Forward()
        try:
            found = tunnel_or_piece(view, self.selectors, Forward())
            if not isinstance(found, Tunnel):
                return found
            vnid = found.header.vnid if is_ours(found) else None
            network = self.vnid_map.network(vnid) if vnid is not None else None
            return Forward() if network is None else self._arrived(view, found, network)
        except FrameError:
            return Forward()

    def _arrived(self, view: FrameView, tunnel: Tunnel, network: Network) -> Verdict:
        source, gateway, _ = ends_of(view, tunnel, self.vnid_map, self.tep)
        if source is None or gateway is None or not gateway.is_gateway or self.tep not in (None, gateway):
            return Forward()
        link = inner_link(view, tunnel, self.vnid_map)
        if not tunnel.has_ends(link):
            return Reject(Reason.UNSUPPORTED_ENCAP)
        arrival = Arrival(tunnel, link, network, source)
        stays, leaves = self._ways(view, arrival, gateway)
        if not leaves:
            return Forward()
        made = tagged_for(view, self.vnid_map, arrival, gateway)
        if isinstance(made, Reject):
            return made
        made = replace(made, notes=(*made.notes, *self._breaches(view, arrival, gateway)))
        verdict = Copies((Forward(), made)) if stays else made
        return verified(view, arrival, self.selectors, (gateway,), verdict) if self.verifies else verdict

    def _breaches(self, view: FrameView, arrival: Arrival, gateway: Tep) -> tuple[Reason, ...]:
        """What breaks the map and shows only here; what shows of any frame is noted where it leaves its last tunnel."""
        tunnel, link, network, source = arrival
        talk = read_inner_talk(view, tunnel, link, self.vnid_map, network)
        found = breaches(view, self.vnid_map, network, talk, link, (source, gateway))
        later = breaches(view, self.vnid_map, network, talk, link, (gateway, gateway)) if found else ()
        return tuple(reason for reason in found if reason not in later)

    def _ways(self, view: FrameView, arrival: Arrival, gateway: Tep) -> tuple[bool, bool]:
        """Whether the gateway is to deliver a frame behind itself, and whether it is to send it on."""
        network = arrival.network
        if network.is_l3:
            stays = routes_here(view, self.vnid_map, arrival, gateway)
            return stays, not stays
        stations, to_group = inner_targets(view, self.vnid_map, arrival)
        if stations:
            stays = any(station.port.tep.index == gateway.index for station in stations)
            return stays, not stays
        if not to_group and not network.floods:
            return False, True  # there is no such VM, as sending it on will show
        stays = network.has_port_at(gateway.index)
        return stays, not stays or Router(self.vnid_map, gateway).to_all(network, arrival.source) != ()
