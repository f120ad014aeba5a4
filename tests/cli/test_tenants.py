"""What strip takes the tunnels off still says whose it is: tshark reads it, and so do dovetool's own commands."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli_process import PATIENCE, Ended, dovetool, started
from cli_traffic import MAP, PCAPNG_HEAD, STRANGER, block, frames_of, pcap, pcapng, pcapng_record
from frames import VM1, VM2, VM5, eth, tagged, underlay, vm_frame
from in_process import dovetool as stripping
from tshark_fields import packet_comments

from dovetool.engine import tenants

BLUE, RED = 5001, 5002
INNER = vm_frame()
TWO = [underlay(INNER, BLUE), underlay(INNER, RED), eth(VM2, VM1, 0x88B6, bytes(46)), tagged(INNER, RED)]
TOLD = [str(BLUE), str(RED), "", str(RED)]


def shown(capture: Path, *fields: str) -> list[list[str]]:
    """Fields of each frame, as tshark reads them; inner datagrams are cut, which is no matter here."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    names = [option for field in fields for option in ("-e", field)]
    done = subprocess.run(
        ["tshark", "-n", "-r", capture, "-T", "fields", *names], capture_output=True, text=True, check=True
    )
    return [line.split("\t") for line in done.stdout.splitlines()]


def described(capture: Path) -> list[tuple[str, str]]:
    """Name and description of each frame's interface, as tshark reads them."""
    return [(name, told) for name, told in shown(capture, "frame.interface_name", "frame.interface_description")]


def named_interface(name: bytes, resolution: int = 9) -> bytes:
    options = struct.pack("<HH", 2, len(name)) + name + bytes(-len(name) % 4)
    return block(1, struct.pack("<HHI", 1, 0, 9000) + options + struct.pack("<HHB3xI", 9, 1, resolution, 0))


def looked(*words: str | Path, cwd: Path) -> list[dict[str, Any]]:
    """The frames that inspect finds."""
    ended = dovetool("inspect", *words, "--json", cwd=cwd)
    assert ended.code == 0, ended.stderr
    frames: list[dict[str, Any]] = json.loads(ended.stdout)
    return frames


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "in.pcap").write_bytes(pcap(TWO))
    (tmp_path / "in.pcapng").write_bytes(pcapng(TWO))
    return tmp_path


def strip(folder: Path, source: str, target: str, *words: str) -> Ended:
    ended = dovetool("strip", source, target, *words, cwd=folder)
    assert ended.code == 0, ended.stderr
    return ended


@pytest.mark.parametrize("source", ["in.pcap", "in.pcapng"])
def test_each_network_has_an_interface(folder: Path, source: str) -> None:
    """Frames that carry no overlay stay where they were."""
    strip(folder, source, "out.pcapng")
    own = [f"vnid {vnid}" if vnid else "unknown" for vnid in TOLD]
    told = [f"dovetool vnid={vnid}" if vnid else "" for vnid in TOLD]
    assert described(folder / "out.pcapng") == list(zip(own, told, strict=True))


def test_the_interface_says_both_where_and_in_which_network(folder: Path) -> None:
    """And all else that the file says of it: snap length, resolution."""
    packets = [pcapng_record(frame) for frame in TWO]
    whole = PCAPNG_HEAD[:28] + named_interface(b"eth0") + b"".join(packets)
    (folder / "named.pcapng").write_bytes(whole)
    strip(folder, "named.pcapng", "out.pcapng")
    names = [f"eth0 vnid {vnid}" if vnid else "eth0" for vnid in TOLD]
    assert [name for name, _ in described(folder / "out.pcapng")] == names
    strip(folder, "named.pcapng", "called.pcapng", "-m", "map.yaml")
    assert [name for name, _ in described(folder / "called.pcapng")] == ["eth0 blue", "eth0 red", "eth0", "eth0 red"]
    assert shown(folder / "named.pcapng", "frame.time_epoch") == shown(folder / "out.pcapng", "frame.time_epoch")
    described_as = (folder / "out.pcapng").read_bytes().split(b"dovetool vnid=")[0]
    assert described_as.count(struct.pack("<HHI", 1, 0, 9000)) == 2


