"""The map that captures tell: statements put together as those of any other source."""

from __future__ import annotations

from dovetool.learning.conclusions import conclude
from dovetool.learning.ledger import Ledger
from dovetool.map_sources.assembly.assemble import assemble
from dovetool.map_sources.assembly.told import Told
from dovetool.vnid_map.file.draft import Settled, settled


def learnt(ledger: Ledger, source: str) -> tuple[Told, Settled]:
    """Make a map of what was seen.

    Args:
        ledger: what was seen.
        source: the name of the captures.

    Returns:
        What there is to say of it, and the map with its comments.
    """
    told = assemble(conclude(ledger, source))
    result = settled(told.draft)
    told.left_out += result.left_out
    if ledger.beyond:
        many = f"captures show more than {ledger.most:,} of them"
        told.left_out.append(f"{ledger.beyond:,} frames with more addresses: {many}")
    return told, result
