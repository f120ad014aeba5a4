"""How a container frames its records, and how to lay frames out in a block so that the record headers fit between.

A `Framing` says how many octets a record has before and behind a frame. Whoever builds a block of frames for a writer
leaves that room; the writer then fills all headers in at once and writes the block with a single call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np

from dovetool.capture.batch import SLACK, Annex, Batch, Column, Octets
from dovetool.capture.copying import copy_runs


class Framing(Protocol):
    """The octets that a container puts around a frame."""

    @property
    def lead(self) -> int:
        """Octets of a record before the frame."""

    def trail(self, caplen: Column, annex: Annex | None) -> Column | int:
        """Octets of each record behind its frame, (n,) or one number for all."""


class Records(NamedTuple):
    """Records one behind the other, and the octets (n,) of each."""

    octets: memoryview
    sizes: Column


class Bare:
    """No room at all: frames that go to another stage, not to a file."""

    lead = 0

    def trail(self, caplen: Column, annex: Annex | None) -> Column | int:
        """Nothing stands behind a frame."""
        return 0


BARE = Bare()


def lay_out(caplen: Column, framing: Framing, annex: Annex | None) -> tuple[Column, int]:
    """Where each frame begins in a block that has room for the records' own octets.

    Args:
        caplen: (n,) octets of each frame.
        framing: the container that the block is meant for.
        annex: per-packet options that the records will carry.

    Returns:
        (n,) offsets of the frames, and the octets of the whole block without slack.
    """
    sizes = caplen + framing.lead + framing.trail(caplen, annex)
    ends = np.cumsum(sizes)
    return ends - sizes + framing.lead, int(ends[-1]) if len(ends) else 0


def new_block(size: int) -> Octets:
    """An uninitialised block of `size` octets and the slack behind it."""
    return np.empty(size + SLACK, np.uint8)


def fitted(batch: Batch, framing: Framing) -> Batch:
    """The batch itself when its block has the room that `framing` asks for, else a copy that has it."""
    if batch.framed_for is type(framing):
        return batch
    offset, size = lay_out(batch.caplen, framing, batch.annex)
    block = new_block(size)
    copy_runs(batch.octets, batch.offset, block, offset, batch.caplen)
    return replace(batch, octets=block, offset=offset, framed_for=type(framing))
