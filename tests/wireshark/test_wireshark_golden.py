"""The dissector and the overlay fields, frame by frame, against what is kept beside golden.pcap."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_frames import CAPTURE, golden_cases, tagged, write_golden
from golden_views import VIEWS, expected, shown
from guest_frames import guest_frames
from lua_tshark import LuaTshark
from plain_capture import write_frames


def test_the_capture_is_what_the_codecs_write(tmp_path: Path) -> None:
    assert write_golden(tmp_path / "golden.pcap").read_bytes() == CAPTURE.read_bytes()
    names = [case.name for case in golden_cases()]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize("view", VIEWS)
def test_every_frame_looks_as_it_did(view: str, tshark: LuaTshark) -> None:
    wanted, seen = expected(view), shown(view, tshark)
    assert list(seen) == list(wanted)
    for name, frame in seen.items():
        assert frame == wanted[name], name


def _columns(tshark: LuaTshark, capture: Path) -> list[tuple[str, str]]:
    """Protocol and Info of each frame."""
    wanted = 'gui.column.format:"Protocol","%p","Info","%i"'
    options = ("-o", wanted, "-o", "tcp.analyze_sequence_numbers:FALSE", "-o", "ip.defragment:FALSE")
    lines = tshark.read(capture, *options, "-T", "tabs").splitlines()
    return [(protocol, info) for protocol, info in (line.split("\t") for line in lines)]


def test_the_info_column_keeps_what_the_inner_protocol_says(tshark: LuaTshark, tmp_path: Path) -> None:
    """Every guest frame in a tag shows the text of the bare one behind its VNID, and is of the same protocol."""
    guests = list(guest_frames().values())
    bare = _columns(tshark, write_frames(tmp_path / "bare.pcap", guests))
    behind = _columns(tshark, write_frames(tmp_path / "tagged.pcap", [tagged(frame) for frame in guests]))
    nameless = "EtherType 0x88b6"  # Wireshark's name of it is not to be had in Lua
    wanted = [(protocol, nameless if protocol == "0x88b6" else info) for protocol, info in bare]
    assert behind == [(protocol, f"VNID 5001 | {info}") for protocol, info in wanted]


def test_protocols_that_are_switched_off_or_fail(own_tshark: LuaTshark, tmp_path: Path) -> None:
    """The tag stays in the tree when what it carries has no dissector, or one that fails."""
    frames = [tagged(guest_frames()[name]) for name in ("llc", "udp-even", "experimental")]
    capture = write_frames(tmp_path / "in.pcap", frames)
    off = [option for name in ("llc", "ip", "data") for option in ("--disable-protocol", name)]
    assert own_tshark.fields(capture, "dove.vnid", "overlay.vnid", options=tuple(off)) == [["5001", "5001"]] * 3
    failing = own_tshark.put("failing.lua", _FAILING)
    options = ("-n", "-r", "-", "-X", f"lua_script:{failing}", "-V")
    done = own_tshark.run(*options, stdin=capture.read_bytes())
    assert done.stdout.count("Lua Error: ") > 0
    assert done.stdout.count("DOVE Tag, PCP: 0, DEI: 0, VNID: 5001") == done.stdout.count("[Overlay, dove 5001]") == 3


_FAILING = b"""local failing = Proto("failing", "Fails")
function failing.dissector() error("on purpose") end
DissectorTable.get("ethertype"):add(0x88b6, failing)
"""
