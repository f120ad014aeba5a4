"""What an overlay packet loses when it gets another encapsulation: what the way back would not give again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dovetool.frame.view import FrameView
from dovetool.stages.checksums import has_gre_checksum, udp_checksum
from dovetool.stages.overlay_change import Change, inner_flow
from dovetool.verdict.check import Check, EntropyIsHash, MadeAgain
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Guard
from dovetool.wire.overlay import Carrier, OverlayFields
from dovetool.wire.udp import UdpHeader

_LOST_SUM = "udp-checksum"


def with_losses_of_frames(view: FrameView, change: Change, verdict: Forward) -> Forward:
    """The verdict, with a loss for frames that have another value than the one that a way back would give them."""
    asked = [*_flow_asked(view, change), *_sum_asked(view, change)]
    if not asked:
        return verdict
    checks, names = zip(*asked, strict=True)

    def losing(answers: tuple[int, ...]) -> Forward:
        lost = tuple(name for name, answer in zip(names, answers, strict=True) if answer)
        return replace(verdict, loss=(*verdict.loss, *lost))

    return replace(verdict, guard=Guard.of(checks, losing))


def _flow_asked(view: FrameView, change: Change) -> Iterator[tuple[Check, str]]:
    at = change.tunnel.carrier_at
    if change.old.carrier is Carrier.UDP and not change.keeps_port:
        yield EntropyIsHash(at, inner_flow(view, change)), "source-port"
    elif change.flow_octet_at is not None:
        yield EntropyIsHash(change.flow_octet_at, inner_flow(view, change), 1), "flow-id"


def _sum_asked(view: FrameView, change: Change) -> Iterator[tuple[Check, str]]:
    """A UDP checksum that is made anew: it may have been wrong, or of a frame that was cut."""
    check = udp_checksum(view, change.tunnel, change.ip) if change.had_sum and change.gets_sum_back else None
    if check is not None:
        yield MadeAgain(check), _LOST_SUM


def _has_odd_bits(view: FrameView, change: Change) -> bool:
    """Say whether the overlay header has bits that the way back would write otherwise, such as reserved ones."""
    header, old = change.tunnel.header, change.old
    if not old.allows(change.vnid):
        return True  # there is no way back
    usual = old.emit(OverlayFields(change.vnid, payload=header.payload))
    at = change.tunnel.inner - len(usual)
    mask = bytes(0 if at + place == change.flow_octet_at else 0xFF for place in range(len(usual)))
    return view.take(at, len(usual), mask) != bytes(map(int.__and__, usual, mask))


def lost(view: FrameView, change: Change) -> Iterator[str]:
    """What the new form has no place for, as far as that is the same for a whole flow."""
    tunnel, ip = change.tunnel, change.ip
    told = (*tunnel.header.extras, *("gre-checksum",) * has_gre_checksum(view, tunnel))
    yield from told
    if not told and tunnel.header.pcp is None and change.old.is_written and _has_odd_bits(view, change):
        yield "reserved-bits"
    if tunnel.header.critical:
        yield str(Reason.CRITICAL_OPTION)
    if not tunnel.carries_frame and tunnel.header.payload not in change.codec.bare:
        yield "payload-type"
    if tunnel.header.pcp is not None and not change.codec.has_priority:
        yield "priority"
    if change.old.carrier is Carrier.UDP:
        if view.one_of(tunnel.carrier_at + UdpHeader.DST_PORT_AT, change.old.numbers[:1]) is None:
            yield "destination-port"
        if change.had_sum != change.gets_sum_back:
            yield _LOST_SUM
    if tunnel.behind:
        yield "trailer"
    if ip.octets_behind(view) is None or _has_no_udp_length(view, change):
        yield "length"


def _has_no_udp_length(view: FrameView, change: Change) -> bool:
    """Say whether the UDP length is left at 0, as in big frames that a network card was to cut up."""
    at = change.tunnel.carrier_at
    return change.old.carrier is Carrier.UDP and view.octets_behind(at + UdpHeader.LENGTH_AT, at) is None
