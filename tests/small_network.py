"""A small network for scenarios, frames that its VMs send, and what a stage makes of them.

blue (5001) and red (5002) hold VMs with the same addresses (claims 4 and 5); a1 and r1 are on one host (claim 7).

    tep1: sw1/p1 a1, sw1/p2 r1, sw1/p3 a3     tep2: sw2/p1 a2, sw2/p2 r2      tep3: sw3/p1
          blue       red        blue                blue       red                  blue
"""

# ruff: noqa: ANN401  (keyword arguments are handed on to functions that declare them)

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from frames import A1, A2, A3, BLUE, GREEN, RED

from dovetool.frame.view import FrameView
from dovetool.stages.stage import Stage
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Frame, Reject, Verdict, carry_out
from dovetool.vnid_map import Port, Tep, VnidMap
from dovetool.vnid_map.file.model import MapFile
from dovetool.wire import DoveTag, Ipv4Header, UdpHeader
from dovetool.wire.checksum import internet_checksum

SECOND = 1_000_000_000
R1, R2 = A1, bytes((2, 0, 0, 0, 0, 0x22))
STRANGER = bytes((2, 0, 0, 0, 0xEE, 0))
ROUTER = bytes((2, 0, 0, 0, 0xFF, 0))
IP_R2, NOBODY = bytes((10, 0, 0, 0x22)), bytes((10, 0, 0, 99))
IP6_R2 = bytes.fromhex("fd00") + bytes(13) + b"\x22"

_MAP: dict[str, Any] = {
    "version": 1,
    "networks": {"blue": {"vnid": BLUE}, "red": {"vnid": RED}, "green": {"vnid": GREEN}},
    "teps": {
        f"tep{number}": {"ip": f"192.0.2.{number}", "mac": f"02:00:00:00:01:0{number}", "encap": ["vxlan"]}
        for number in (1, 2, 3)
    },
    "switches": {
        "sw1": {"tep": "tep1", "ports": {"p1": "blue", "p2": "red", "p3": "blue"}},
        "sw2": {"tep": "tep2", "ports": {"p1": "blue", "p2": "red"}},
        "sw3": {"tep": "tep3", "ports": {"p1": "blue"}},
    },
    "vms": {
        "a1": {"mac": A1.hex(":"), "ip": ["10.0.0.1", "fd00::1"], "at": "sw1/p1"},
        "r1": {"mac": R1.hex(":"), "ip": ["10.0.0.1"], "at": "sw1/p2"},
        "a3": {"mac": A3.hex(":"), "ip": ["10.0.0.3"], "at": "sw1/p3"},
        "a2": {"mac": A2.hex(":"), "ip": ["10.0.0.2", "fd00::2"], "at": "sw2/p1"},
        "r2": {"mac": R2.hex(":"), "ip": ["10.0.0.34", "fd00::22"], "at": "sw2/p2"},
    },
}
BLUE_TO_RED = [{"from": "blue", "to": "red"}]


def network_map(**changes: Any) -> VnidMap:
    """The map with some of its entries changed or added."""
    return VnidMap.from_model(MapFile.model_validate(_merged(_MAP, changes)))


def network_map_file(path: Path, **changes: Any) -> Path:
    """The same map as a file."""
    path.write_text(json.dumps(_merged(_MAP, changes)))
    return path


def _merged(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    new = deepcopy(old)
    for key, value in changes.items():
        both_grow = isinstance(value, dict) and isinstance(new.get(key, {}), dict)
        new[key] = _merged(new.get(key, {}), value) if both_grow else value
    return new


def port(vnid_map: VnidMap, name: str) -> Port:
    """A port that must be there."""
    found = vnid_map.port(name)
    assert found is not None
    return found


def tep(vnid_map: VnidMap, name: str) -> Tep:
    """A tunnel end point that must be there."""
    found = vnid_map.tep(name)
    assert found is not None
    return found


def decided(stage: Stage, octets: bytes, orig_len: int | None = None, **known: Any) -> Verdict:
    """What the stage decides about a frame."""
    return stage.decide(FrameView(octets, orig_len, **known))


def forward(stage: Stage, octets: bytes, orig_len: int | None = None, **known: Any) -> Forward:
    """The verdict of a stage that forwards the frame once."""
    verdict = decided(stage, octets, orig_len, **known)
    assert isinstance(verdict, Forward), verdict
    return verdict


def outcome(stage: Stage, octets: bytes, orig_len: int | None = None, **known: Any) -> list[Frame] | Reason:
    """The frames that a stage makes of one, or why it makes none."""
    frame = Frame(octets, orig_len if orig_len is not None else len(octets))
    made = carry_out(decided(stage, octets, orig_len, **known), frame)
    return made.reason if isinstance(made, Reject) else list(made)


def through(stage: Stage, octets: bytes, orig_len: int | None = None, **known: Any) -> bytes:
    """The one frame that a stage makes of another, whose length on the wire fits it."""
    made = outcome(stage, octets, orig_len, **known)
    assert isinstance(made, list), made
    (frame,) = made
    if orig_len is None:
        assert frame.orig_len == len(frame.octets)
    return frame.octets


def vnid_of(tagged_frame: bytes) -> int:
    """The VNID in the tag of a frame."""
    return DoveTag.parse(tagged_frame).vnid


def outer_ip(frame: bytes) -> Ipv4Header:
    """The IPv4 header behind an Ethernet header; its checksum must be right."""
    assert internet_checksum(frame[14:34]) == 0
    return Ipv4Header.parse(frame, 14)


def outer_udp(frame: bytes) -> UdpHeader:
    """The UDP header behind an Ethernet and an IPv4 header."""
    return UdpHeader.parse(frame, 34)
