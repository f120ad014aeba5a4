"""The Info of our list and that of Wireshark's say the same of TCP, ICMP and ICMPv6."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from overlay_expectations import inspected

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
KERNEL = Path(__file__).resolve().parents[2] / "kernel_data"
_TCP = re.compile(r"(\d+) (?:>|→) (\d+) (\[[^]]*\]).*?(Len=\d+)")
_ECHO = re.compile(r"(Echo \(ping\) (?:request|reply)) +(id=0x[0-9a-f]{4}),? (seq=\d+)")
_NEIGHBOR = re.compile(r"(Neighbor \w+ (?:for )?[0-9a-f:]+)|(Router Solicitation)|(Multicast Listener Report)")


def essence(info: str) -> tuple[str, ...]:
    """What both write, in words that do not depend on how they set it."""
    for pattern in (_TCP, _ECHO, _NEIGHBOR):
        found = pattern.search(info)
        if found is not None:
            return tuple(filter(None, found.groups()))
    return ()


_APPLICATIONS = (
    "HTTP",
    "OPEN Message",
    "UPDATE Message",
    "KEEPALIVE Message",
)  # of which Wireshark tells more: also BGP


def listed(capture: Path) -> list[str]:
    """The Info of each frame, by Wireshark."""
    settings = {**os.environ, "WIRESHARK_CONFIG_DIR": str(capture.parent / "no-such-folder")}
    command = ["tshark", "-n", "-r", str(capture), "-o", 'gui.column.format:"Info","%i"']
    return subprocess.run(command, capture_output=True, text=True, check=True, env=settings).stdout.splitlines()


def compared(capture: Path) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """Number, what we say, and Wireshark's whole Info, for the frames of which we say one of these things."""
    theirs = listed(capture)
    for record in inspected(capture):
        ours = essence(record["info"] or "")
        if ours:
            yield record["number"], ours, theirs[record["number"] - 1]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_on_our_own_captures() -> None:
    captures = [*SAMPLES.glob("*/taps/3-underlay.pcapng"), *KERNEL.glob("*/underlay*.pcap")]
    assert len(captures) >= 8
    told, wrong = set[str](), list[str]()
    for capture in captures:
        for number, ours, theirs in compared(capture):
            told.update(ours)
            if essence(theirs) != ours and not any(each in theirs for each in _APPLICATIONS):
                wrong.append(f"{capture} {number}: {ours} here, {theirs} there")
    assert wrong == []
    assert {"[SYN]", "[SYN, ACK]", "[PSH, ACK]", "Echo (ping) request", "Router Solicitation"} <= told
