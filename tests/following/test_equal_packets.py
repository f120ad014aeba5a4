"""Packets that cannot be told apart: one that is lost does not shift those that follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from followed import MS, between, later, sent
from frames import eth4, tcp, udp

EQUAL = eth4(udp(b"probe"))


@pytest.mark.parametrize("lost", [(3,), (1, 2), (5, 6, 7, 11)])
@pytest.mark.parametrize("delay_ns", [200_000, 3 * MS // 2])
def test_lost_ones_among_probes(lost: tuple[int, ...], delay_ns: int, tmp_path: Path) -> None:
    """Other packets show how late packets come; each probe is as long on its way as they are."""
    frames = [EQUAL if at % 2 else eth4(udp(b"other %d" % at), ident=at) for at in range(40)]
    found = sent(frames)
    hop = between(tmp_path, found, later(found, delay_ns, [2 * at + 1 for at in lost]))
    assert (hop["seen"], hop["lost"], hop["duplicated"], hop["reordered"]) == (40, len(lost), 0, 0)
    assert hop["lost_frames"] == [2 * at + 2 for at in lost]
    assert set(hop["delay_ns"].values()) == {delay_ns}


def test_nothing_but_probes(tmp_path: Path) -> None:
    found = sent([EQUAL] * 30)
    hop = between(tmp_path, found, later(found, 100_000, [7, 20]))
    assert (hop["seen"], hop["lost"], hop["lost_frames"]) == (30, 2, [8, 21])


def test_nothing_but_probes_at_odd_times(tmp_path: Path) -> None:
    """The distances between them tell which is which, whatever the clocks say."""
    found = [frame._replace(ts_ns=frame.ts_ns + at**3 * 10_000) for at, frame in enumerate(sent([EQUAL] * 30))]
    hop = between(tmp_path, found, later(found, 7_200 * 10**9, [7, 20]))
    assert (hop["seen"], hop["lost"], hop["lost_frames"]) == (30, 2, [8, 21])
    assert hop["delay_from_least"]
    assert hop["delay_ns"]["max"] == 0


def test_retransmissions(tmp_path: Path) -> None:
    """The first one is lost, and the second, which is the same octet for octet, comes."""
    segment = eth4(tcp(b"again"), protocol=6)
    found = sent([*(eth4(udp(b"%d" % at), ident=at) for at in range(1, 9)), segment], 10 * MS)
    again = found[-1]._replace(ts_ns=found[-1].ts_ns + 200 * MS)
    end = sent([eth4(udp(b"end"), ident=99)], 1)[0]._replace(ts_ns=again.ts_ns + 10 * MS)
    hop = between(tmp_path, [*found, again, end], later([*found[:-1], again, end], MS))
    assert (hop["seen"], hop["lost"], hop["lost_frames"]) == (11, 1, [9])
    assert hop["delay_ns"]["max"] == MS


def test_duplicates_and_equal_packets_that_were_sent_twice(tmp_path: Path) -> None:
    named = [eth4(udp(b"%d" % at), ident=at) for at in range(1, 20)]
    found = sent([*named, EQUAL, EQUAL, *named[::-1]])
    came = later(found, 50_000)
    came.insert(6, came[5]._replace(ts_ns=came[5].ts_ns + 1000))
    came.insert(22, came[20]._replace(ts_ns=came[21].ts_ns + 1000))
    hop = between(tmp_path, found, came)
    assert (hop["seen"], hop["lost"], hop["duplicated"], hop["reordered"]) == (40, 0, 2, 0)


def test_two_at_the_same_time(tmp_path: Path) -> None:
    found = sent([eth4(udp(b"%d" % at), ident=at + 1) for at in range(20)], 0)
    hop = between(tmp_path, found, found[:4] + found[5:])
    assert (hop["seen"], hop["lost"], hop["reordered"]) == (20, 1, 0)
