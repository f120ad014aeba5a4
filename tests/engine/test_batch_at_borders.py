"""The batch way and the scalar way are one at every border: limits, headers that are cut, lengths of 0, near flows.

These frames are the same in every run. Random ones, of more shapes, are in `test_batch_equals_scalar`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest
from both_ways import MAP, NANOSECONDS, STAGES, batch_of, check
from every_encap import (
    FAMILIES,
    OVER_IP,
    SETTINGS,
    every_map,
    inner_packets,
    offloaded_frames,
    tagged_for,
    underlay_frames,
    whole,
)
from gateway_map import MAP as GATEWAY_MAP
from neighbours import neighbours
from plain_capture import read_capture
from strategies import BROADCAST, MACS, Captured

from dovetool.analysis.frame_path import journey
from dovetool.analysis.single_frame import KnownFrame
from dovetool.audit.enforced import enforced
from dovetool.capture.writer import PcapWriter
from dovetool.engine.pipeline import Outputs, Pipeline
from dovetool.frame.view import ETHERNET
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.path import vm_to_vm
from dovetool.stages.stage import Stage
from dovetool.stages.strip import Strip
from dovetool.stages.switch import Tag
from dovetool.stages.translate import Translate
from dovetool.verdict.verdict import Gather
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.load import parse
from dovetool.wire import SELECTORS, Carrier
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag

EVERY = every_map()
CORPUS = Path(__file__).resolve().parents[1] / "fuzz" / "corpus"
OVERLAY = ("vxlan-v4", "geneve-v6", "vxlan-gpe-v4-nested", "pbb-v4", "stt", "gtp-u", "802-1q-and-mpls", "etherip")
TAGGED = ("tagged-udp-odd", "tagged-vlan", "tagged-tcp6", "tagged-arp-request")
Case = tuple[Stage, Sequence[Captured]]


def with_ends(octets: bytes, at: int) -> list[Captured]:
    """A frame between VMs, and the same to one that moves, to one of another network, and to everyone."""
    ends = (octets[at : at + 6], MACS[2], MACS[3], BROADCAST)
    return [whole(octets[:at] + dst + octets[at + 6 :]) for dst in dict.fromkeys(ends)]


def bases(stage: Stage) -> list[Captured]:
    """Frames that a stage with the map of `both_ways` works on."""
    if stage.name in ("strip", "translate", "decap"):
        frames = [(CORPUS / name).read_bytes() for name in OVERLAY]
        return [*with_ends(frames[0], 50), *map(whole, frames[1:])]
    frames = [(CORPUS / name).read_bytes() for name in TAGGED]
    if stage.name == "tag":
        frames = [octets[:TAG_OFFSET] + octets[TAG_OFFSET + DoveTag.LEN :] for octets in frames]
    return [*with_ends(frames[0], 0), *map(whole, frames[1:])]


def encaps() -> Iterator[tuple[str, Case]]:
    """Every encapsulation comes on, by a TEP of every kind."""
    for family, (_, _, names) in FAMILIES.items():
        for setting, name in product(SETTINGS, names):
            tep = EVERY.tep(setting + family)
            if tep is not None:
                yield f"encap {name} {tep.name}", (Encap(EVERY, tep, name), tagged_for(setting, family))


def decaps() -> Iterator[tuple[str, Case]]:
    """Every encapsulation comes off, or becomes another."""
    gretap = {**SELECTORS, (Carrier.GRE, 0x6558): "gretap"}
    for family in FAMILIES:
        frames, left = underlay_frames(family), offloaded_frames(family) if family != "link" else ()
        yield f"strip {family}", (Strip(), frames)
        yield f"strip one {family}", (Strip(depth=1, ethernet_only=False, vlans={5004: 7}), frames[:4])
        yield f"decap {family}", (Decap(EVERY, selectors=selectors_of(EVERY)), (*frames, *left))
        yield f"decap enforced {family}", (enforced([Decap(EVERY)], EVERY)[0], frames[:2])
        for name in OVER_IP if family != "link" else ():
            yield f"translate {family} to {name}", (Translate(name), frames)
            yield f"translate gretap {family} to {name}", (Translate(name, gretap), (*frames[-2:], *left[-2:]))


CASES: dict[str, Case] = {
    **{name: (stage, bases(stage)) for name, (stage, _) in STAGES.items()},
    **dict(encaps()),
    **dict(decaps()),
}


@pytest.mark.on_both_engines
@pytest.mark.parametrize("name", CASES)
def test_batch_equals_scalar_at_borders(name: str) -> None:
    """Half of the frames first, so that flows are known when their neighbours come; at last some a second time."""
    stage, frames = CASES[name]
    near = [each for one in frames for each in neighbours(stage, one)]
    check(stage, [near[::2], near[1::2], near[::7]])


def indexes(family: str) -> tuple[int, int]:
    """The first two TEPs of an underlay."""
    first, second, *_ = (tep.index for tep in EVERY.teps if tep.name.endswith(family))
    return first, second


def paths() -> Iterator[tuple[str, tuple[Sequence[Stage], list[Captured]]]]:
    """Whole ways from VM to VM, with frames of VMs: over each encapsulation, and through a gateway."""
    yield "sample", (vm_to_vm(MAP, name_receivers=True), bases(Tag(MAP)))
    gateway = VnidMap.from_model(parse((GATEWAY_MAP % "geneve").encode(), "map"))
    vm1, *others = (bytes((2, 0, 0, 0, 0, last)) for last in (10, 11, 12, 13))
    octets = (CORPUS / TAGGED[0]).read_bytes()
    plain = vm1 + octets[TAG_OFFSET + DoveTag.LEN :]
    yield "gateway", (vm_to_vm(gateway), [whole(dst + plain) for dst in (*others, BROADCAST)])
    for family, (_, _, names) in FAMILIES.items():
        for name in names:
            untagged = [packet.octets for packet in inner_packets(*indexes(family))[:2]]
            yield f"{name} {family}", (vm_to_vm(EVERY, encap=name), list(map(whole, untagged)))


PATHS = dict(paths())


@pytest.mark.parametrize("name", PATHS)
def test_stages_in_a_row(name: str, tmp_path: Path) -> None:
    """A whole path does in batches what its stages do with a frame one after the other, and counts the same."""
    stages, frames = PATHS[name]
    near = [each for one in frames for each in neighbours(stages[0], one) if each.link_type == ETHERNET]
    journeys = [journey(known(one), stages) for one in near]
    assert not any(isinstance(step.verdict, Gather) for steps in journeys for step in steps)
    with (tmp_path / "out.pcap").open("wb") as file:
        writer = PcapWriter(file.write, NANOSECONDS)
        writer.begin()
        pipeline = Pipeline(stages, Outputs(writer))
        for part in (near[::2], near[1::2]):
            pipeline.feed(batch_of(part))
        pipeline.finish()
    in_order = [*journeys[::2], *journeys[1::2]]
    ends = [frame for steps in in_order for step in steps if step.at == len(stages) - 1 for frame in step.after]
    expected = [(one.ts_ns, one.frame.orig_len, one.frame.octets) for one in ends]
    assert [(one.ts_ns, one.orig_len, one.octets) for one in read_capture(tmp_path / "out.pcap")] == expected
    counts = Counter(step.at for steps in journeys for step in steps)
    assert [tally.frames_in for tally in pipeline.tallies()] == [counts[at] for at in range(len(stages))]


def known(one: Captured) -> KnownFrame:
    return KnownFrame(one.frame, ts_ns=one.ts_ns, link_type=one.link_type, interface=one.interface)