def test_what_was_stripped_before_is_not_named_twice(folder: Path) -> None:
    """A tunnel in a tunnel that comes off later."""
    nested = [underlay(underlay(INNER, 7), BLUE)]
    (folder / "nested.pcapng").write_bytes(PCAPNG_HEAD[:28] + named_interface(b"eth 0") + pcapng_record(nested[0]))
    strip(folder, "nested.pcapng", "once.pcapng", "--depth", "1")
    strip(folder, "once.pcapng", "twice.pcapng")
    assert described(folder / "once.pcapng") == [(f"eth 0 vnid {BLUE}", f"dovetool vnid={BLUE}")]
    assert described(folder / "twice.pcapng") == [("eth 0 vnid 7", "dovetool vnid=7")]


@pytest.mark.parametrize(
    "words",
    [(), ("--tenant", "comment"), ("--annotate", "--tenant", "none"), ("--annotate",), ("-m", "map.yaml")],
    ids=" ".join,
)
def test_the_network_is_read_back(folder: Path, words: tuple[str, ...]) -> None:
    """By inspect, --vnid, stats and split."""
    strip(folder, "in.pcap", "out.pcapng", *words)
    frames = looked("out.pcapng", "-m", "map.yaml", cwd=folder)
    assert [frame["vnid"] for frame in frames] == [BLUE, RED, None, RED]
    assert [frame["network"] for frame in frames] == ["blue", "red", None, "red"]
    assert [frame["overlays"] for frame in frames] == [[]] * 4
    assert [frame["number"] for frame in looked("out.pcapng", "--vnid", str(RED), cwd=folder)] == [2, 4]
    counted = json.loads(dovetool("stats", "out.pcapng", "--by", "vnid", "--json", cwd=folder).stdout)
    assert {group["vnid"]: group["frames"] for group in counted["groups"]} == {BLUE: 1, RED: 2, None: 1}
    assert dovetool("split", "out.pcapng", "parts", "--by", "vnid", cwd=folder).code == 0
    assert sorted(path.name for path in (folder / "parts").iterdir()) == [
        "no-vnid.pcapng",
        f"vnid-{BLUE}.pcapng",
        f"vnid-{RED}.pcapng",
    ]


def test_what_a_frame_shows_is_stronger(folder: Path) -> None:
    """It got a tag, or a tunnel, after it was stripped."""
    (folder / "tag.pcapng").write_bytes(pcapng([tagged(INNER, BLUE)]))
    assert dovetool("encap", "tag.pcapng", "out.pcapng", "-m", "map.yaml", "--annotate", cwd=folder).code == 0
    assert [frame["vnid"] for frame in looked("out.pcapng", cwd=folder)] == [BLUE]
    listed = dovetool("inspect", "out.pcapng", cwd=folder).stdout.decode()
    assert f"{BLUE}/{BLUE}" not in listed


@pytest.mark.parametrize("words", [(), ("--tenant", "comment")], ids=" ".join)
def test_validate_judges_stripped_frames_in_their_network(folder: Path, words: tuple[str, ...]) -> None:
    """The same MAC address in a network that its VM is not in is what it is in a tunnel; a port is not asked for."""
    frames = [underlay(INNER, BLUE), underlay(INNER, RED), underlay(INNER, 99), underlay(vm_frame(src=STRANGER), BLUE)]
    (folder / "in.pcap").write_bytes(pcap(frames))
    strip(folder, "in.pcap", "out.pcapng", *words)
    verdicts = [frame["verdict"] for frame in looked("out.pcapng", "-m", "map.yaml", cwd=folder)]
    assert verdicts == [[], ["isolation-violation"], ["unknown-vnid"], ["source-spoofed"]]
    found = json.loads(dovetool("validate", "out.pcapng", "-m", "map.yaml", "--json", cwd=folder).stdout)
    assert {hop: count for hop, count in found["hops"].items() if count} == {"untagged": 4}
    assert {each["reason"]: each["frames"] for each in found["findings"]} == {
        "isolation-violation": [2],
        "unknown-vnid": [3],
        "source-spoofed": [4],
    }


