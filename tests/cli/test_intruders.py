"""What a VM must not reach by its own tags, whatever it sends: at the port, on the whole way, and in a capture."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from cli_traffic import BROADCAST, MAP, VM2, VM5, vm_frame
from in_process import dovetool
from plain_capture import write_frames
from small_network import tagged

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


def test_trace_begins_where_the_port_looks(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP)
    source = write_frames(tmp_path / "in.pcap", FRAMES)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        words = ["trace", source, "--frame", 1, "-m", tmp_path / "map.yaml", "--ingress", "sw1/p1", "--json"]
        cli.run([*map(str, words)])
    (step,) = json.loads(said.getvalue())["steps"]
    assert (step["stage"], step["reason"]) == ("tag", "tag-spoofed")
