"""The receiving tunnel end point: it turns the overlay header into the tag (FIG. 10, FIG. 11)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dovetool.errors import FrameError
from dovetool.stages.bare import bare_header
from dovetool.stages.check import OFFLOADED, WRONG
from dovetool.stages.checksums import REASONS, outer_sums
from dovetool.stages.ecn import decapsulated, marking
from dovetool.stages.fragment import find_piece
from dovetool.stages.layers import Link, link_layer
from dovetool.stages.outer import backbone_group
from dovetool.stages.patch import Patch
from dovetool.stages.target import target_station
from dovetool.stages.tunnel import FRAMES, Selectors, Tunnel, find_tunnel, frame_ip_layer, tunnel_ends
from dovetool.stages.verdict import Copies, Forward, Gather, Guard, Reason, Reject, Splice, Verdict
from dovetool.stages.view import FrameView
from dovetool.vnid_map import Network, Tep, VnidMap
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import Vnid, is_group
from dovetool.wire.overlay import SELECTORS

_ECN = 0x03
_FORBIDS_INNER_VLAN = "nvgre"  # RFC 7637 section 3.3


@dataclass(frozen=True, slots=True)
class Decap:
    """Incoming: the outer headers go, and the tag comes, made from the VNID, the map and the inner header.

    Attributes:
        vnid_map: who belongs where.
        tep: the tunnel end point at work; None: the one that each frame is addressed to.
        ports: what marks an overlay packet.
        relay: work at the gateways alone: frames for other tunnel end points pass.
        verifies: ask outer checksums.
    """

    vnid_map: VnidMap
    tep: Tep | None = None
    ports: Selectors = field(default_factory=lambda: SELECTORS)
    relay: bool = False
    verifies: bool = True

    name = "decap"

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """When VMs come, go and move."""
        return self.vnid_map.change_times_ns

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if view.local:
            return Forward()
        try:
            link = link_layer(view)
            tunnel = find_tunnel(view, link, self.ports, 0xFF) if link is not None else None
            if tunnel is not None:
                return self._receive(view, tunnel)
            return self._gathered(view, link, Forward() if self.relay else Reject(Reason.NOT_OVERLAY))
        except FrameError as error:
            return Forward() if self.relay else Reject.of(error)

    def _gathered(self, view: FrameView, link: Link | None, otherwise: Forward | Reject) -> Verdict:
        piece = find_piece(view, link, self.ports) if link is not None else None
        return otherwise if piece is None else Gather(piece, otherwise)

    def _receive(self, view: FrameView, tunnel: Tunnel) -> Verdict:
        network = self.vnid_map.network(tunnel.header.vnid) if tunnel.header.vnid is not None else None
        if network is None:
            return Forward() if self.relay else Reject(Reason.UNKNOWN_VNID)
        receivers = self._receivers(view, tunnel, network)
        if self.relay and not (isinstance(receivers, tuple) and _are_gateways(receivers)):
            return Forward()
        if isinstance(receivers, Reason):
            return Reject(receivers)
        if tunnel.header.payload not in FRAMES:
            return Reject(Reason.UNSUPPORTED_ENCAP)
        link = tunnel.link(view, self.vnid_map.tpid)
        copies: list[Forward] = []
        for receiver in receivers:
            fault = self._fault(view, tunnel, link, network, receiver)
            made = Reject(fault) if fault is not None else self._tagged(view, tunnel, link, network, receiver)
            if isinstance(made, Reject):
                return made
            copies.append(made)
        verdict = Copies(tuple(copies)) if len(copies) > 1 else copies[0]
        return self._verified(view, tunnel, link, receivers, verdict) if self.verifies else verdict

    def _verified(
        self, view: FrameView, tunnel: Tunnel, link: Link, receivers: tuple[Tep | None, ...], verdict: Forward | Copies
    ) -> Verdict:
        """The verdict for frames with right checksums, and what becomes of others."""
        sums = list(outer_sums(view, tunnel, link, self.ports, receivers))
        checks = tuple(each.check for each in sums if each.check is not None)
        if len(checks) < len(sums):
            return Reject(Reason.MISSING_CHECKSUM)
        if not checks:
            return verdict
        noted, wrong = _noting(verdict, REASONS[OFFLOADED]), Reject(REASONS[WRONG])
        return replace(verdict, guard=Guard.of(checks, lambda answers: wrong if WRONG in answers else noted))

    def _receivers(self, view: FrameView, tunnel: Tunnel, network: Network) -> tuple[Tep | None, ...] | Reason:
        """The tunnel end points that get the frame; None stands for all that the network has."""
        source, receiver, target = self._ends(view, tunnel)
        if source is None:
            return Reason.UNKNOWN_TEP
        if receiver is None:
            if target != backbone_group(network.vnid) and network not in self.vnid_map.group_networks(target):
                return Reason.UNKNOWN_TEP
            return (self.tep,) if self.tep is not None else _members(network, tunnel, source)
        if self.tep is not None and receiver is not self.tep:
            return Reason.NOT_FOR_THIS_TEP
        return (receiver,)

    def _ends(self, view: FrameView, tunnel: Tunnel) -> tuple[Tep | None, Tep | None, bytes]:
        """The two tunnel end points, None for what is none, and the address that the packet goes to."""
        source, target = tunnel_ends(view, tunnel)
        tep = self.vnid_map.tep_by_mac if tunnel.ip is None else self.vnid_map.tep_by_ip
        return tep(source), tep(target), target

    def _fault(
        self, view: FrameView, tunnel: Tunnel, link: Link, network: Network, receiver: Tep | None
    ) -> Reason | None:
        """What keeps the inner frame from being delivered behind this tunnel end point."""
        if link.tag is not None or link.ethertype == self.vnid_map.tpid:
            return Reason.ALREADY_TAGGED
        if link.tci is not None and _rejects_vlan(tunnel, receiver):
            return Reason.INNER_VLAN
        if receiver is not None and receiver.is_gateway:
            return None  # it sends on what it gets, and the next one looks
        if receiver is not None and receiver not in network.teps:
            return Reason.VNID_NOT_ON_TEP
        return self._misdelivery(view, tunnel, link, network, receiver)

    def _misdelivery(
        self, view: FrameView, tunnel: Tunnel, link: Link, network: Network, receiver: Tep | None
    ) -> Reason | None:
        """What is wrong with the destination of the inner frame."""
        if tunnel.carries_frame:
            dst_mac = view.take(tunnel.inner, 6, layer="inner Ethernet")
        else:
            dst_mac = bare_header(view, link, tunnel.header.payload, self.vnid_map, network)[:6]
        if is_group(dst_mac):
            return None
        station = target_station(view, link, self.vnid_map, network.vnid, dst_mac)
        if station is None:
            return None if network.floods else Reason.UNKNOWN_DESTINATION
        return Reason.WRONG_TEP if receiver is not None and station.port.tep is not receiver else None

    def _tagged(
        self, view: FrameView, tunnel: Tunnel, link: Link, network: Network, receiver: Tep | None
    ) -> Forward | Reject:
        header = b"" if tunnel.carries_frame else bare_header(view, link, tunnel.header.payload, self.vnid_map, network)
        patches: tuple[Patch, ...] = ()
        ip = frame_ip_layer(view, link, _ECN)
        if ip is not None:
            ecn = decapsulated(tunnel.tos & _ECN, ip.tos & _ECN)
            if ecn is None:
                return Reject(Reason.ECN_DROP)
            patches = marking(ip, ip.offset - tunnel.inner + DoveTag.LEN + len(header), ecn)
        tag = DoveTag(Vnid(network.vnid), tunnel.pcp, tunnel.header.dei, self.vnid_map.tpid)
        return Forward(
            _splices(tunnel, header, tag),
            tunnel.behind,
            patches,
            vnid=tag.vnid,
            tep=None if receiver is None else receiver.index,
        )


def _are_gateways(receivers: tuple[Tep | None, ...]) -> bool:
    return all(receiver is not None and receiver.is_gateway for receiver in receivers)


def _members(network: Network, tunnel: Tunnel, source: Tep) -> tuple[Tep | None, ...]:
    """Who gets what is sent to the group of a network: each that is on the same kind of underlay as the sender.

    Where all of them are, they need not be told apart.
    """
    length = tunnel.ip.address_len if tunnel.ip is not None else 0
    others = [tep for tep in network.teps if tep is not source]
    members = [tep for tep in others if (len(tep.ip) == length if length else tep.underlay != "ip")]
    return (None,) if len(members) in (0, len(others)) else tuple(members)


def _splices(tunnel: Tunnel, header: bytes, tag: DoveTag) -> tuple[Splice, ...]:
    """What makes the tagged frame: the outer headers go, the tag comes, with a header around it for a bare packet."""
    if header:
        return (Splice(0, tunnel.inner, header[:TAG_OFFSET] + tag.emit() + header[TAG_OFFSET:]),)
    return (Splice(0, cut=tunnel.inner), Splice(tunnel.inner + TAG_OFFSET, insert=tag.emit()))


def _rejects_vlan(tunnel: Tunnel, receiver: Tep | None) -> bool:
    """Say whether a frame with an 802.1Q tag is refused (RFC 7348 section 6.1, RFC 7637 section 3.3)."""
    if tunnel.header.encap == _FORBIDS_INNER_VLAN:
        return True
    return receiver is not None and receiver.guest_vlan == "reject"


def _noting(verdict: Forward | Copies, note: Reason) -> Forward | Copies:
    """The verdict with something to report."""
    if isinstance(verdict, Copies):
        return Copies(tuple(replace(copy, notes=(*copy.notes, note)) for copy in verdict.verdicts))
    return replace(verdict, notes=(*verdict.notes, note))
