"""Mutate frames of every encapsulation and put them through every stage, and through all that only looks at frames:
nothing may raise, batch and scalar agree.

    PYTHONPATH=tests python tests/fuzz/fuzz_frames.py --seconds 600 --seed 1

The seeds are the frames in `corpus/`; `--write-corpus` makes them again. With `--keep FOLDER`, frames of which the
stages say what they said of none before are seeds too, and lie there for the next run. A frame that breaks something is
written into the working directory as `crash-N`, and the program ends with exit code 1.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path

from both_ways import batch_of, check
from guest_frames import guest_frames
from link_frames import LINKS, UNREADABLE
from seeds import CORPUS, Seeds
from strategies import MACS, Captured, encapsulated, sample_map
from ways import BETWEEN, CARRIED, THROUGH

from dovetool.analysis.frame_summary import Sight
from dovetool.audit.audit import Audit
from dovetool.audit.enforced import enforced
from dovetool.engine.flow_table import Classifier
from dovetool.frame.view import FrameView
from dovetool.observe.by import By
from dovetool.observe.dissection import dissect
from dovetool.observe.grouping import Grouping
from dovetool.observe.names import Names
from dovetool.observe.observe import Detail, Observe
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.stage import Stage
from dovetool.stages.strip import Strip
from dovetool.stages.switch import Tag
from dovetool.stages.translate import Translate
from dovetool.stages.untag import Untag
from dovetool.verdict.fragmentation import Cut
from dovetool.verdict.verdict import Frame, carry_out
from dovetool.wire import ENCAPSULATIONS, DoveTag, vnid

MAP = sample_map()
STAGES: tuple[Stage, ...] = (
    Strip(),
    Strip(depth=1, ethernet_only=False),
    Decap(MAP, selectors=selectors_of(MAP)),
    Encap(MAP),
    Tag(MAP, MAP.port("sw1/p1")),
    *enforced([Decap(MAP, selectors=selectors_of(MAP)), Encap(MAP), Untag(MAP)], MAP),
    *(Translate(name) for name in ("vxlan", "vxlan-gpe", "geneve", "nvgre", "gretap")),
)
OBSERVE, NAMES = Observe(selectors_of(MAP)), Names(MAP)
LOCATE = Observe(selectors_of(MAP), detail=Detail.TUNNELS, later=Detail.ALL)
AUDIT = Audit(MAP, selectors_of(MAP))
LOOKERS: tuple[Callable[[FrameView], Hashable], ...] = (
    OBSERVE.observe,
    Sight(OBSERVE, NAMES).look,
    Sight(LOCATE, NAMES).begin,
    AUDIT.examine,
    *(Grouping(by, OBSERVE, NAMES).share for by in By),
)
"""What asks about frames without deciding anything; the answers are shared by frames that look the same."""
LINK_TYPES = (1, *sorted({linked.link_type for linked in LINKS.values()}), 143)
ERSPAN2 = bytes.fromhex("1000 88be 00000001 1065 0865 00000004")
ERSPAN3 = bytes.fromhex("1000 22eb 00000001 2065 0865 12345678 0000 0001 0000000000000000")
STT = bytes.fromhex("9c401d2f 00740000 00000001 50100000 00000000 0000000000000000 0000000000001389 0000")


def corpus() -> Iterator[tuple[str, bytes]]:
    """The seeds: every encapsulation on IPv4 and IPv6, nested, in pieces, and what is only read."""
    guests = guest_frames()
    inner = MACS[1] + MACS[0] + guests["udp-odd"][12:]
    for ip, local, remote in (("v4", "tep1", "tep2"), ("v6", "tep6", "tep7")):
        ends = [tep for tep in MAP.teps if tep.name in (local, remote)]
        for name, codec in ENCAPSULATIONS.items():
            if codec.is_written:
                frame = encapsulated(inner, ends[0], ends[1], 5001, 2, 4789, name)
                yield f"{name}-{ip}", frame
                yield f"{name}-{ip}-nested", encapsulated(frame, ends[0], ends[1], 5002, 0, 4789, name)
        big = encapsulated(MACS[1] + MACS[0] + guests["udp-long"][12:], ends[0], ends[1], 5001)
        at = 14 + (20 if ip == "v4" else 40)
        for number, (octets, _) in enumerate(Cut(14, at, 600).fragments(big, len(big))):
            yield f"fragment-{ip}-{number}", octets
    outer = encapsulated(inner, MAP.teps[0], MAP.teps[2], 5001, 0, 4789, "gretap")[:34]
    for name, header in (("erspan2", ERSPAN2), ("erspan3", ERSPAN3)):
        yield name, _with_length(outer + header + inner)
    yield from _ways_and_links(inner)
    stt = outer[:23] + b"\6" + outer[24:] + STT + inner
    yield "stt", _with_length(stt)
    for name, frame in guests.items():
        if len(frame) < 400:
            yield f"tagged-{name}", MACS[1] + MACS[0] + DoveTag(vnid(5001), 5).emit() + frame[12:]


def _ways_and_links(inner: bytes) -> Iterator[tuple[str, bytes]]:
    """What stands between Ethernet and IP, tunnels that name no network, and every link type."""
    plain = encapsulated(inner, MAP.teps[0], MAP.teps[2], 5001)
    for name, way in {**BETWEEN, **THROUGH}.items():
        yield _file_name(name), way(plain)
    for name, (_, carry) in CARRIED.items():
        yield _file_name(name), carry(inner)
        yield _file_name(name) + "-nested", carry(carry(plain))
    for name, linked in {**LINKS, **UNREADABLE}.items():
        yield f"{_file_name(name)}@{linked.link_type}", linked.octets


def _file_name(name: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


def _with_length(frame: bytes) -> bytes:
    return frame[:16] + (len(frame) - 14).to_bytes(2, "big") + frame[18:]


def write_corpus() -> None:
    """Write the seeds."""
    CORPUS.mkdir(exist_ok=True)
    for name, octets in corpus():
        (CORPUS / name).write_bytes(octets)


def mutated(seeds: Seeds, choice: random.Random) -> Captured:
    """A frame made from one or two seeds, at times cut, now and then of another link type."""
    which = choice.randrange(len(seeds))
    octets, link_type = bytearray(seeds.octets[which]), seeds.link_types[which]
    if choice.random() < 0.2:
        link_type = choice.choice(LINK_TYPES)
    for _ in range(choice.choice((0, 1, 1, 1, 2, 3, 6))):
        _mutate(octets, seeds.octets, choice)
    orig_len = max(len(octets) + choice.choice((0, 0, 0, 0, 1, -3, 700)), 0)
    if choice.random() < 0.25:
        del octets[choice.randrange(len(octets) + 1) :]
    return Captured(Frame(bytes(octets), orig_len), choice.randrange(9) * 10**9, link_type)


def _mutate(octets: bytearray, seeds: list[bytes], choice: random.Random) -> None:
    if len(octets) < 4:
        octets += choice.randbytes(8)
    at = choice.randrange(len(octets) - 1) if choice.random() < 0.5 else choice.randrange(min(len(octets) - 1, 110))
    kind = choice.randrange(8)
    if kind == 0:
        octets[at] ^= 1 << choice.randrange(8)
    elif kind == 1:
        octets[at] = choice.choice((0, 1, 0x7F, 0x80, 0xFF, choice.randrange(256)))
    elif kind in (2, 3):  # a field of 16 bits, such as a length: shorter, longer, zero, the maximum
        word = int.from_bytes(octets[at : at + 2], "big")
        word = choice.choice((0, 0xFFFF, word + 1, word - 1, word + 8, word - 8, len(octets) - at, word * 2)) & 0xFFFF
        octets[at : at + 2] = word.to_bytes(2, "big")
    elif kind == 4:
        octets[at:at] = choice.randbytes(choice.randrange(1, 9))
    elif kind == 5:
        del octets[at : at + choice.randrange(1, 9)]
    elif kind == 6:
        octets[at:] = choice.choice(seeds)[choice.randrange(40) :]
    else:
        other = choice.choice(seeds)
        octets[at : at + 20] = other[at : at + 20]


def try_frame(one: Captured) -> list[Hashable]:
    """Put a frame through all stages, one by one; returns the reason or the number of frames that each gave for it."""
    said: list[Hashable] = []
    for stage in STAGES:
        made = carry_out(stage.decide(view_of(one)), one.frame)
        if isinstance(made, tuple):
            assert all(len(frame.octets) <= frame.orig_len for frame in made if frame is not one.frame)
        said.append(len(made) if isinstance(made, tuple) else made.reason)
    dissect(view_of(one), OBSERVE, NAMES)
    return said


def view_of(one: Captured) -> FrameView:
    """The frame, on which nothing was looked at yet."""
    return FrameView(one.frame.octets, one.frame.orig_len, link_type=one.link_type, ts_ns=one.ts_ns)


def check_answers(ask: Callable[[FrameView], Hashable], frames: list[Captured]) -> None:
    """What is said of frames in a batch is what is said of each by itself."""
    classifier = Classifier(ask, MAP.change_times_ns)
    numbers = classifier.numbers(batch_of(frames)).tolist()
    for one, number in zip(frames, numbers, strict=True):
        assert classifier.answers[number] == ask(view_of(one)), one


def run(seconds: float, seed: int, seeds: Seeds) -> int:
    """Fuzz for so long; returns the number of crashes."""
    choice, executions, began = random.Random(seed), 0, time.monotonic()
    while time.monotonic() - began < seconds:
        frames = [mutated(seeds, choice) for _ in range(40)]
        one = frames[0]
        try:
            for one in frames:
                seeds.learn(one, try_frame(one))
                executions += len(STAGES) + 1
            for stage in choice.sample(STAGES, 2):
                check(stage, [frames[:20], frames[20:]])
                executions += len(frames)
            for ask in choice.sample(LOOKERS, 2):
                check_answers(ask, frames)
                executions += len(frames)
        except Exception as error:
            Path(f"crash-{executions}").write_bytes(one.frame.octets)
            sys.stderr.write(f"{error!r}\nafter {executions:,} executions, seed {seed}: crash-{executions}, {one}\n")
            return 1
    sys.stdout.write(f"{executions:,} executions in {seconds:.0f} s, {len(seeds)} frames, seed {seed}: no crash\n")
    return 0


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--write-corpus", action="store_true")
    options = parser.parse_args()
    if options.write_corpus:
        write_corpus()
    return run(options.seconds, options.seed, Seeds(options.keep))


if __name__ == "__main__":
    sys.exit(main())
