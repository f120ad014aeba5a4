"""One frame on its way through stages, step by step: the scalar way, for looking closely.

Batches do the same for whole captures; here every decision stays visible. What a stage finds out about a frame besides
its octets goes with it to the next one, as `Batch.path` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from dovetool.capture.batch import Batch, Passage
from dovetool.errors import FrameError
from dovetool.stages.layers import link_layer
from dovetool.stages.stage import Stage
from dovetool.stages.tunnel import Selectors, find_tunnel
from dovetool.stages.verdict import Copies, Forward, Frame, Reason, Reject, Verdict, carry_out
from dovetool.stages.view import ETHERNET, FrameView


@dataclass(frozen=True, slots=True)
class KnownFrame:
    """A frame and what is known about it besides its octets.

    Attributes:
        frame: its octets and its length on the wire.
        number: its number in the capture, from 1.
        ts_ns: time in ns since 1970.
        link_type: LINKTYPE_ value.
        interface: name of its interface, empty for none.
        ingress: index of the port it came in by; -1 when not known.
        tep: index of the tunnel end point that received it; -1 when not known.
        local: it did not leave its tunnel end point.
    """

    frame: Frame
    number: int = 1
    ts_ns: int = 0
    link_type: int = ETHERNET
    interface: str = ""
    ingress: int = -1
    tep: int = -1
    local: bool = False

    def view(self) -> FrameView:
        """The frame as a stage sees it; a new view, on which nothing was looked at yet."""
        return FrameView(
            self.frame.octets,
            self.frame.orig_len,
            link_type=self.link_type,
            interface=self.interface,
            ts_ns=self.ts_ns,
            ingress=self.ingress,
            tep=self.tep,
            local=self.local,
        )


class TunnelEnds(NamedTuple):
    """The outer addresses of an overlay packet, and its encapsulation; IP addresses, or MAC addresses on layer 2."""

    source: bytes
    target: bytes
    encap: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage did with one frame.

    Attributes:
        stage: name of the stage.
        origin: index of the step that the frame came out of; None before the first stage.
        before: the frame that came in.
        verdict: what was decided, before lengths were compared.
        after: the frames that went on, a copy each; empty when the frame was rejected.
        reason: why it did not go on.
    """

    stage: str
    origin: int | None
    before: KnownFrame
    verdict: Verdict
    after: tuple[KnownFrame, ...]
    reason: Reason | None = None


def known_frames(blocks: Iterable[Batch | Passage]) -> Iterator[KnownFrame]:
    """The frames of a capture one by one, as a reader hands out its blocks."""
    for batch in blocks:
        if isinstance(batch, Passage):
            continue
        for row, ts_ns in enumerate(batch.ts_ns.tolist()):
            interface = batch.interfaces[int(batch.interface[row])]
            frame = Frame(batch.frame(row), int(batch.orig_len[row]))
            number = batch.first_number + row
            yield KnownFrame(frame, number, ts_ns, interface.link_type, interface.name)


def journey(known: KnownFrame, stages: Sequence[Stage]) -> list[Step]:
    """Carry a frame through stages.

    Returns:
        The steps, stage by stage, and within a stage in the order in which the pipeline writes the frames.
    """
    steps: list[Step] = []
    arrived: list[tuple[int | None, KnownFrame]] = [(None, known)]
    for stage in stages:
        made = [_step(stage, origin, before) for origin, before in arrived]
        arrived = [(len(steps) + at, frame) for at, step in enumerate(made) for frame in step.after]
        steps += made
    return steps


def branches(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """The way of each copy: its steps from the first stage to the one where it ended."""
    continued = {step.origin for step in steps}
    return [_way(steps, end) for end in range(len(steps)) if end not in continued]


def _way(steps: Sequence[Step], end: int) -> tuple[Step, ...]:
    way = [steps[end]]
    while way[-1].origin is not None:
        way.append(steps[way[-1].origin])
    return tuple(reversed(way))


def _step(stage: Stage, origin: int | None, before: KnownFrame) -> Step:
    verdict = stage.decide(before.view())
    result = carry_out(verdict, before.frame)
    if isinstance(result, Reject):
        return Step(stage.name, origin, before, verdict, (), result.reason)
    after = tuple(_onward(before, way, frame) for way, frame in zip(_ways(verdict), result, strict=True))
    return Step(stage.name, origin, before, verdict, after)


def _ways(verdict: Verdict) -> tuple[Forward, ...]:
    if isinstance(verdict, Copies):
        return verdict.verdicts
    return (verdict,) if isinstance(verdict, Forward) else ()


def _onward(before: KnownFrame, way: Forward, frame: Frame) -> KnownFrame:
    return replace(
        before,
        frame=frame,
        link_type=before.link_type if way.unchanged else ETHERNET,
        ingress=before.ingress if way.ingress is None else way.ingress,
        tep=before.tep if way.tep is None else way.tep,
        local=before.local or way.local,
    )


def macs_of(known: KnownFrame) -> tuple[bytes, bytes] | None:
    """Destination and source MAC address of an Ethernet frame; None where there are none."""
    if known.link_type != ETHERNET or len(known.frame.octets) < 12:
        return None
    return known.frame.octets[:6], known.frame.octets[6:12]


def tunnel_of(known: KnownFrame, ports: Selectors) -> TunnelEnds | None:
    """The tunnel that a frame is in, by what marks overlay packets; None for a frame in none."""
    view = known.view()
    try:
        link = link_layer(view)
        tunnel = find_tunnel(view, link, ports, 0) if link is not None else None
        if tunnel is None:
            return None
        if tunnel.ip is None:
            macs = view.take(0, 12)
            return TunnelEnds(macs[6:], macs[:6], tunnel.header.encap)
        length = tunnel.ip.address_len
        addresses = view.take(tunnel.ip.src_at, 2 * length)
    except FrameError:
        return None
    return TunnelEnds(addresses[:length], addresses[length:], tunnel.header.encap)
