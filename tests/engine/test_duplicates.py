"""The same packet seen twice, wherever and in whatever tunnel; and what is not the same."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from frames import A1, A2, eth, eth4, eth6, put, tagged, tcp, udp, underlay
from hypothesis import given
from hypothesis import strategies as st

from dovetool.capture.batch import SLACK, Batch
from dovetool.capture.pcap import PcapFormat
from dovetool.engine.duplicates import Duplicates, repeats
from dovetool.observe.observe import Observe

_MS = 1_000_000


def batch(*frames: tuple[float, bytes], wire: int = 0) -> Batch:
    """Frames at times in ms."""
    octets = np.frombuffer(b"".join(frame for _, frame in frames) + bytes(SLACK), np.uint8)
    caplen = np.array([len(frame) for _, frame in frames], np.int64)
    times = np.array([round(time * _MS) for time, _ in frames], np.int64)
    clock, zeros = PcapFormat(1, nanoseconds=True), np.zeros(len(frames), np.int64)
    lengths = np.maximum(caplen, wire)
    stamps = clock.from_ns(times, zeros)
    return Batch(octets, np.cumsum(caplen) - caplen, caplen, lengths, stamps, zeros, (clock.interface,), clock)


def found(*batches: Batch, window_ms: float = 2) -> list[bool]:
    duplicates = Duplicates(Observe(), round(window_ms * _MS))
    flags = [flag for each in batches for flag in duplicates.of(each).tolist()]
    assert duplicates.found == sum(flags)
    return flags


def vm_frame(payload: bytes = b"payload", ttl: int = 64, checksum: int = 0x1234, **macs: bytes) -> bytes:
    datagram = udp(payload)
    return eth4(datagram[:6] + struct.pack("!H", checksum) + datagram[8:], ttl=ttl, **macs)


PLAIN = vm_frame()
ARP = eth(b"\xff" * 6, A1, 0x0806, bytes.fromhex("0001080006040001") + A1 + bytes(14))


@pytest.mark.parametrize(
    "other",
    [
        PLAIN,
        vm_frame(ttl=63),
        vm_frame(checksum=0),
        vm_frame(src=A2, dst=A1),
        tagged(PLAIN),
        underlay(PLAIN),
        underlay(vm_frame(ttl=7), vnid=77, src=2, dst=1),
        PLAIN + bytes(9),
        eth(A2, A1, 0x0800, PLAIN[14:], vlans=bytes.fromhex("81000007")),
    ],
    ids=["equal", "ttl", "checksum", "macs", "tagged", "underlay", "another tunnel", "padded", "vlan"],
)
def test_the_same_packet(other: bytes) -> None:
    """Copies of a switch's mirror, of all interfaces, before and behind a TEP, of a router."""
    assert found(batch((0, PLAIN), (1, other))) == [False, True]
    assert found(batch((0, other)), batch((1, PLAIN))) == [False, True]


@pytest.mark.parametrize(
    "other",
    [
        vm_frame(b"another"),
        eth4(udp(b"payload"), ident=1),
        eth4(udp(b"payload"), tos=4),
        eth6(udp(b"payload")),
        underlay(ARP),
    ],
    ids=["payload", "identification", "dscp", "ipv6", "arp"],
)
def test_another_packet(other: bytes) -> None:
    assert found(batch((0, PLAIN), (0, other))) == [False, False]


def test_hop_limit_of_ipv6_and_checksums_of_tcp() -> None:
    one, other = (eth6(udp(b"x" * 50), hop_limit=limit) for limit in (64, 63))
    assert found(batch((0, one), (0, other))) == [False, True]
    segments = [put(tcp(b"y" * 50), 16, checksum) for checksum in (1, 2)]
    assert found(batch(*((0, eth4(each, protocol=6)) for each in segments))) == [False, True]


def test_frames_without_ip_are_compared_as_a_whole() -> None:
    assert found(batch((0, ARP), (0, underlay(ARP)), (0, tagged(ARP)), (0, ARP[:-1] + b"x"))) == [
        False,
        True,
        True,
        False,
    ]


def test_the_window_begins_at_the_one_that_was_kept() -> None:
    """Also where batches meet, and where time goes backwards."""
    times = (0, 1.5, 2, 3.9, 4.1, 2.5)
    expected = [False, True, True, False, True, True]
    assert found(batch(*((time, PLAIN) for time in times))) == expected
    assert found(*(batch((time, PLAIN)) for time in times)) == expected


def test_of_a_packet_that_was_cut_enough_has_to_be_there() -> None:
    long = vm_frame(bytes(1000))
    assert found(batch((0, long[:90]), (0, long[:90]), wire=len(long))) == [False, True]
    assert found(batch((0, long[:70]), (0, long[:70]), wire=len(long))) == [False, False]


packets = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), max_size=30)


@given(packets, st.integers(0, 5))
def test_repeats_are_those_of_one_after_the_other(about: list[tuple[int, int]], window: int) -> None:
    digests = np.array([[number for number, _ in about]] * 2, np.uint64)
    kept: list[tuple[int, int]] = []
    expected = []
    for number, time in about:
        repeated = any(other == number and abs(time - at) <= window for other, at in kept)
        kept += [] if repeated else [(number, time)]
        expected.append(repeated)
    assert repeats(digests, np.array([time for _, time in about], np.int64), window).tolist() == expected
