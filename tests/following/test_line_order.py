"""Captures that are named in another order than that in which packets come by."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from followed import MS, followed, later, sent
from frames import IP_A1, IP_A2, eth4, udp
from plain_capture import write_capture

AT_US = {"vm": 0, "tep": 40, "spine": 90, "peer": 130}
"""How far each place is from the first, in microseconds."""
AHEAD_NS = {"vm": 0, "tep": 700 * MS, "spine": -3 * MS, "peer": 5_000 * MS}
"""By how much the clock of each is ahead."""
TWO_WAYS = [
    [eth4(udp(b"%d" % at), ident=at) for at in range(1, 41)],
    [eth4(udp(b"r%d" % at), ident=at, src_ip=IP_A2, dst_ip=IP_A1) for at in range(1, 41)],
]


def written(folder: Path, at_us: dict[str, int], *, both_ways: bool = True) -> dict[str, Path]:
    """The capture of each place on a line; the answers pass the last one first."""
    forth, back = map(sent, TWO_WAYS)
    end_us = max(at_us.values())
    return {
        name: write_capture(
            folder / f"{name}.pcap",
            sorted(
                later(forth, us * 1000 + AHEAD_NS[name])
                + (later(back, MS // 2 + (end_us - us) * 1000 + AHEAD_NS[name]) if both_ways else [])
            ),
        )
        for name, us in at_us.items()
    }


@pytest.mark.parametrize("order", list(permutations(AT_US)), ids="-".join)
def test_the_line_is_found(order: tuple[str, ...], tmp_path: Path) -> None:
    paths = written(tmp_path, AT_US)
    found = followed(*(paths[name] for name in order))["likely_order"]
    line = list(AT_US) if AT_US[order[0]] < AT_US[order[-1]] else list(reversed(AT_US))
    assert found == (None if line == list(order) else [str(paths[name]) for name in line])


def test_places_that_are_one(tmp_path: Path) -> None:
    """What differs by less than clocks tell apart is no order."""
    paths = written(tmp_path, {"tep": 0, "vm": 1, "spine": 2})
    assert followed(*(paths[name] for name in ("vm", "tep", "spine")))["likely_order"] is None


def test_one_way(tmp_path: Path) -> None:
    """Clocks could be anything."""
    paths = written(tmp_path, AT_US, both_ways=False)
    assert followed(*(paths[name] for name in ("spine", "vm", "peer", "tep")))["likely_order"] is None
