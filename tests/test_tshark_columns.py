"""Columns that Wireshark has a field for say what tshark -T fields says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool

ROOT = Path(__file__).resolve().parents[1]
CAPTURES = (
    "samples/strip-mixed/in.pcap",
    "samples/demo/taps/3-underlay.pcapng",
    "tests/kernel_data/v6_2vni/underlay.pcap",
)
_OF_FRAMES = {"number": "frame.number", "length": "frame.len", "captured": "frame.cap_len", "comments": "frame.comment"}
_INNER: dict[str, tuple[str, ...]] = {"src_mac": ("eth.src",), "dst_mac": ("eth.dst",)}
_INNER_IP: dict[str, tuple[str, ...]] = {
    "src_ip": ("ip.src", "ipv6.src"),
    "dst_ip": ("ip.dst", "ipv6.dst"),
    "ttl": ("ip.ttl", "ipv6.hlim"),
    "dscp": ("ip.dsfield.dscp", "ipv6.tclass.dscp"),
    "ecn": ("ip.dsfield.ecn", "ipv6.tclass.ecn"),
    "ip_id": ("ip.id",),
    "ip_protocol": ("ip.proto",),  # of IPv6 a header in between may be the next one
    "tcp_flags": ("tcp.flags",),
    "tcp_seq": ("tcp.seq_raw",),
    "tcp_ack": ("tcp.ack_raw",),
    "tcp_window": ("tcp.window_size_value",),
    "icmp_type": ("icmp.type", "icmpv6.type"),
    "icmp_code": ("icmp.code", "icmpv6.code"),
    "src_port": ("tcp.srcport", "udp.srcport"),
    "dst_port": ("tcp.dstport", "udp.dstport"),
}
_OUTER: dict[str, tuple[str, ...]] = {
    "outer_src_mac": ("eth.src",),
    "outer_src": ("ip.src", "ipv6.src"),
    "outer_ttl": ("ip.ttl", "ipv6.hlim"),
    "outer_dscp": ("ip.dsfield.dscp", "ipv6.tclass.dscp"),
    "outer_ecn": ("ip.dsfield.ecn", "ipv6.tclass.ecn"),
    "outer_src_port": ("udp.srcport",),
}
_ALL = {field for part in (_INNER, _INNER_IP, _OUTER) for fields in part.values() for field in fields}
_FIELDS = ["frame.protocols", *_OF_FRAMES.values(), *sorted(_ALL)]
_ICMP = ("icmp", "icmpv6")

Fields = dict[str, list[str]]


def theirs(capture: Path) -> list[Fields]:
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=;"]
    for preference in ("ip.defragment:FALSE", "ipv6.defragment:FALSE"):
        command += "-o", preference
    for field in _FIELDS:
        command += "-e", field
    settings = {**os.environ, "WIRESHARK_CONFIG_DIR": str(capture.parent / "no-such-folder")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=settings)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return [
        {field: cell.split(";") if cell else [] for field, cell in zip(_FIELDS, line, strict=True)} for line in lines
    ]


def _is(field: str, family: str) -> bool:
    return field.startswith(f"{family}.")


def _number(text: str) -> str:
    """Numbers are written in several ways."""
    return str(int(text, 16)) if text.startswith("0x") else text


def differences(capture: Path) -> tuple[set[str], list[str]]:
    """The columns that were compared, and what differs."""
    wanted = (*_OF_FRAMES, *_INNER, *_INNER_IP, *_OUTER, "encaps", "ip_protocol", "problem")
    ended = dovetool("inspect", capture, "-e", ",".join(wanted), "--jsonl")
    compared, wrong = set[str](), list[str]()
    for line, fields in zip(ended.stdout.splitlines(), theirs(capture), strict=True):
        ours: dict[str, Any] = json.loads(line)
        for name, expected in _expected(ours, fields):
            compared.add(name)
            if str(ours[name]) not in expected:
                wrong.append(f"{capture.name} {ours['number']} {name}: {ours[name]} here, {expected} there")
    return compared, wrong


def _expected(ours: dict[str, Any], fields: Fields) -> list[tuple[str, list[str]]]:
    """Columns and what they may be by tshark: outer fields come first, inner ones last; of an ICMP error neither."""
    found = [(name, fields[field]) for name, field in _OF_FRAMES.items() if name != "comments"]
    asked = [(name, fields_of, -1) for name, fields_of in _INNER.items()]
    protocols = fields["frame.protocols"][0].split(":")
    is_plain = not set(_ICMP) & set(protocols[: -len(_ICMP)]) and ours["problem"] is None
    if ours["ip_protocol"] is not None and is_plain:
        asked += [(name, fields_of, -1) for name, fields_of in _INNER_IP.items()]
    if ours["outer_ttl"] is not None:
        asked += [(name, fields_of, 0) for name, fields_of in _OUTER.items()]
    for name, fields_of, place in asked:
        family = "ip" if ":" in str(ours["src_ip" if place else "outer_src"]) else "ipv6"  # of the other one
        texts = [_number(fields[field][place]) for field in fields_of if fields[field] and not _is(field, family)]
        if texts and ours[name] is not None:
            found.append((name, texts))
    return found


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_against_tshark() -> None:
    compared, wrong = set[str](), list[str]()
    for capture in CAPTURES:
        told, differing = differences(ROOT / capture)
        compared |= told
        wrong += differing
    assert wrong == []
    assert compared >= {*_INNER, *_INNER_IP, *_OUTER} - {"icmp_code"}
