"""The maps in pages: each loads, and says of traffic what the words around it say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_process import dovetool
from documents import STORIES, blocks
from frames import eth, eth4, ipv4, udp, vxlan
from plain_capture import write_frames

from dovetool.vnid_map import VnidMap

WHOLE = [
    (f"{page}:{block.line}", block.text)
    for page in STORIES
    for block in blocks(page, "yaml")
    if block.text.startswith("version: 1\n")
]


@pytest.mark.parametrize("text", [text for _, text in WHOLE], ids=[place for place, _ in WHOLE])
def test_it_loads(text: str, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text)
    loaded = VnidMap.load(path)
    assert loaded.networks
    assert loaded.teps


def test_there_are_maps() -> None:
    assert len(WHOLE) >= 7


def test_the_picture_is_that_of_the_map() -> None:
    (written,) = blocks("docs/reference/map.md", "mermaid")
    first = blocks("docs/reference/map.md", "yaml")[0]
    ended = dovetool("map", "show", "-", "--mermaid", stdin=first.text.encode())
    assert (ended.code, ended.stderr) == (0, "")
    assert written.text == ended.stdout.decode()


def address(text: str) -> bytes:
    return bytes(map(int, text.split(".")))


def mirrored(frame: bytes, source: str, vnid: int) -> bytes:
    """A copy of a frame that a mirror session sends to the collector."""
    packet = ipv4(
        udp(vxlan(frame, vnid), src_port=50_000, dst_port=4789), src_ip=address(source), dst_ip=address("10.0.9.5")
    )
    return eth(b"\x0a\0\0\0\0\5", b"\x0a\0\0\0\0\1", 0x0800, packet)


def test_copies_of_mirror_sessions(tmp_path: Path) -> None:
    """Of both directions; then one of another session, and one from an interface without one."""
    (tmp_path / "map.yaml").write_text(blocks("docs/how-to/cloud-mirrors.md", "yaml")[0].text)
    sent, received = (eth4(src_ip=address(a), dst_ip=address(b)) for a, b in
                      (("10.0.0.1", "10.0.0.2"), ("10.0.0.2", "10.0.0.1")))  # fmt: skip
    copies = [(sent, "10.0.0.1", 1001), (received, "10.0.0.1", 1001), (received, "10.0.0.2", 1002)]
    strange = [(sent, "10.0.0.2", 1001), (sent, "10.0.0.3", 1001), (sent, "10.0.0.1", 1003)]
    write_frames(tmp_path / "copies.pcap", [mirrored(*each) for each in copies])
    write_frames(tmp_path / "all.pcap", [mirrored(*each) for each in copies + strange])
    good = dovetool("validate", "copies.pcap", "-m", "map.yaml", "--json", cwd=tmp_path)
    assert (good.code, json.loads(good.stdout)["findings"]) == (0, [])
    found = json.loads(dovetool("validate", "all.pcap", "-m", "map.yaml", "--json", cwd=tmp_path).stdout)["findings"]
    assert {(each["reason"], *each["frames"]) for each in found if each["severity"] == "error"} == {
        ("vnid-not-on-tep", 4),
        ("unknown-tep", 5),
        ("unknown-vnid", 6),
    }
