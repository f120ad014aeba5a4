"""The gateway without a map: overlay packets of one encapsulation become those of another."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar

from dovetool.belonging.bare_packet import plain_header
from dovetool.errors import FrameError, OverlayError
from dovetool.frame.link_layer import Link, link_layer
from dovetool.frame.pseudo_header import pseudo_header
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import ETHERNET, FrameView
from dovetool.stages.checksums import has_udp_checksum
from dovetool.stages.left_sums import Answers, headers_at_0, leaving_sums
from dovetool.stages.opening import gathered, tunnel_in_sight
from dovetool.stages.overlay_change import Change, changed_fields
from dovetool.stages.translation_loss import lost, with_losses_of_frames
from dovetool.values import dataclass
from dovetool.verdict.check import OFFLOADED
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Reject, Splice, Verdict
from dovetool.wire.fields import EtherType
from dovetool.wire.links import can_be_resized, is_read
from dovetool.wire.overlay import ENCAPSULATIONS, SELECTORS, Carrier, InnerVlan, OverlayFields
from dovetool.wire.udp import PROTOCOL as UDP
from dovetool.wire.udp import UdpHeader

_PORT_LEN = 2


@dataclass(frozen=True, slots=True)
class Translate:
    """Every overlay packet gets the encapsulation `to`; its IP header, VNID, source port and inner frame stay.

    What is no overlay, or has that encapsulation already, passes unchanged. What the new header has no place for is
    told as loss.

    Attributes:
        to: name of the encapsulation.
        selectors: what marks an overlay packet.
        ethernet_only: the output has one link type, Ethernet; frames of another are rejected.
    """

    to: str
    selectors: Selectors = field(default_factory=lambda: SELECTORS)
    ethernet_only: bool = False

    name = "translate"
    change_times_ns: ClassVar[tuple[int, ...]] = ()

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if not is_read(view.link_type) or (self.ethernet_only and view.link_type != ETHERNET):
            return Reject.foreign(view.link_type)
        try:
            link = link_layer(view)
        except FrameError:
            link = None
        if link is None:
            return Forward()
        try:
            tunnel = self._tunnel(view, link)
            if tunnel is None:
                return gathered(view, link, self.selectors, Forward())
            return self._translated(view, tunnel)
        except FrameError as error:
            return Reject.of(error)

    def _tunnel(self, view: FrameView, link: Link) -> Tunnel | None:
        """The tunnel behind a link layer; a selector without an overlay header behind it is one of other traffic."""
        try:
            return tunnel_in_sight(view, link, self.selectors, 0)
        except OverlayError:
            return None

    def _translated(self, view: FrameView, tunnel: Tunnel) -> Verdict:
        header, codec = tunnel.header, ENCAPSULATIONS[self.to]
        is_other = not tunnel.can_be_frame or not tunnel.codec.has_vnid or tunnel.is_guess
        if header.encap == self.to or is_other or any(passage.has_gre_sum for passage in tunnel.passages):
            return Forward(vnid=header.vnid)
        if tunnel.ip is None or not can_be_resized(view.link_type):
            return Reject(Reason.NO_COMMON_ENCAP) if tunnel.ip is None else Reject.foreign(view.link_type)
        if header.vnid is None:
            return Reject(Reason.UNKNOWN_VNID)
        if not codec.allows(header.vnid):
            return Reject(Reason.RESERVED_VNID)
        link = tunnel.link(view, lenient=True)
        if link.tci is not None and codec.inner_vlan is InnerVlan.FORBIDDEN:
            return Reject(Reason.INNER_VLAN)
        had_sum, pseudo = has_udp_checksum(view, tunnel), pseudo_header(view, tunnel.ip, UDP)
        return _rewritten(view, Change(tunnel, tunnel.ip, link, codec, header.vnid, had_sum, pseudo))


def _rewritten(view: FrameView, change: Change) -> Forward:
    tunnel, codec = change.tunnel, change.codec
    header, payload, pcp = b"", tunnel.header.payload, tunnel.header.pcp
    if not tunnel.carries_frame and payload not in codec.bare:
        header, payload = plain_header(payload), int(EtherType.TEB)
    fields = OverlayFields(change.vnid, pcp or 0, tunnel.header.dei, payload, with_priority=pcp is not None)
    carrier = _carrier(change)
    at = tunnel.carrier_at + (_PORT_LEN if change.keeps_port else 0)
    insert = carrier[_PORT_LEN if change.keeps_port else 0 :] + codec.emit(fields) + header

    def made(answers: Answers) -> Forward:
        left = frozenset(place for place, answer in answers.items() if answer == OFFLOADED)
        verdict = Forward(
            (Splice(at, tunnel.inner - at, insert),),
            tunnel.behind,
            changed_fields(view, change, left),
            vnid=change.vnid,
            notes=(Reason.CRITICAL_OPTION,) if tunnel.header.critical else (),
            loss=tuple(dict.fromkeys(lost(view, change))),
            keeps_link=True,
        )
        return with_losses_of_frames(view, change, verdict)

    headers = (*(passage.ip for passage in tunnel.passages), change.ip)
    return leaving_sums(headers_at_0(view, headers), made)


def _carrier(change: Change) -> bytes:
    if change.codec.carrier is Carrier.UDP:
        return UdpHeader(0, change.codec.numbers[0], 0).emit()
    return b""
