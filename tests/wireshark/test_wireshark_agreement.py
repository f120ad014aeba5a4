"""The Lua dissector and the Python dissector agree in every field of the tag and of the overlays, frame by frame."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from golden_frames import CAPTURE, NAMES, golden_cases, tagged
from golden_views import FIELDS
from lua_tshark import LuaTshark
from plain_capture import Captured, read_capture, write_capture

from dovetool.frame.view import FrameView
from dovetool.observe.dissection import Dissection, dissect
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.model import MapFile

GENERATED = 2_000
EXPERTS = [name for name in FIELDS if name.startswith("dove.expert.")]
"""Whether a frame has such an expert info is compared, and not how often."""
MAP = VnidMap.from_model(
    MapFile.model_validate(
        {
            "version": 1,
            "networks": {"blue": {"vnid": 5001}, "red": {"vnid": 5002}},
            "teps": {"tep1": {"ip": "192.0.2.99", "mac": "02:00:00:00:09:09", "encap": ["vxlan"]}},
        }
    )
)
KNOWN = {
    "vxlan without the i flag": "Wireshark takes it for VXLAN all the same",
    "pieces of geneve in vxlan, 2": "Wireshark looks into the packet that has become whole",
    "pieces of vxlan in a tag, 2": "likewise",
    "pieces in vxlan, 2": "likewise",
}
"""Golden frames that the two do not see alike, and why."""


def by_lua(tshark: LuaTshark, capture: Path) -> list[dict[str, str]]:
    options = ("-o", f"dove.names_file:{tshark.put('agreement.txt', NAMES.encode())}")
    lines = tshark.fields(capture, *FIELDS, options=options)
    found = [{name: _normal(text) for name, text in zip(FIELDS, line, strict=True)} for line in lines]
    return [each | {name: each[name][:1] for name in EXPERTS} for each in found]


def _normal(text: str) -> str:
    """Numbers in one way of writing."""
    parts = text.split(",")
    return ",".join(str(int(part, 0)) if part.startswith("0x") else part for part in parts)


def by_python(frames: Sequence[Captured]) -> list[dict[str, str]]:
    return [_fields(dissect(FrameView(one.octets, one.orig_len), Observe(), Names(MAP))) for one in frames]


def _fields(dissection: Dissection) -> dict[str, str]:
    notes = {note.name for layer in dissection.layers for note in layer.notes}
    found = {name: ",".join(_text(each.value) for each in dissection.fields(name)) for name in FIELDS}
    return found | {name: "1" if name in notes else "" for name in EXPERTS}


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return str(int(value)) if isinstance(value, bool) else str(value)


def differences(tshark: LuaTshark, capture: Path) -> dict[int, list[str]]:
    """By frame number the fields that the two do not agree in."""
    pairs = zip(by_lua(tshark, capture), by_python(read_capture(capture)), strict=True)
    found = {
        number: [
            f"{name}: {lua[name]!r} in Lua, {python[name]!r} in Python" for name in FIELDS if lua[name] != python[name]
        ]
        for number, (lua, python) in enumerate(pairs, 1)
    }
    return {number: texts for number, texts in found.items() if texts}


def test_on_the_golden_capture(tshark: LuaTshark) -> None:
    named = {number: case.name for number, case in enumerate(golden_cases(), 1)}
    found = {named[number]: texts for number, texts in differences(tshark, CAPTURE).items()}
    assert {name: texts for name, texts in found.items() if name not in KNOWN} == {}
    assert set(found) == set(KNOWN)


def test_on_generated_frames(tshark: LuaTshark, tmp_path: Path) -> None:
    """Golden frames with other tags put in, at every place where one may stand, cut anywhere, with any pad bits."""
    rng = random.Random(44)
    cases = [case.octets for case in golden_cases() if case.name not in KNOWN and "pieces" not in case.name]
    frames = []
    for number in range(GENERATED):
        octets = rng.choice(cases)
        for _ in range(rng.choice((0, 1, 1, 2))):
            octets = tagged(
                octets,
                rng.choice((0, 1, 5001, 5002, 0xFFFFFF)),
                pcp=rng.randrange(8),
                dei=rng.random() < 0.5,
                pad=rng.choice((0, 0, 9)),
            )
        kept = len(octets) if rng.random() < 0.7 else rng.randrange(14, len(octets) + 1)
        orig_len = len(octets) if rng.random() < 0.5 else kept
        frames.append(Captured(number * 1000, orig_len, octets[:kept]))
    capture = write_capture(tmp_path / "generated.pcap", frames)
    found = differences(tshark, capture)
    cut_in_header = {number for number in found if _is_cut(frames[number - 1])}
    assert {number: texts for number, texts in found.items() if number not in cut_in_header} == {}
    assert all(text.startswith("overlay.") for number in cut_in_header for text in found[number])
    assert len(cut_in_header) <= GENERATED // 100


def _is_cut(one: Captured) -> bool:
    """It ends within a header, of which Wireshark reads what is left, or before the frame of L2TPv3."""
    problem = Observe().observe(FrameView(one.octets, one.orig_len)).problem
    return problem in (Reason.TRUNCATED, Reason.BAD_OVERLAY_HEADER)
