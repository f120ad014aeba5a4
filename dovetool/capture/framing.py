"""How a container frames its records, and frames laid out in a block so that the record headers fit between.

Whoever builds a block of frames for a writer leaves the room that its `Framing` says; the writer then fills all headers
in at once and writes the block with a single call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dovetool.capture import kernel
from dovetool.capture.batch import Annex, Batch, Column, Framing
from dovetool.capture.blocks import BLOCKS

BARE = Framing(0, 1, 0)
"""No room at all: frames that go to another stage, not to a file."""


class Records(NamedTuple):
    """Records one behind the other, and the octets (n,) of each."""

    octets: memoryview
    sizes: Column


def lay_out(caplen: Column, framing: Framing, annex: Annex | None) -> tuple[Column, int]:
    """Where each frame begins in a block that has room for the records' own octets.

    Args:
        caplen: (n,) octets of each frame.
        framing: the container that the block is meant for.
        annex: per-packet options that the records will carry.

    Returns:
        (n,) offsets of the frames, and the octets of the whole block without slack.
    """
    offset: Column = np.empty(len(caplen), np.int64)
    options_len = annex.length if annex is not None and framing.has_options else None
    return offset, kernel.lay_out(caplen, options_len, framing.lead, framing.pad, framing.trail, offset)


def record_sizes(batch: Batch, framing: Framing) -> Column:
    """Octets of the record (n,) of each frame."""
    sizes: Column = batch.caplen + (framing.lead + framing.trail)
    if framing.pad > 1:
        sizes += -batch.caplen % framing.pad
    return sizes + batch.annex.length if batch.annex is not None and framing.has_options else sizes


def fitted(batch: Batch, framing: Framing) -> Batch:
    """The batch itself when its block has the room that `framing` asks for, else a copy that has it."""
    if batch.framed_for == framing:
        return batch
    offset, size = lay_out(batch.caplen, framing, batch.annex)
    block = BLOCKS.take(size)
    kernel.copy_frames(batch.octets, batch.offset, block, offset, batch.caplen)
    return replace(batch, octets=block, offset=offset, framed_for=framing)
