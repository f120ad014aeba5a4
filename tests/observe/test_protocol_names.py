"""What IP carries has one name everywhere: in the list, in JSON, in -V and in trace; and tshark's, where it has one."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool
from cli_traffic import MAP, pcap
from frames import VM1, VM2, eth, ipv4, underlay

from dovetool.observe.dissection.transport_headers import TRANSPORTS
from dovetool.observe.protocols import IP_PROTOCOL_NAMES

PORTS = struct.pack("!HH", 5000, 6000)
PAYLOADS = {
    1: bytes.fromhex("0800000012340001"),
    2: bytes.fromhex("1600000ae9000001"),
    6: PORTS + bytes(8) + b"\x50\x02" + bytes(6),
    17: PORTS + struct.pack("!HH", 28, 0) + bytes(20),
    33: PORTS + b"\x05\0\0\0\0\x01\0\0\0\0\0\1\0\0\0\0",
    47: bytes.fromhex("00000800") + ipv4(bytes(8)),
    50: bytes.fromhex("0000100000000001") + bytes(24),
    51: bytes.fromhex("06040000000010000000000100000000000000000000000000") + bytes(20),
    88: b"\x02\x05" + bytes(18),
    89: bytes.fromhex("0201002c0a0000010000000000000000") + bytes(28),
    103: bytes.fromhex("2000dfff"),
    112: bytes.fromhex("210164010001") + bytes(6),
    132: PORTS + bytes(8) + bytes.fromhex("0300001000000001000010000000000000"),
    136: PORTS + struct.pack("!HH", 8, 0) + bytes(8),
}
WITH_PORTS = (6, 17, 33, 132, 136)
ARP_REQUEST = bytes.fromhex("0001080006040001020000000 00a0a000001 0000000000000a000002".replace(" ", ""))
ARP_REPLY = bytes.fromhex("0001080006040002020000000 00a0a000001 020000000 00b0a000002".replace(" ", ""))


def packet(protocol: int) -> bytes:
    """An IPv4 packet that carries this; the checksum of its header stays right."""
    whole = bytearray(ipv4(PAYLOADS[protocol]))
    whole[9], whole[10:12] = protocol, bytes(2)
    total = sum(struct.unpack("!10H", whole[:20]))
    whole[10:12] = struct.pack("!H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    return eth(VM2, VM1, 0x0800, bytes(whole))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One packet of each protocol, then ARP, asked and answered, in a tunnel and by itself."""
    path = tmp_path_factory.mktemp("names")
    arp = [eth(VM2, VM1, 0x0806, octets.ljust(46, b"\0")) for octets in (ARP_REQUEST, ARP_REPLY)]
    (path / "in.pcap").write_bytes(pcap([*map(packet, PAYLOADS), *arp, *map(underlay, arp)]))
    (path / "map.yaml").write_text(MAP)
    return path


def said(folder: Path, *words: str) -> Any:  # noqa: ANN401  (whatever JSON holds)
    return json.loads(dovetool(*words, cwd=folder).stdout)


def test_every_protocol_has_one_name(folder: Path) -> None:
    listed = said(folder, "inspect", "in.pcap", "--json")[: len(PAYLOADS)]
    dissected = said(folder, "inspect", "in.pcap", "-V", "--json")[: len(PAYLOADS)]
    for frame, whole, protocol in zip(listed, dissected, PAYLOADS, strict=True):
        name = IP_PROTOCOL_NAMES[protocol]
        assert frame["protocol"] == name
        layer = next(each for each in whole["layers"] if each["name"] == TRANSPORTS[protocol].name)
        assert layer["title"].partition(",")[0] == name
        traced = said(folder, "trace", "in.pcap", "--frame", str(frame["number"]), "-m", "map.yaml", "--json")
        header = next(each for each in traced["frame"]["headers"] if each["name"] == name)
        assert header["offset"] == layer["offset"] == 34
        assert f"{name}, {header['text']}".rstrip(", ") == layer["title"]
        if protocol in WITH_PORTS:
            assert "5000 > 6000" in layer["title"]
            assert frame["info"].startswith("5000 > 6000")


def test_tshark_names_them_alike(folder: Path) -> None:
    """Its filters begin with the same words; the column has versions too (IGMPv3)."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    command = ["tshark", "-n", "-r", "in.pcap", "-T", "fields", "-e", "frame.protocols", "-e", "_ws.col.Protocol"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout.splitlines()
    for line, protocol in zip(lines, PAYLOADS, strict=False):
        protocols, column = line.split("\t")
        assert TRANSPORTS[protocol].name in protocols.split(":"), line
        if protocol not in (17, 47, 51, 136):  # the column has what those carry
            assert column.startswith(IP_PROTOCOL_NAMES[protocol]), line


def test_arp_says_the_same_everywhere(folder: Path) -> None:
    words = ["who has 10.0.0.2? tell 10.0.0.1", "10.0.0.1 is at 02:00:00:00:00:0a"] * 2
    frames = said(folder, "inspect", "in.pcap", "--json")[len(PAYLOADS) :]
    assert [frame["info"] for frame in frames] == words
    dissected = said(folder, "inspect", "in.pcap", "-V", "--json")[len(PAYLOADS) :]
    titles = [each["title"] for frame in dissected for each in frame["layers"] if each["name"] == "arp"]
    assert titles == [f"ARP, {text}" for text in words]
    for frame, text in zip(frames, words, strict=True):
        traced = said(folder, "trace", "in.pcap", "--frame", str(frame["number"]), "-m", "map.yaml", "--json")
        assert text in [each["text"] for each in traced["frame"]["headers"] if each["name"] == "ARP"]