@pytest.mark.parametrize("name", ["sw1/p2", "sw1/p2 vnid 5002", "sw1/p2 red"])
def test_a_port_is_read_up_to_the_first_space(folder: Path, name: str) -> None:
    """By tag, which asks the interface, and by validate."""
    frame = vm_frame(dst=VM5, src=STRANGER)
    whole = PCAPNG_HEAD[:28] + named_interface(name.encode()) + pcapng_record(frame)
    (folder / "port.pcapng").write_bytes(whole)
    ended = dovetool("tag", "port.pcapng", "out.pcap", "-m", "map.yaml", "--summary", "json", cwd=folder)
    assert json.loads(ended.stderr)["vnids"] == {"5002": 1}
    (folder / "port.pcapng").write_bytes(whole.replace(b"sw1/p2", b"sw1/p9"))
    ended = dovetool("validate", "port.pcapng", "-m", "map.yaml", "--json", cwd=folder)
    assert [each["reason"] for each in json.loads(ended.stdout)["findings"]] == ["unknown-port"]


def test_comments_and_vlans(folder: Path) -> None:
    """The two other ways to tell it, of which VLANs fit into pcap too."""
    strip(folder, "in.pcap", "out.pcapng", "--tenant", "comment")
    assert packet_comments(folder / "out.pcapng") == [[f"dovetool vnid={told}"] if told else [] for told in TOLD]
    table = ("--vlan", f"{BLUE}=100", "--vlan", "red=101")
    strip(folder, "in.pcap", "out.pcap", "-m", "map.yaml", *table)
    assert shown(folder / "out.pcap", "vlan.id") == [["100"], ["101"], [""], ["101"]]
    assert frames_of((folder / "out.pcap").read_bytes())[0] == INNER[:12] + bytes.fromhex("81000064") + INNER[12:]


def test_the_vlan_has_the_priority_of_the_tag(folder: Path) -> None:
    (folder / "in.pcap").write_bytes(pcap([tagged(INNER, RED, pcp=5)]))
    strip(folder, "in.pcap", "out.pcap", "--vlan", f"{RED}=7")
    assert frames_of((folder / "out.pcap").read_bytes()) == [INNER[:12] + bytes.fromhex("8100a007") + INNER[12:]]


def test_frames_without_a_vlan_of_their_own_are_not_let_into_another(folder: Path) -> None:
    ended = strip(folder, "in.pcap", "out.pcap", "--vlan", f"{BLUE}=100", "--summary", "json")
    summary = json.loads(ended.stderr)
    assert (summary["forwarded"], summary["rejected"]) == (2, {"unknown-vnid": 2})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tenant", "vlan"), "--tenant vlan: give the VLAN of each network, as in --vlan 5001=100"),
        (("--tenant", "vlan", "-m", "map.yaml"), "the map gives networks no VLAN; give --vlan 5001=N --vlan 5002=N"),
        (("--tenant", "comment"), "--tenant comment: pcap has no place for it; name OUT .pcapng, not out.pcap"),
        (("--tenant", "interface"), "--tenant interface: pcap has no place for it"),
        (("--tenant", "none", "--vlan", "1=1"), "--vlan belongs to --tenant vlan"),
        (("--vlan", "5001"), "--vlan 5001: expected VNID=VLAN"),
        (("--vlan", "5001=0"), "1..4094"),
        (("--vlan", "5001=7", "--vlan", "5001=8"), "--vlan 5001=8: this network has VLAN 7 already"),
        (("--vlan", "5001=4095"), "1..4094"),
        (("--vlan", "green=1"), "--vlan green=1: is no VNID (0..16777215)"),
    ],
)
def test_what_cannot_be_told_is_said(folder: Path, words: tuple[str, ...], said: str) -> None:
    ended = dovetool("strip", "in.pcap", "out.pcap", *words, cwd=folder)
    assert ended.code == 2
    assert said in ended.complaint
    assert not (folder / "out.pcap").exists()


