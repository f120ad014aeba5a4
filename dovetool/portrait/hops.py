"""What became of packets from capture to capture, where captures are of several places that packets come by."""

from __future__ import annotations

from typing import NamedTuple

from dovetool.following.follower import Followed
from dovetool.following.following import By, Following

MOST_ROWS = 200


class Hops(NamedTuple):
    """The same packets, summed up by network, by pair and by flow: of each, at most `MOST_ROWS` groups."""

    networks: Following
    pairs: Following
    flows: Following


def hops_of(followed: Followed) -> Hops:
    """The sums of what was followed."""
    return Hops(*(followed.summed_up(by, MOST_ROWS) for by in (By.NETWORK, By.PAIR, By.FLOW)))
