"""Over stages in a row each frame counts once, whatever its copies and pieces are on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from both_ways import batch_of
from cli_traffic import MAP
from frames import BROADCAST, VM2, VM5, vm_frame
from in_process import dovetool
from plain_capture import write_frames
from strategies import Captured as Drawn

from dovetool.capture.batch import Path as Way
from dovetool.engine.fates import Fates
from dovetool.engine.stage_runner import Outcome
from dovetool.engine.tally import Tally
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Frame

_NUMBER = {reason: number for number, reason in enumerate(Reason)}
_TEP = 'mac: "02:00:00:00:01:0{}", encap: [vxlan]'
ALONE = MAP.replace(", p3: blue}", "}").replace('  vm4: {mac: "02:00:00:00:00:0d", ip: [10.0.0.4], at: sw1/p3}\n', "")
"""Behind tep1 there is no other VM of blue, so that all copies of its broadcasts leave."""


def with_settings(**settings: str) -> str:
    """The map with settings of its TEPs."""
    text = ALONE
    for name, words in settings.items():
        line = _TEP.format(name.removeprefix("tep"))
        assert line in text
        text = text.replace(line, f"{line}, {words}")
    return text


def with_vlan(frame: bytes) -> bytes:
    return frame[:12] + b"\x81\0\0\x05" + frame[12:]


def carried(folder: Path, text: str, frames: list[bytes]) -> dict[str, object]:
    (folder / "map.yaml").write_text(text)
    source = write_frames(folder / "in.pcap", frames)
    summary = dovetool("run", source, folder / "out.pcap", "-m", folder / "map.yaml")
    assert summary["frames_in"] == summary["forwarded"] + summary["absorbed"] + sum(summary["rejected"].values())
    assert summary["frames_out"] == summary["forwarded"] + summary["replicas"]
    return summary


@pytest.mark.parametrize(
    ("deaf", "forwarded", "replicas", "rejected"),
    [
        (("tep2", "tep3"), 1, 1, {"inner-vlan": 2}),
        (("tep3",), 3, 1, {}),
        ((), 3, 3, {}),
    ],
    ids=["all copies", "one of each", "none"],
)
def test_broadcasts_whose_copies_are_rejected_on_the_way(
    deaf: tuple[str, ...], forwarded: int, replicas: int, rejected: dict[str, int], tmp_path: Path
) -> None:
    """Two of three broadcasts have a VLAN tag that some TEPs reject; each has a copy for tep2 and one for tep3."""
    text = with_settings(
        tep1="guest_vlan: keep",
        **{tep: f"guest_vlan: {'reject' if tep in deaf else 'keep'}" for tep in ("tep2", "tep3")},
    )
    broadcast = vm_frame(60, BROADCAST)
    summary = carried(tmp_path, text, [with_vlan(broadcast), with_vlan(broadcast), broadcast])
    assert (summary["forwarded"], summary["replicas"], summary["rejected"]) == (forwarded, replicas, rejected)
    stages = summary["stages"]
    assert isinstance(stages, list)
    decap = next(stage for stage in stages if stage["command"] == "decap")
    assert sum(decap["rejected"].values()) == 2 * len(deaf), "its copies count one by one where they are rejected"


def test_a_frame_in_pieces_is_one_frame(tmp_path: Path) -> None:
    """It leaves its TEP in fragments, which the other one puts together."""
    text = with_settings(tep1="mtu: 600, on_mtu: fragment")
    summary = carried(tmp_path, text, [vm_frame(1400, VM2), vm_frame(100, VM2), vm_frame(60, VM5)])
    assert (summary["forwarded"], summary["absorbed"], summary["replicas"]) == (2, 0, 0)
    assert summary["rejected"] == {"policy-denied": 1}


def numbered(numbers: list[int], *reasons: Reason) -> Outcome:
    """Frames of these numbers come out of a stage, of which it rejects the first for these reasons."""
    none = np.full(len(numbers), -1, np.int64)
    way = Way(none, none, none, none, np.array(numbers, np.int64))
    batch = replace(batch_of([Drawn(Frame(vm_frame(), 60), at, 1) for at in range(len(numbers))]), path=way)
    rejected, why = np.arange(len(reasons)), np.array([_NUMBER[each] for each in reasons], np.int64)
    made = batch.take(np.arange(len(reasons), len(numbers)))
    return Outcome(batch, made, np.zeros(len(made), np.int32), rejected, why)


def test_what_is_held_counts_when_it_is_let_go() -> None:
    """Frames 0 and 1 go into a packet that goes by the number of 3; 2 is given up; 4 has two copies."""
    fates, tally = Fates(), Tally("last", frames_in=5, forwarded=2, rejected=Counter({"fragment-timeout": 3}))
    assert fates.begin(3).tolist() == [0, 1, 2]
    fates.settle()
    assert fates.begin(2).tolist() == [3, 4]
    fates.reject(numbered([4, 4, 3], Reason.BAD_CHECKSUM))
    fates.come_out(numbered([4, 3]).forwarded)
    fates.settle()
    fates.reject(numbered([2, 2], Reason.FRAGMENT_TIMEOUT, Reason.FRAGMENT_TIMEOUT))
    total = fates.total((tally, tally))
    assert (total.frames_in, total.forwarded, total.absorbed) == (5, 2, 2)
    assert total.rejected == {"fragment-timeout": 1}


def test_the_first_copy_says_why() -> None:
    fates, tally = Fates(), Tally("last", frames_in=1)
    fates.begin(1)
    fates.reject(numbered([0, 0], Reason.BAD_CHECKSUM, Reason.INNER_VLAN))
    fates.reject(numbered([0], Reason.NOT_FOR_THIS_TEP))
    fates.settle()
    assert fates.total((tally, tally)).rejected == {"bad-checksum": 1}
