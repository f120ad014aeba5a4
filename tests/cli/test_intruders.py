"""What a VM must not reach by its own tags, whatever it sends: at the port, on the whole way, and in a capture."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from cli_traffic import MAP
from frames import BROADCAST, VM1, VM2, VM4, VM5, eth4, tagged, udp, underlay, vm_frame
from in_process import dovetool
from plain_capture import write_frames

from dovetool import cli

RED = 5002
FRAMES = [tagged(vm_frame(60, dst), RED) for dst in (VM2, VM5, BROADCAST)]
TRUSTING = MAP.replace("{p1: blue, p2: red, p3: blue}", "{p1: {network: blue, trusted: true}, p2: red, p3: blue}")


@pytest.mark.parametrize(("text", "delivered"), [(MAP, 0), (TRUSTING, 2)])
def test_frames_of_another_network(text: str, delivered: int, tmp_path: Path) -> None:
    """Of a port that is trusted with tags they go on; the first of them is for nobody in that network."""
    (tmp_path / "map.yaml").write_text(text)
    words = (write_frames(tmp_path / "in.pcap", FRAMES), tmp_path / "out.pcap", "-m", tmp_path / "map.yaml")
    split = ("--split", tmp_path / "vms") if delivered else ()
    summary = dovetool("run", *words, "--ingress", "sw1/p1", *split)
    assert summary["forwarded"] == delivered
    assert summary["rejected"] == ({"unknown-destination": 1} if delivered else {"tag-spoofed": 3})
    assert dovetool("tag", *words, "--ingress", "sw1/p1")["rejected"] == ({} if delivered else {"tag-spoofed": 3})
    assert dovetool("tag", *words)["rejected"] == {}, "without a known port it is the switch's word"


BREACHES = {
    "own": vm_frame(60, VM2),
    "spoofed IP": eth4(udp(bytes(40)), dst=VM2, src=VM1, src_ip=b"\x0a\0\0\4"),
    "red's VM": vm_frame(100, VM2, VM5),
}


@pytest.mark.parametrize("enforce", [False, True])
def test_hops_note_what_breaks_the_map_or_reject_it(enforce: bool, tmp_path: Path) -> None:
    """The same frames are errors to validate, are noted where they are received, and rejected where that is asked."""
    map_file, words = tmp_path / "map.yaml", ["--enforce"] if enforce else []
    map_file.write_text(MAP)
    found = {"source-spoofed": 1, "policy-denied": 1}
    hops = {
        "encap": (
            write_frames(tmp_path / "tagged.pcap", [tagged(each) for each in BREACHES.values()]),
            ["--tep", "tep1"],
        ),
        "decap": (write_frames(tmp_path / "u.pcap", [underlay(each) for each in BREACHES.values()]), []),
        "untag": (tmp_path / "tagged.pcap", []),
    }
    for command, (source, more) in hops.items():
        out = tmp_path / f"{command}.pcapng"
        summary = dovetool(command, source, out, "-m", map_file, *more, *words)
        told = summary["rejected"] if enforce else summary["notes"]
        assert told == ({} if command == "encap" and not enforce else found)
        assert summary["forwarded"] == (1 if enforce else 3)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            assert cli.run(["validate", str(source), "-m", str(map_file), "--json", "--grace", "0s"]) == 1
        assert {each["reason"]: each["count"] for each in json.loads(said.getvalue())["findings"]} == found


@pytest.mark.parametrize("enforce", [False, True])
def test_run_counts_once(enforce: bool, tmp_path: Path) -> None:
    """A false IP address passes the port, which looks at MAC addresses; so does it when the target is near."""
    map_file, words = tmp_path / "map.yaml", ["--enforce"] if enforce else []
    map_file.write_text(MAP)
    near = eth4(udp(bytes(40)), dst=VM4, src=VM1, src_ip=b"\x0a\0\0\3")
    source = write_frames(tmp_path / "in.pcap", [BREACHES["own"], BREACHES["spoofed IP"], near])
    summary = dovetool("run", source, tmp_path / "out.pcap", "-m", map_file, "--ingress", "sw1/p1", *words)
    assert summary["notes"] == ({} if enforce else {"source-spoofed": 2})
    assert summary["rejected"] == ({"source-spoofed": 2} if enforce else {})
    stages = {stage["command"]: stage["rejected"] for stage in summary["stages"]}
    assert not enforce or stages["encap"] == {"source-spoofed": 2}


def test_trace_begins_where_the_port_looks(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP)
    source = write_frames(tmp_path / "in.pcap", FRAMES)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        words = ["trace", source, "--frame", 1, "-m", tmp_path / "map.yaml", "--ingress", "sw1/p1", "--json"]
        cli.run([*map(str, words)])
    (step,) = json.loads(said.getvalue())["steps"]
    assert (step["stage"], step["reason"]) == ("tag", "tag-spoofed")
