"""Pieces of packets in whole captures: what is put together stands in the place of the last, and nothing is lost."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from both_ways import batch_of, put_through
from cli_traffic import large_pcap
from frames import A1, A2, tagged, underlay, vm_frame
from in_process import dovetool
from plain_capture import Captured, read_capture, write_frames
from small_network import network_map
from strategies import Captured as Drawn

from dovetool.capture.batch import Batch
from dovetool.capture.pcap import RECORDS
from dovetool.engine import decider
from dovetool.engine.reassembly import Bounds
from dovetool.engine.stage_runner import Outcome, StageRunner
from dovetool.stages.encap import Encap
from dovetool.stages.strip import Strip
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Frame

INNER = vm_frame(600)
OTHER = vm_frame(60)
DNS = underlay(INNER)[:36] + b"\0\x35" + underlay(INNER)[38:]  # the same to port 53


def fragments(frame: bytes, size: int = 256, ident: int = 7) -> list[bytes]:
    """The IPv4 fragments of a frame, with so many octets each."""
    payload = frame[34:]
    return [
        _fragment(frame, payload[at : at + size], at, at + size < len(payload), ident)
        for at in range(0, len(payload), size)
    ]


def _fragment(frame: bytes, part: bytes, at: int, more: bool, ident: int) -> bytes:
    head = bytearray(frame[:34])
    head[16:18] = (20 + len(part)).to_bytes(2, "big")
    head[18:20] = ident.to_bytes(2, "big")
    head[20:22] = (more << 13 | at // 8).to_bytes(2, "big")
    return bytes(head) + part


def drawn(frames: list[bytes], start: int = 0) -> Batch:
    """Frames a nanosecond apart."""
    return batch_of([Drawn(Frame(octets, len(octets)), start + at, 1) for at, octets in enumerate(frames)])


def frames_of(batch: Batch) -> list[tuple[int, bytes]]:
    """Time and octets of each frame."""
    return list(zip(batch.ts_ns.tolist(), [batch.frame(row) for row in range(len(batch))], strict=True))


def reasons(outcome: Outcome) -> Counter[Reason]:
    return Counter(list(Reason)[index] for index in outcome.reasons.tolist())


def test_the_whole_frame_stands_in_the_place_of_the_last_piece() -> None:
    first, second, third = fragments(underlay(INNER))
    runner = StageRunner(Strip())
    out = put_through(runner, drawn([first, OTHER, third, OTHER, second, OTHER])).forwarded
    assert frames_of(out) == [(1, OTHER), (3, OTHER), (4, INNER), (5, OTHER)]
    tally = runner.tally()
    assert (tally.frames_in, tally.forwarded, tally.absorbed) == (6, 4, 2)
    assert not runner.pending


def test_pieces_may_lie_in_several_batches() -> None:
    """Each batch reuses the block of the one before, as a reader does."""
    pieces = fragments(underlay(INNER))
    runner = StageRunner(Strip())
    found: list[tuple[int, bytes]] = []
    for at, piece in enumerate(pieces):
        batch = drawn([OTHER, piece], 2 * at)
        out = put_through(runner, batch).forwarded
        found += frames_of(out)
        batch.octets[:] = 0xEE
    assert found == [(0, OTHER), (2, OTHER), (4, OTHER), (5, INNER)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_pieces_of_other_traffic_stay_where_they_are(order: tuple[int, ...]) -> None:
    """Also when the first one, which tells, comes last."""
    pieces = [fragments(DNS)[at] for at in order]
    frames = [OTHER, pieces[0], OTHER, pieces[1], OTHER, pieces[2], OTHER]
    runner = StageRunner(Strip())
    assert frames_of(put_through(runner, drawn(frames)).forwarded) == list(enumerate(frames))
    assert not runner.pending
    assert runner.tally().unchanged == len(frames)


def test_what_never_becomes_whole_is_settled_at_the_end() -> None:
    overlay, other = fragments(underlay(INNER)), fragments(DNS, ident=8)
    runner = StageRunner(Strip())
    put_through(runner, drawn([overlay[0], other[1], overlay[2], OTHER]))
    assert runner.pending
    (outcome,) = runner.finish(RECORDS)
    assert frames_of(outcome.forwarded) == [(1, other[1])]
    assert reasons(outcome) == {Reason.FRAGMENT_TIMEOUT: 2}
    assert frames_of(outcome.source.take(outcome.rejected)) == [(0, overlay[0]), (2, overlay[2])]
    tally = runner.tally()
    assert (tally.frames_in, tally.forwarded, tally.rejected_total) == (4, 2, 2)
    assert not list(runner.finish(RECORDS))


def test_time_of_the_capture_makes_packets_expire() -> None:
    pieces = fragments(underlay(INNER))
    runner = StageRunner(Strip(), Bounds(timeout_ns=1000))
    put_through(runner, drawn([pieces[0]]))
    outcome = put_through(runner, drawn([OTHER, pieces[1]], 2000))
    assert reasons(outcome) == {Reason.FRAGMENT_TIMEOUT: 1}
    assert frames_of(outcome.source.take(outcome.rejected)) == [(0, pieces[0])]


@pytest.mark.parametrize("together", [True, False])
def test_any_frame_shows_that_time_has_passed(together: bool) -> None:
    """What was held comes before it, so that a stray fragment is late by no more than the timeout."""
    overlay, other = fragments(underlay(INNER))[0], fragments(DNS, ident=8)[1]
    runner = StageRunner(Strip(), Bounds(timeout_ns=1000))
    batches = [drawn([overlay, other]), drawn([OTHER, OTHER], 1000), drawn([OTHER], 3000)]
    if together:
        frames = [(0, overlay), (1, other), (1000, OTHER), (1001, OTHER), (3000, OTHER)]
        batches = [batch_of([Drawn(Frame(octets, len(octets)), time, 1) for time, octets in frames])]
    outcomes = [put_through(runner, batch) for batch in batches]
    found = [frame for outcome in outcomes for frame in frames_of(outcome.forwarded)]
    assert [time for time, _ in found] == [1, 1000, 1001, 3000] if together else [1000, 1001, 1, 3000]
    assert sum(map(reasons, outcomes), Counter()) == {Reason.FRAGMENT_TIMEOUT: 1}
    assert not runner.pending


def test_verdicts_are_forgotten_while_pieces_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fragment that came early does not stop memory from being bounded, and still finds the rest of its packet."""
    monkeypatch.setattr(decider, "_MOST_VERDICTS", 0)
    first, second, third = fragments(underlay(INNER))
    other = fragments(DNS, ident=8)
    runner = StageRunner(Strip())
    found: list[tuple[int, bytes]] = []
    batches = [[first, other[1]], [underlay(OTHER, 8), second], [underlay(OTHER, 9), other[0]], [third, other[2]]]
    for at, frames in enumerate(batches):
        found += frames_of(put_through(runner, drawn(frames, 2 * at)).forwarded)
    assert found == [(2, OTHER), (4, OTHER), (1, other[1]), (5, other[0]), (6, INNER), (7, other[2])]
    tally = runner.tally()
    assert (tally.frames_in, tally.forwarded, tally.absorbed) == (8, 6, 2)
    assert tally.vnids == {8: 1, 9: 1, 5001: 1}


