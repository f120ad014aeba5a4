"""The frames of batches, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dovetool.api.eyes import Block
from dovetool.api.frame import Frame
from dovetool.capture.batch import Batch
from dovetool.capture.pcapng import distinct_comments
from dovetool.capture.tenants import commented_tenants


def handed_out(batch: Batch, numbers: Sequence[int], block: Block) -> Iterator[Frame]:
    """The frames of a batch, one by one.

    Args:
        batch: n frames.
        numbers: (n,) their numbers in the capture.
        block: what they are seen to be.
    """
    try:
        yield from _frames(batch, numbers, block)
    finally:
        block.leave(len(numbers))


def _frames(batch: Batch, numbers: Sequence[int], block: Block) -> Iterator[Frame]:
    octets, interfaces = batch.octets.tobytes(), batch.interfaces
    comments, tenants = _annexed(batch)
    columns = (batch.offset.tolist(), batch.caplen.tolist(), batch.wire_len.tolist(), batch.interface.tolist())
    told = zip(numbers, batch.exact_times(), *columns, strict=True)
    for row, (number, time_ns, start, caplen, length, interface) in enumerate(told):
        frame = Frame.__new__(Frame)
        frame.number, frame.time_ns, frame.length = number, time_ns, length
        frame.octets = octets[start : start + caplen]
        frame.comments = comments[row] if comments is not None else ()
        frame._interface = interfaces[interface]
        frame._tenant = frame._interface.tenant if tenants is None or tenants[row] < 0 else tenants[row]
        frame._row, frame._block, frame._sighting = row, block, None
        yield frame


def _annexed(batch: Batch) -> tuple[list[tuple[str, ...]] | None, list[int] | None]:
    """The comments of the packets of a batch, and the networks that they tell; None where there are none."""
    annex = batch.annex
    if annex is None or not annex.length.any():
        return None, None
    texts, which = distinct_comments(annex)
    tenants = commented_tenants(annex)
    return [texts[each] for each in which.tolist()], None if tenants is None else tenants.tolist()
