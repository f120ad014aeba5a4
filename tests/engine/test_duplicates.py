"""The same packet seen twice, wherever and in whatever tunnel; and what is not the same."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from frames import A1, A2, eth, eth4, eth6, put, tagged, tcp, udp, underlay
from hypothesis import given
from hypothesis import strategies as st

from dovetool.capture.batch import SLACK, Batch
from dovetool.capture.pcap import PcapFormat
from dovetool.engine.duplicates import Duplicates
from dovetool.engine.repeats import NO_NETWORK, repeats
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


def erspan(frame: bytes, session: int) -> bytes:
    """The frame as a switch sends it that mirrors, by ERSPAN type II."""
    gre = struct.pack("!HHI", 0x1000, 0x88BE, 1)
    return eth4(gre + struct.pack("!HHI", 0x1000, session, 0) + frame, protocol=47)


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


@pytest.mark.parametrize(
    ("frames", "copies"),
    [
        ((underlay(PLAIN, vnid=5), underlay(PLAIN, vnid=6), underlay(PLAIN, vnid=5)), (0, 0, 1)),
        ((underlay(ARP, vnid=5), underlay(ARP, vnid=6), tagged(ARP, vnid=6)), (0, 0, 1)),
        ((PLAIN, underlay(PLAIN, vnid=5), underlay(PLAIN, vnid=6), PLAIN), (0, 1, 0, 1)),
        ((underlay(PLAIN, vnid=5), underlay(PLAIN, vnid=6), PLAIN), (0, 0, 1)),
        ((erspan(PLAIN, 1), erspan(PLAIN, 2)), (0, 1)),
        ((erspan(underlay(PLAIN, vnid=5), 1), erspan(underlay(PLAIN, vnid=6), 1)), (0, 0)),
        ((underlay(vm_frame(ttl=64), vnid=5), underlay(vm_frame(ttl=63), vnid=900)), (0, 0)),
    ],
    ids=["two tenants", "arp", "a VM's port first", "a VM's port last", "mirrors", "mirrored", "routed"],
)
def test_packets_of_two_networks(frames: tuple[bytes, ...], copies: tuple[int, ...]) -> None:
    """Where both are known; so it is in one batch, and in a batch each. Across networks all are copies of the first."""
    whole = batch(*((0, frame) for frame in frames))
    assert found(whole) == list(map(bool, copies))
    assert found(*(batch((0, frame)) for frame in frames)) == list(map(bool, copies))
    assert Duplicates(Observe(), _MS, across_networks=True).of(whole).tolist() == [False] + [True] * (len(frames) - 1)


def test_networks_that_a_file_tells() -> None:
    """Of a capture that networks were taken off, interfaces tell them."""
    both = batch((0, PLAIN), (0, PLAIN), (0, PLAIN))
    interfaces = tuple(replace(both.interfaces[0], tenant=tenant) for tenant in (5, 6, -1))
    assert found(replace(both, interface=np.arange(3), interfaces=interfaces)) == [False, False, True]


Sent = tuple[int, int, int]
"""Which packet, when, and in which network."""
sent = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(NO_NETWORK, 2)), max_size=60)


class Kept(NamedTuple):
    """A packet that repeats none, and its network as far as it is known."""

    number: int
    time: int
    network: list[int]


def one_after_the_other(packets: list[Sent], window: int) -> tuple[list[bool], list[int]]:
    """Which of them repeat one, and networks."""
    kept: list[Kept] = []
    flags, networks = [], [[network] for _, _, network in packets]
    for (number, time, network), told in zip(packets, networks, strict=True):
        same = [
            each
            for each in kept
            if each.number == number
            and abs(each.time - time) <= window
            and (NO_NETWORK in (network, each.network[0]) or each.network[0] == network)
        ]
        flags.append(bool(same))
        if not same:
            kept.append(Kept(number, time, told))
        elif same[0].network[0] == NO_NETWORK:
            same[0].network[0] = network
    return flags, [network[0] for network in networks]


@given(sent, st.integers(0, 5))
def test_repeats_are_those_of_one_after_the_other(packets: list[Sent], window: int) -> None:
    columns = np.array(packets, np.int64).reshape(-1, 3).T
    repeated, told, _ = repeats(np.stack([columns[0].astype(np.uint64)] * 2), columns[1], columns[2], window)
    assert (repeated.tolist(), told.tolist()) == one_after_the_other(packets, window)


@given(sent, st.data())
def test_batches_are_cut_anywhere(packets: list[Sent], data: st.DataObject) -> None:
    """Frames of a capture in the order of time, in whatever batches."""
    packets.sort(key=lambda packet: packet[1])
    frames = [(time, framed(number, network)) for number, time, network in packets]
    batches = []
    while frames:
        count = data.draw(st.integers(1, len(frames)))
        batches.append(batch(*frames[:count]))
        frames = frames[count:]
    assert found(*batches) == one_after_the_other(packets, 2)[0]


def test_a_crowd_of_networks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One packet in very many networks: the last of them are remembered, and no frame is lost."""
    monkeypatch.setattr("dovetool.engine.duplicates._MOST_CROWDED", 20)
    frames = batch(*((0, underlay(PLAIN, vnid=vnid)) for vnid in range(1, 100)))
    duplicates = Duplicates(Observe(), _MS)
    assert not duplicates.of(frames).any()
    flags = duplicates.of(frames)
    assert flags[-20:].all()
    assert 20 < flags.sum() < 40


def framed(number: int, network: int) -> bytes:
    frame = vm_frame(b"packet %d" % number)
    return frame if network == NO_NETWORK else underlay(frame, vnid=network + 5)
