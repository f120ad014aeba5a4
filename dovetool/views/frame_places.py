"""Where frames are: their numbers, and of several captures the files that they are in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from dovetool.views.plain import printable


def frame_places(places: Sequence[tuple[str, int]], count: int, more: str = "...") -> str:
    """The first of some frames, as `15, 17` or `leaf1.pcap: 15, 17; leaf2.pcap: 3`.

    Args:
        places: the file of each, empty where there is one alone, and its number there.
        count: how many there are in all.
        more: what stands for those that are not named.
    """
    told = []
    for file, frames in groupby(places, itemgetter(0)):
        numbers = ", ".join(str(number) for _, number in frames)
        told.append(f"{printable(file)}: {numbers}" if file else numbers)
    rest = f" {more}" if count > len(places) else ""
    return "; ".join(told) + rest
