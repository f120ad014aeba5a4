"""The same packets in other forms at the next place: in other tunnels, cut up, joined or cut short, by other clocks."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from followed import MS, START_NS, between, followed, later, sent
from frames import IP_A1, IP_A2, eth4, eth6, ipv4, tcp, udp, underlay
from in_process import dovetool
from plain_capture import Captured, read_capture, write_capture, write_pcapng

HOUR = 3_600 * 10**9
FRAMES = [
    eth4(udp(b"packet %d " % at * (at % 7 + 1)), ident=at) if at % 3 else eth6(udp(b"packet %d " % at * (at % 7 + 1)))
    for at in range(1, 60)
]


def tunnelled(frames: Iterable[Captured]) -> list[Captured]:
    made = [frame._replace(octets=underlay(frame.octets)) for frame in frames]
    return [frame._replace(orig_len=len(frame.octets)) for frame in made]


def test_another_encapsulation_at_each_place(tmp_path: Path) -> None:
    found = sent(FRAMES)
    bare, one = write_capture(tmp_path / "vm.pcap", found), write_capture(tmp_path / "one.pcap", tunnelled(found))
    dovetool("translate", one, tmp_path / "two.pcap", "--to", "geneve")
    dovetool("translate", one, tmp_path / "three.pcap", "--to", "nvgre")
    dovetool("strip", tmp_path / "two.pcap", tmp_path / "end.pcap")
    hops = followed(bare, one, tmp_path / "two.pcap", tmp_path / "three.pcap", tmp_path / "end.pcap")["hops"]
    assert [(hop["seen"], hop["lost"], sum(hop["changed"].values())) for hop in hops] == [(59, 0, 0)] * 4


@pytest.mark.parametrize("snaplen", [120, 180])
def test_cut_short_at_one_place(snaplen: int, tmp_path: Path) -> None:
    found = sent(FRAMES)
    cut = [frame._replace(octets=frame.octets[:snaplen]) for frame in tunnelled(later(found, MS, [9, 33]))]
    hop = between(tmp_path, found, cut)
    assert (hop["seen"], hop["lost"], hop["lost_frames"]) == (59, 2, [10, 34])
    assert followed(tmp_path / "one.pcap", tmp_path / "two.pcap")["compared"] == {120: "head", 180: "begin"}[snaplen]


def test_cut_before_they_can_be_known(tmp_path: Path) -> None:
    found = sent(FRAMES)
    few = [
        frame._replace(octets=frame.octets[:70]) if at % 2 else frame
        for at, frame in enumerate(tunnelled(later(found, MS)))
    ]
    write_capture(tmp_path / "one.pcap", found)
    captures = followed(tmp_path / "one.pcap", write_capture(tmp_path / "two.pcap", few))["captures"]
    assert [each["cut"] for each in captures] == [0, 29]


@pytest.mark.parametrize("ahead_ns", [3 * HOUR, -3 * HOUR, 40 * MS])
def test_clocks_that_differ(ahead_ns: int, tmp_path: Path) -> None:
    """What A sends passes the first place first, what B answers the second; a delay of 100 us, and 300 us for some."""
    forth = sent([eth4(udp(b"%d" % at), ident=at + 1) for at in range(50)])
    back = [
        frame._replace(ts_ns=frame.ts_ns + MS // 2, octets=octets)
        for frame, octets in zip(
            forth, [eth4(udp(b"r%d" % at), ident=at, src_ip=IP_A2, dst_ip=IP_A1) for at in range(1, 51)], strict=True
        )
    ]
    slow = {3, 9, 27}
    first = sorted(forth + [each._replace(ts_ns=each.ts_ns + 100_000) for each in back])
    second = sorted(
        [each._replace(ts_ns=each.ts_ns + (300_000 if at in slow else 100_000)) for at, each in enumerate(forth)] + back
    )
    second = [each._replace(ts_ns=each.ts_ns + ahead_ns) for each in second if b"r7" not in each.octets]
    one, two = write_capture(tmp_path / "one.pcap", first), write_pcapng(tmp_path / "two.pcapng", second)
    found = followed(one, two)
    assert found["clock_offset_ns"] == {str(one): 0, str(two): ahead_ns}
    there, here = found["hops"]
    assert [(hop["from"], hop["to"]) for hop in (there, here)] == [(str(one), str(two)), (str(two), str(one))]
    assert [(hop["seen"], hop["lost"]) for hop in (there, here)] == [(50, 0), (49, 0)]
    assert there["delay_ns"] == {"min": 100_000, "p50": 100_000, "p90": 100_000, "p99": 300_000, "max": 300_000}
    assert set(here["delay_ns"].values()) == {100_000}


def test_one_way_by_clocks_that_differ(tmp_path: Path) -> None:
    found = sent(FRAMES)
    hop = between(tmp_path, found, later(found, -HOUR, [20]))
    assert (hop["seen"], hop["lost"], hop["delay_from_least"]) == (59, 1, True)
    assert set(hop["delay_ns"].values()) == {0}
    assert followed(tmp_path / "one.pcap", tmp_path / "two.pcap")["clock_offset_ns"][str(tmp_path / "two.pcap")] is None


def test_microseconds_and_nanoseconds(tmp_path: Path) -> None:
    found = sent(FRAMES, MS + 123)
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 1)]
    for frame in later(found, 50_000, [4]):
        seconds, rest = divmod(frame.ts_ns, 10**9)
        parts += struct.pack("<IIII", seconds, rest // 1000, len(frame.octets), frame.orig_len), frame.octets
    (tmp_path / "us.pcap").write_bytes(b"".join(parts))
    hop = followed(write_pcapng(tmp_path / "ns.pcapng", found), tmp_path / "us.pcap")["hops"][0]
    assert (hop["seen"], hop["lost"]) == (59, 1)
    assert 49_000 < hop["delay_ns"]["min"] <= hop["delay_ns"]["max"] <= 50_000


def test_a_capture_that_begins_later_and_ends_earlier(tmp_path: Path) -> None:
    found = sent(FRAMES)
    hop = between(tmp_path, found, later(found, 50_000, [*range(12), 30, *range(50, 59)]))
    assert (hop["seen"], hop["lost"], hop["outside"], hop["lost_frames"]) == (38, 1, 21, [31])
    hop = between(tmp_path, found[12:50], later(found, 50_000))
    assert (hop["seen"], hop["lost"], hop["outside"], hop["duplicated"]) == (38, 0, 0, 0)


def cut_up(frame: bytes, size: int, ident: int) -> list[bytes]:
    """An IPv4 packet behind an Ethernet header in fragments with so many octets each."""
    packet, pieces = frame[14:], []
    load, ends = packet[20:], packet[12:20]
    for start in range(0, len(load), size):
        more = 0x2000 if start + size < len(load) else 0
        piece = ipv4(
            load[start : start + size],
            protocol=packet[9],
            ident=ident,
            flags=more | start // 8,
            src_ip=ends[:4],
            dst_ip=ends[4:],
        )
        pieces.append(frame[:14] + piece)
    return pieces


def test_fragments_at_one_place(tmp_path: Path) -> None:
    whole = [eth4(udp(bytes((at,)) * 500), ident=at + 1, flags=0) for at in range(20)]
    pieces = [piece for at, frame in enumerate(whole) for piece in cut_up(frame, 200, at + 1)]
    found, cut = sent(whole), later(sent(pieces, MS // 3), 10_000)
    hop = between(tmp_path, found, cut)
    assert (hop["seen"], hop["lost"], hop["changed"]["fragments"]) == (20, 0, 20)
    hop = between(tmp_path, cut, later(found, 2 * MS))
    assert (hop["lost"], hop["changed"]["fragments"]) == (0, 20)


def test_fragments_of_the_underlay_are_put_together(tmp_path: Path) -> None:
    found = sent([eth4(udp(bytes((at,)) * 500), ident=at + 1) for at in range(20)])
    pieces = [piece for at, frame in enumerate(tunnelled(found)) for piece in cut_up(frame.octets, 304, at + 1)]
    hop = between(tmp_path, found, later(sent(pieces, MS // 2), 10_000, [8, 9]))
    assert (hop["seen"], hop["lost"], sum(hop["changed"].values())) == (20, 1, 0)


def segments(number: int, sizes: Iterable[int]) -> list[bytes]:
    """Segments of a stream, one behind the other, of so many octets."""
    made, seq = [], 1000 + 10_000 * number
    for at, size in enumerate(sizes):
        segment = bytearray(tcp(bytes((number + at,)) * size))
        segment[4:8] = seq.to_bytes(4, "big")
        made.append(eth4(bytes(segment), protocol=6, ident=number * 10 + at + 1))
        seq += size
    return made


def test_segments_that_a_network_card_cuts_up_or_puts_together(tmp_path: Path) -> None:
    small = [each for number in range(10) for each in segments(number, [1000, 1000, 500])]
    large = []
    for number in range(10):
        parts = segments(number, [1000, 1000, 500])
        load = b"".join(part[54:] for part in parts)
        head = parts[0][34:54]
        large.append(eth4(head + load, protocol=6, ident=number * 10 + 1))
    one, other = sent(large), later(sent(small, MS // 3), 10_000)
    hop = between(tmp_path, one, other)
    assert (hop["seen"], hop["lost"], hop["duplicated"], hop["changed"]["length"]) == (10, 0, 0, 10)
    hop = between(tmp_path, other, later(one, 2 * MS))
    assert (hop["lost"], hop["changed"]["length"]) == (0, 10)


@pytest.mark.parametrize("field", ["dscp", "ecn", "ttl", "macs"])
def test_what_is_changed(field: str, tmp_path: Path) -> None:
    found = sent([eth4(udp(b"%d" % at), ident=at + 1, tos=2) for at in range(30)])
    how: dict[str, Any] = {"dscp": {"tos": 0xBA}, "ecn": {"tos": 3}, "ttl": {"ttl": 63}, "macs": {"src": bytes(6)}}
    came = later(found, 10_000)
    came[7] = came[7]._replace(octets=eth4(udp(b"7"), ident=8, **{"tos": 2, **how[field]}))
    hop = between(tmp_path, found, came)
    assert {name: count for name, count in hop["changed"].items() if count} == {field: 1}
    assert (hop["seen"], hop["lost"]) == (30, 0)


def test_congestion_that_the_tunnel_met_counts_once_it_is_out(tmp_path: Path) -> None:
    found = sent([eth4(udp(b"%d" % at), ident=at + 1, tos=2) for at in range(30)])
    under = tunnelled(found)
    marked = bytearray(under[4].octets)
    marked[15] |= 3
    under[4] = under[4]._replace(octets=bytes(marked))
    assert between(tmp_path, found, under)["changed"]["ecn"] == 1


def test_the_lost_ones_are_kept_as_they_were_last_seen(tmp_path: Path) -> None:
    found = sent(FRAMES)
    one = write_capture(tmp_path / "one.pcap", found)
    two = write_pcapng(tmp_path / "two.pcapng", tunnelled(later(found, MS, [5])))
    three = write_capture(tmp_path / "three.pcap", later(found, 2 * MS, [5, 40]))
    followed(one, two, three, "--rejects", tmp_path / "lost.pcapng")
    octets = [frame.octets for frame in read_capture(tmp_path / "lost.pcapng")]
    assert octets == [FRAMES[5], underlay(FRAMES[40])]
    raw = (tmp_path / "lost.pcapng").read_bytes()
    assert f"lost: seen at {one}, not at {two}".encode() in raw
    assert f"lost: seen at {two}, not at {three}".encode() in raw


def test_a_packet_that_only_the_capture_missed_was_seen_later(tmp_path: Path) -> None:
    found = sent(FRAMES)
    captures = [write_capture(tmp_path / f"{at}.pcap", later(found, at * MS, [5] * (at == 1))) for at in range(3)]
    hop = followed(*captures)["hops"][0]
    assert (hop["lost"], hop["seen_later"]) == (1, 1)


def test_time_of_the_first_capture(tmp_path: Path) -> None:
    found = sent(FRAMES)
    between(tmp_path, found, later(found, MS))
    captures = followed(tmp_path / "one.pcap", tmp_path / "two.pcap")["captures"]
    assert [each["first_ns"] - START_NS for each in captures] == [0, MS]
