"""A frame and all that is known about it, for looking at it alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.tenants import tenant_of
from dovetool.errors import FrameError
from dovetool.frame.find_tunnel import find_tunnel
from dovetool.frame.link_layer import link_layer
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import tunnel_ends
from dovetool.frame.view import ETHERNET, UNKNOWN, FrameView
from dovetool.values import dataclass
from dovetool.verdict.verdict import Frame


@dataclass(frozen=True, slots=True)
class KnownFrame:
    """A frame and what is known about it besides its octets.

    Attributes:
        frame: its octets and its length on the wire.
        number: its number in the capture, from 1.
        ts_ns: time in ns since 1970.
        link_type: LINKTYPE_ value.
        interface: name of its interface, empty for none.
        ingress: index of the port it came in by; `UNKNOWN` when not known.
        tep: index of the tunnel end point where it was last; `UNKNOWN` when not known.
        origin: index of the tunnel end point that sent it there; `UNKNOWN` when not known.
        local: it did not leave its tunnel end point.
        tenant: VNID of the network that the file says it came in; `UNKNOWN` for none.
    """

    frame: Frame
    number: int = 1
    ts_ns: int = 0
    link_type: int = ETHERNET
    interface: str = ""
    ingress: int = UNKNOWN
    tep: int = UNKNOWN
    origin: int = UNKNOWN
    local: bool = False
    tenant: int = UNKNOWN

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
            origin=self.origin,
            local=self.local,
            tenant=self.tenant,
        )


class TunnelEnds(NamedTuple):
    """The outer addresses of an overlay packet (of IP, or MAC addresses on layer 2), its encapsulation and VNID."""

    source: bytes
    target: bytes
    encap: str
    vnid: int | None = None


def known_frames(blocks: Iterable[Batch | Passage]) -> Iterator[KnownFrame]:
    """The frames of a capture one by one, as a reader hands out its blocks."""
    for batch in blocks:
        if isinstance(batch, Passage):
            continue
        for row, ts_ns in enumerate(batch.exact_times()):
            yield known_frame(batch, row, batch.first_number + row, ts_ns)


def known_frame(batch: Batch, row: int, number: int, ts_ns: int) -> KnownFrame:
    """The frame of a row, which has that number in its capture, and was seen at that time."""
    interface = batch.interfaces[int(batch.interface[row])]
    octets, tenant = batch.frame(row), tenant_of(batch, row)
    frame = Frame(octets, max(int(batch.orig_len[row]), len(octets)))
    return KnownFrame(frame, number, ts_ns, interface.link_type, interface.name, tenant=tenant)


def frame_numbered(blocks: Iterable[Batch | Passage], number: int) -> KnownFrame | int:
    """One frame of a capture by its number, from 1; batches are only counted on the way there.

    Returns:
        The frame, or how many there are when there are not as many.
    """
    count = 0
    for batch in blocks:
        if isinstance(batch, Passage):
            continue
        count = batch.first_number - 1 + len(batch)
        if number <= count:
            row = np.array([number - batch.first_number])
            return next(known_frames([replace(batch.take(row), first_number=number)]))
    return count


def macs_of(known: KnownFrame) -> tuple[bytes, bytes] | None:
    """Destination and source MAC address of an Ethernet frame; None where there are none."""
    if known.link_type != ETHERNET or len(known.frame.octets) < 12:
        return None
    return known.frame.octets[:6], known.frame.octets[6:12]


def tunnel_of(known: KnownFrame, selectors: Selectors) -> TunnelEnds | None:
    """The tunnel that a frame is in, by what marks overlay packets; None for a frame in none."""
    view = known.view()
    try:
        link = link_layer(view)
        tunnel = find_tunnel(view, link, selectors, 0) if link is not None else None
        return (
            None if tunnel is None else TunnelEnds(*tunnel_ends(view, tunnel), tunnel.header.encap, tunnel.header.vnid)
        )
    except FrameError:
        return None
