"""The Python dissector and tshark read the same values out of every header that both know."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from overlay_expectations import inspected

from dovetool.observe.dissection import headers, overlay_headers, transport_headers
from dovetool.observe.dissection.layout import Layout
from dovetool.observe.dissection.transport_headers import TRANSPORTS

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
KERNEL = Path(__file__).resolve().parents[1] / "kernel_data"
OURS = ("dove.", "overlay.", "geneve.option.dove", "geneve.option.ovn", "geneve.option.cilium")
NOT_IN_TSHARK = {"ieee8021ad.etype", "geneve.option.number", "nvgre.flowid", "nvgre.vsid", "vxlan.b_bit"}
"""Bits that Wireshark shows as a part of another field, or not at all."""
AMBIGUOUS = {"ip.version"}
"""Wireshark has it for IPv6 too."""
CUSTOMERS = {"eth.dst", "eth.src", "eth.type"}
"""Wireshark has names of its own for the customer's header in 802.1ah."""
_TRANSPORTS = {transport.name for transport in TRANSPORTS.values()}
Values = dict[int, dict[str, list[str]]]


def layouts() -> Iterator[Layout]:
    for module in (headers, overlay_headers, transport_headers):
        for value in vars(module).values():
            if isinstance(value, tuple) and value and hasattr(value[0], "width"):
                yield value


NAMES = sorted({bits.name for layout in layouts() for bits in layout if bits.name})


@pytest.fixture(scope="module")
def shared_names() -> list[str]:
    """The fields that are Wireshark's own: each name that is not ours has to exist there."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    listed = subprocess.run(["tshark", "-G", "fields"], capture_output=True, check=True).stdout.decode()
    known = {line.split("\t")[2] for line in listed.splitlines() if line.startswith("F\t")}
    theirs = [name for name in NAMES if not name.startswith(OURS) and name not in NOT_IN_TSHARK | AMBIGUOUS]
    assert [name for name in theirs if name not in known] == []
    return theirs


def by_tshark(capture: Path, names: list[str]) -> Values:
    """Every value of every field, frame by frame, the outermost first."""
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=;"]
    command += "-d", "udp.port==8472,vxlan"
    for name in ("frame.number", *names):
        command += "-e", name
    settings = {**os.environ, "WIRESHARK_CONFIG_DIR": str(capture.parent / "no-such-folder")}
    lines = subprocess.run(command, capture_output=True, text=True, check=False, env=settings).stdout.splitlines()
    found: Values = {}
    for line in lines:
        number, *texts = line.split("\t")
        found[int(number)] = {
            name: [_normal(text) for text in value.split(";")]
            for name, value in zip(names, texts, strict=True)
            if value
        }
    return found


def _normal(text: str) -> str:
    """Numbers, flags and octets in one way of writing."""
    text = {"True": "1", "False": "0"}.get(text, text)
    return str(int(text, 0)) if text.isdigit() or text.startswith("0x") else text.replace(":", "")


def by_dovetool(capture: Path, names: list[str]) -> Values:
    found: Values = {}
    for frame in inspected(capture, "-V"):
        values: dict[str, list[str]] = defaultdict(list)
        for layer in frame["layers"]:
            for each in layer["fields"]:
                if each["name"] in names and not (layer["name"] in _TRANSPORTS and _is_fragment(values)):
                    values[each["name"]].append(_normal(str(each["value"])))
        found[frame["number"]] = values
    return found


def _is_fragment(values: dict[str, list[str]]) -> bool:
    """tshark looks into a packet in pieces when it is whole."""
    return values.get("ip.flags.mf", ["0"])[-1] == "1"


def disagreements(capture: Path, names: list[str]) -> list[str]:
    """Where tshark reads something else, or nothing. tshark may read on: into what an ICMP error quotes, and so on."""
    theirs = by_tshark(capture, names)
    return [
        f"{capture.name} {number}: {name} is {values} here, and {theirs.get(number, {}).get(name)} there"
        for number, ours in by_dovetool(capture, names).items()
        for name, values in ours.items()
        if theirs.get(number, {}).get(name, [])[: len(values)] != values
    ]


def test_on_our_own_captures(shared_names: list[str]) -> None:
    captures = [*SAMPLES.glob("*/taps/3-underlay.pcapng"), *KERNEL.glob("*/underlay*.pcap")]
    assert len(captures) >= 8
    assert [text for capture in captures for text in disagreements(capture, shared_names)] == []


def test_on_the_corpus(shared_names: list[str], corpus: Path) -> None:
    found = []
    for table in sorted((corpus / "expected").glob("*.tsv")):
        names = [name for name in shared_names if not (table.stem.startswith("pbb") and name in CUSTOMERS)]
        found += disagreements(corpus / table.stem, names)
    assert found == []
