"""The receiving tunnel end point: it turns the overlay header into the tag (FIG. 10, FIG. 11)."""

from __future__ import annotations

from dataclasses import field, replace

from dovetool.belonging.breaches import breaches
from dovetool.belonging.participants import read_inner_talk
from dovetool.errors import FrameError
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.stages.arrival import Arrival, ends_of, inner_link, is_ours, tagged_for, verified
from dovetool.stages.opening import tunnel_or_piece
from dovetool.stages.outer_headers import backbone_group
from dovetool.stages.route import listens
from dovetool.stages.stage import ByMap
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Reject, Verdict
from dovetool.vnid_map import Network, Tep, VnidMap
from dovetool.wire.links import is_read
from dovetool.wire.overlay import SELECTORS

_NOT_OVERLAY = Reject(Reason.NOT_OVERLAY)


@dataclass(frozen=True, slots=True)
class Decap(ByMap):
    """Incoming: the outer headers go, and the tag comes, made from the VNID, the map and the inner header.

    What breaks the map and would be delivered all the same is noted; see `Enforced` for those who reject it.

    Attributes:
        vnid_map: who belongs where.
        tep: the tunnel end point at work; None: the one that each frame is addressed to.
        selectors: what marks an overlay packet.
        verifies: ask outer checksums.
        tells: note what breaks the map.
    """

    vnid_map: VnidMap
    tep: Tep | None = None
    selectors: Selectors = field(default_factory=lambda: SELECTORS)
    verifies: bool = True
    tells: bool = True

    name = "decap"

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if view.local:
            return Forward()
        if view.link_type != ETHERNET and not is_read(view.link_type):
            return Reject.foreign(view.link_type)
        try:
            found = tunnel_or_piece(view, self.selectors, _NOT_OVERLAY)
            return self.receive(view, found) if isinstance(found, Tunnel) else found
        except FrameError as error:
            return Reject.of(error)

    def receive(self, view: FrameView, tunnel: Tunnel) -> Verdict:
        """Decide about a frame in a tunnel; raises a FrameError where it cannot be read."""
        network = self.vnid_map.network(tunnel.header.vnid) if tunnel.header.vnid is not None else None
        if network is None or not is_ours(tunnel):
            return Reject(Reason.UNKNOWN_VNID if is_ours(tunnel) else Reason.NOT_OVERLAY)
        source, receiver, target = ends_of(view, tunnel, self.vnid_map, self.tep)
        if source is None:
            return Reject(Reason.UNKNOWN_TEP)
        receivers = self._receivers(tunnel, network, source, receiver, target)
        if isinstance(receivers, Reason):
            return Reject(receivers)
        link = inner_link(view, tunnel, self.vnid_map)
        if not tunnel.has_ends(link):
            return Reject(Reason.UNSUPPORTED_ENCAP)
        arrival = Arrival(tunnel, link, network, source)
        made = [tagged_for(view, self.vnid_map, arrival, each) for each in receivers]
        copies = [each for each in made if isinstance(each, Forward)]
        if not copies:
            return made[0]
        refused = [each.reason for each in made if isinstance(each, Reject) and each.reason is not Reason.WRONG_TEP]
        told = self._breaches(view, arrival, receiver) if self.tells else ()
        notes = (*refused, *told)
        if notes:
            copies[0] = replace(copies[0], notes=tuple(dict.fromkeys((*copies[0].notes, *notes))))
        verdict = Copies(tuple(copies)) if len(copies) > 1 else copies[0]
        return verified(view, arrival, self.selectors, receivers, verdict) if self.verifies else verdict

    def _breaches(self, view: FrameView, arrival: Arrival, receiver: Tep | None) -> tuple[Reason, ...]:
        """What breaks the map in a frame that is delivered; none of it stops a real tunnel end point."""
        tunnel, link, network, source = arrival
        talk = read_inner_talk(view, tunnel, link, self.vnid_map, network)
        return breaches(view, self.vnid_map, network, talk, link, (source, receiver))

    def _receivers(
        self, tunnel: Tunnel, network: Network, source: Tep, receiver: Tep | None, target: bytes
    ) -> tuple[Tep | None, ...] | Reason:
        """The tunnel end points that get the frame; None stands for all that the network has."""
        if receiver is not None:
            return Reason.NOT_FOR_THIS_TEP if self.tep not in (None, receiver) else (receiver,)
        if target != backbone_group(network.vnid) and network not in self.vnid_map.group_networks(target):
            return Reason.UNKNOWN_TEP
        group = b"" if tunnel.ip is None else target
        if self.tep is not None:
            is_meant = self.tep is not source and listens(self.tep, group, tunnel.header.encap)
            return (self.tep,) if is_meant else Reason.NOT_FOR_THIS_TEP
        return _members(network, source, group, tunnel.header.encap) or Reason.VNID_NOT_ON_TEP


def _members(network: Network, source: Tep, group: bytes, encap: str) -> tuple[Tep | None, ...]:
    """Who of a network gets what another sends to its group.

    Where all of them do, and none is said to treat guests' tags or options in a way of its own, they need not be told
    apart.
    """
    others = [tep for tep in network.teps if tep is not source]
    members = tuple(tep for tep in others if listens(tep, group, encap))
    alike = len(members) == len(others) and all(
        tep.guest_vlan is None and tep.geneve_options == frozenset() for tep in members
    )
    return (None,) if members and alike else members