def test_a_tunnel_in_pieces_within_a_tunnel() -> None:
    """The outer tunnel comes off each piece, then the inner one of the whole."""
    pieces = [underlay(piece, 9) for piece in fragments(underlay(INNER))]
    other = [underlay(piece, 9) for piece in fragments(DNS, ident=8)]
    runner = StageRunner(Strip())
    out = put_through(
        runner,
        drawn([pieces[0], other[0], pieces[1], other[1], pieces[2], other[2]]),
    ).forwarded
    dns = [frame[50:] for frame in other]
    assert frames_of(out) == [(1, dns[0]), (3, dns[1]), (4, INNER), (5, dns[2])]


def test_tenants_with_the_same_addresses_do_not_mix() -> None:
    """Pieces that agree in all but the network of the tunnel around them are of two packets."""
    mine, theirs = fragments(underlay(INNER)), fragments(underlay(INNER[::-1]))
    pairs = zip(mine, theirs, strict=True)
    frames = [underlay(piece, vnid) for pair in pairs for vnid, piece in zip((8, 9), pair, strict=True)]
    out = put_through(StageRunner(Strip()), drawn(frames)).forwarded
    assert [octets for _, octets in frames_of(out)] == [INNER, INNER[::-1]]


@pytest.fixture
def scattered(tmp_path: Path) -> Path:
    """A capture large enough for several processes, with packets in pieces all over it."""
    choice = random.Random(3)
    source = tmp_path / "in.pcap"
    source.write_bytes(large_pcap("strip", 24 << 20))
    frames = [frame.octets for frame in read_capture(source) if len(frame.octets) == frame.orig_len]
    for ident in range(120):
        at = choice.choice([choice.randrange(len(frames)), len(frames) // 2])
        for piece in choice.sample(fragments(underlay(vm_frame(1200)), 408, ident), 3 if ident % 5 else 2):
            frames.insert(at, piece)
            at = min(at + choice.randrange(40), len(frames))
    return write_frames(source, frames)


def test_several_processes_find_what_one_does(scattered: Path, tmp_path: Path) -> None:
    """A packet whose pieces lie in two blocks is put together all the same."""
    results: list[tuple[bytes, list[Captured], dict[str, object]]] = []
    for jobs in ("1", "3"):
        target, rejects = tmp_path / f"{jobs}.pcap", tmp_path / f"{jobs}.pcapng"
        summary = dovetool("strip", scattered, target, "-j", jobs, "--rejects", rejects)
        summary.pop("seconds")
        results.append((target.read_bytes(), read_capture(rejects), summary))
    assert results[0] == results[1]
    assert results[0][2]["absorbed"] == 96 * 2


@pytest.mark.parametrize("ip", ["192.0.2.", "2001:db8::"])
@pytest.mark.parametrize("encap", ["vxlan", "geneve", "nvgre"])
def test_fragments_of_an_underlay_with_a_small_mtu(ip: str, encap: str) -> None:
    """What Encap cuts, Strip puts together again."""
    tep = {"mtu": 400, "on_mtu": "fragment", "encap": [encap], "udp_checksum": "full"}
    vnid_map = network_map(teps={name: {**tep, "ip": ip + name[-1]} for name in ("tep1", "tep2")})
    frames = [vm_frame(size, A2, A1) for size in (60, 346, 347, 800, 1400)]
    sender, receiver = StageRunner(Encap(vnid_map, vnid_map.tep("tep1"))), StageRunner(Strip())
    sent = put_through(sender, drawn([tagged(frame) for frame in frames])).forwarded
    assert len(sent) > len(frames) + 3
    assert int(sent.orig_len.max()) <= 14 + 400
    assert frames_of(put_through(receiver, sent).forwarded) == list(enumerate(frames))
    assert sender.tally().replicas == receiver.tally().absorbed == len(sent) - len(frames)


def later_pieces(packets: int, pieces: int) -> Iterator[bytes]:
    """Fragments of 8 octets, none of them the first of its packet, so that nobody knows yet what they belong to."""
    frame = underlay(INNER)
    for ident in range(packets):
        head = bytearray(frame[:34] + bytes(8))
        head[16:18], head[18:20] = (28).to_bytes(2, "big"), ident.to_bytes(2, "big")
        for at in range(1, pieces + 1):
            head[20:22] = (0x2000 | at).to_bytes(2, "big")
            yield bytes(head)


def memory_held(frames: Iterable[bytes], bounds: Bounds) -> int:
    """Octets that a stage has taken for itself when it has seen all of the frames, in batches of 1000."""
    runner = StageRunner(Strip(), bounds)
    put_through(runner, drawn([next(later_pieces(1, 1))]))
    tracemalloc.start()
    try:
        waiting = iter(frames)
        while some := list(islice(waiting, 1000)):
            put_through(runner, drawn(some))
        del some
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("packets", "pieces"), [(1, 3000), (6000, 1), (60, 100)])
def test_bound_on_memory_is_one(packets: int, pieces: int) -> None:
    """However small the pieces are, and however few to a packet: what is held takes what it is said to, or less."""
    bound = 3 << 20
    held = memory_held(later_pieces(packets, pieces), Bounds(octets=bound, packets=1 << 20))
    assert bound // 3 < held < bound


def test_spoiled_packets_are_remembered_without_their_pieces() -> None:
    held = [piece for ident in range(400) for piece in fragments(underlay(INNER), 64, ident)[:8]]
    overlapping = [_fragment(underlay(INNER), bytes(64), 24, True, ident) for ident in range(400)]
    assert memory_held([*held, *overlapping], Bounds()) < memory_held(held, Bounds()) / 3