def test_the_summary_says_that_pcap_has_lost_them(folder: Path) -> None:
    """In one line, where there was more than one, and nobody has asked for it."""
    lost = "VNIDs lost: 2 in one pcap; pcapng keeps them (dumpcap pipes it), or --vlan VNID=VLAN"
    assert [line.rstrip() for line in strip(folder, "in.pcap", "out.pcap").stderr.splitlines()].count(lost) == 1
    for words in (("out.pcapng",), ("out.pcap", "--tenant", "none"), ("out.pcap", "--vlan", "5001=1")):
        assert "VNIDs lost" not in strip(folder, "in.pcap", *words).stderr
    (folder / "one.pcap").write_bytes(pcap(TWO[:1]))
    assert "VNIDs lost" not in strip(folder, "one.pcap", "out.pcap").stderr


def test_an_interface_is_described_when_its_first_frame_comes(folder: Path) -> None:
    """In a pipe that stays open."""
    process = started("strip", "-", "-", "--summary", "none", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    out = b""
    for number, (vnid, octets) in enumerate([(BLUE, PCAPNG_HEAD), (RED, b""), (BLUE, b"")]):
        process.stdin.write(octets + pcapng_record(underlay(INNER, vnid)))
        process.stdin.flush()
        while out.count(INNER) <= number:
            out += os.read(process.stdout.fileno(), 1 << 16)
        assert out.count(f"dovetool vnid={RED}".encode()) == (number > 0)
    rest, complaint = process.communicate(timeout=PATIENCE)
    assert (rest, complaint, process.returncode) == (b"", b"", 0)


def test_many_networks_share_the_work_and_the_rest_is_told_by_comments(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several processes make octet for octet what one does, also when a network is met late, or there are too many."""
    monkeypatch.setattr(tenants, "MOST_INTERFACES", 12)
    size, vnids = 22 << 20, [*range(1, 11), 11, 11, 12, 13, 14]
    frames = [underlay(vm_frame(1400), vnid) for vnid in vnids]
    few, many = b"".join(map(pcapng_record, frames[:10])), b"".join(map(pcapng_record, frames))
    times = size // len(few)
    (folder / "in.pcapng").write_bytes(PCAPNG_HEAD + few * times + many * times + few * times)
    outputs = []
    for jobs in ("1", "3"):
        summary = stripping("strip", folder / "in.pcapng", folder / "out.pcapng", "-j", jobs)
        assert summary["vnids"]["14"] == times
        outputs.append((folder / "out.pcapng").read_bytes())
    assert outputs[0] == outputs[1]
    counted = json.loads(dovetool("stats", "out.pcapng", "--by", "vnid", "--json", cwd=folder).stdout)
    assert {str(group["vnid"]): group["frames"] for group in counted["groups"]} == summary["vnids"]
    assert outputs[0].count(b"dovetool vnid=") == 12 + 2 * times


def test_a_vm_in_two_networks_is_found_in_each(folder: Path) -> None:
    """Its addresses are alike, and `split --by vm` and names go by the network."""
    more = MAP.replace("policies", "") + f'  twin: {{mac: "{VM1.hex(":")}", ip: [10.0.0.1], at: sw1/p2}}\n'
    (folder / "map.yaml").write_text(more)
    strip(folder, "in.pcap", "out.pcapng")
    frames = looked("out.pcapng", "-m", "map.yaml", cwd=folder)
    assert [frame["src_vm"] for frame in frames[:2]] == ["vm1", "twin"]
