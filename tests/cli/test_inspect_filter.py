"""dovetool inspect -Y and --engine: what tshark is asked, and what becomes of its answers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from cli_process import dovetool
from cli_traffic import MAP, block, pcap, pcapng
from frames import VM1, VM2, tagged, underlay, vm_frame

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
FRAMES = [
    underlay(vm_frame()),
    tagged(vm_frame(100), pcp=5),
    underlay(tagged(vm_frame()), 5002),
    vm_frame(60, VM1, VM2),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "in.pcap").write_bytes(pcap(FRAMES * 3))
    return tmp_path


def numbers(folder: Path, *options: str, stdin: bytes = b"", source: str = "in.pcap") -> list[int]:
    ended = dovetool("inspect", source, "--jsonl", *options, cwd=folder, stdin=stdin)
    assert (ended.code, ended.stderr) == (0, "")
    return [json.loads(line)["number"] for line in ended.stdout.splitlines()]


def test_filters_of_the_plugin_and_of_wireshark(folder: Path) -> None:
    assert numbers(folder, "-Y", "overlay.vnid == 5002") == [3, 7, 11]
    assert numbers(folder, "-Y", "dove.pcp == 5") == [2, 6, 10]
    assert numbers(folder, "-Y", 'overlay.network == "red"', "-m", "map.yaml") == [3, 7, 11]
    assert numbers(folder, "-Y", "eth.src == 02:00:00:00:00:0b") == [4, 8, 12]
    assert numbers(folder, "-Y", "overlay", "--encap", "vxlan", "--from", "4", "-n", "2") == [5, 7]
    assert numbers(folder, "-Y", "overlay.vnid == 1") == []


def test_a_pipe_is_read_twice_by_way_of_a_copy(folder: Path) -> None:
    octets = (folder / "in.pcap").read_bytes()
    assert numbers(folder, "-Y", "dove", "--encap", "dove", stdin=octets, source="-") == [2, 3, 6, 7, 10, 11]


def test_a_pipe_is_called_by_its_own_name(folder: Path) -> None:
    """And not by that of the copy."""
    for command in ("inspect", "stats"):
        ended = dovetool(command, "-", "-Y", "dove", cwd=folder, stdin=b"Hello, this is no capture.")
        assert ended.code == 2
        assert ended.complaint.startswith("standard input: no pcap or pcapng file")


def test_a_pipe_with_a_name_too(folder: Path) -> None:
    """As a shell's `<(...)` makes one."""
    os.mkfifo(folder / "pipe")
    with subprocess.Popen(["sh", "-c", "cat in.pcap > pipe"], cwd=folder, start_new_session=True) as sender:
        try:
            assert numbers(folder, "-Y", "dove", "--encap", "dove", source="pipe") == [2, 3, 6, 7, 10, 11]
        finally:
            os.killpg(sender.pid, signal.SIGKILL)


def test_a_port_that_only_d_knows(folder: Path) -> None:
    """tshark is told of it as well."""
    (folder / "in.pcap").write_bytes(pcap([frame.replace(b"\x12\xb5", b"\x12\xbf") for frame in FRAMES]))
    assert numbers(folder, "-Y", "overlay.vnid == 5002", "-d", "udp.port==4799,vxlan") == [3]


def test_ports_and_the_tpid_of_a_map(folder: Path) -> None:
    """What dovetool takes for an overlay or a tag by the map is one to tshark, too; so is a `--tpid`."""
    octets = [frame.replace(b"\x12\xb5", b"\x12\xbf").replace(b"\x88\xb5", b"\x88\xb6") for frame in FRAMES]
    (folder / "in.pcap").write_bytes(pcap(octets))
    text = MAP.replace("[vxlan]}", "[vxlan], ports: {vxlan: 4799}}")
    (folder / "map.yaml").write_text(f"{text}tag: {{tpid: 0x88B6}}\n")
    assert numbers(folder, "-Y", "overlay.vnid == 5002", "-m", "map.yaml") == [3]
    assert numbers(folder, "-Y", 'overlay.network == "blue"', "-m", "map.yaml") == [1, 2, 3]
    assert numbers(folder, "-Y", "dove", "--tpid", "0x88B6") == [2]
    ended = dovetool("inspect", "in.pcap", "-V", "--engine", "tshark", "-m", "map.yaml", "--json", cwd=folder)
    layers = [{layer["name"] for layer in frame["layers"]} & {"dove", "vxlan"} for frame in json.loads(ended.stdout)]
    assert layers == [{"vxlan"}, {"dove"}, {"vxlan", "dove"}, set()]
    ended = dovetool("stats", "in.pcap", "--by", "encap", "-Y", "overlay", "-m", "map.yaml", "--csv", cwd=folder)
    assert sorted(line.split(b",")[0] for line in ended.stdout.splitlines()[1:]) == [b"dove", b"vxlan", b"vxlan/dove"]


def test_names_of_networks_that_have_several_vnids(folder: Path) -> None:
    """By some bits of them, and as identities; what dovetool calls a frame's network is what the filter asks for."""
    frames = [underlay(vm_frame(), vnid) for vnid in (1, 0x5001, 70_000, 9, 0x5002)]
    (folder / "in.pcap").write_bytes(pcap(frames))
    networks = (
        "{ovn: {vnid: {value: 1, mask: 0xFFF}}, two: {vnid: 0x5002}, pods: {vnid: any, identities: {70000: shop}}}"
    )
    (folder / "map.yaml").write_text(f"version: 1\nnetworks: {networks}\nteps: {{}}\nswitches: {{}}\n")
    ended = dovetool("inspect", "in.pcap", "-m", "map.yaml", "-e", "network", cwd=folder)
    assert ended.stdout.decode().split()[1:] == ["ovn", "ovn", "shop", "pods", "two"]
    for name, wanted in (("ovn", [1, 2]), ("shop", [3]), ("pods", [4]), ("two", [5])):
        assert numbers(folder, "-Y", f'overlay.network == "{name}"', "-m", "map.yaml") == wanted


def test_wiresharks_own_complaint(folder: Path) -> None:
    ended = dovetool("inspect", "in.pcap", "-Y", "no.such.field == 1", cwd=folder)
    assert (ended.code, ended.stdout) == (2, b"")
    assert "no.such.field" in ended.complaint


def test_without_tshark(folder: Path) -> None:
    """One line says what is missing, and how to get it; all the rest works."""
    settings = {"PATH": str(folder)}
    ended = dovetool("inspect", "in.pcap", "-Y", "dove", cwd=folder, settings=settings)
    assert (ended.code, ended.stdout) == (2, b"")
    assert "tshark" in ended.complaint
    assert dovetool("inspect", "in.pcap", cwd=folder, settings=settings).code == 0


def test_custom_blocks_are_refused(folder: Path) -> None:
    """tshark counts them as frames, so that its numbers are not ours."""
    octets = pcapng(FRAMES)
    custom = block(0x0BAD, (32473).to_bytes(4, "little") + b"data")
    (folder / "in.pcapng").write_bytes(octets[:48] + custom + octets[48:])
    assert numbers(folder, source="in.pcapng") == [1, 2, 3, 4]
    ended = dovetool("inspect", "in.pcapng", "-Y", "dove", cwd=folder)
    assert ended.code == 2
    assert "custom blocks" in ended.complaint


def test_a_damaged_capture_is_filtered_up_to_there(folder: Path) -> None:
    (folder / "cut.pcap").write_bytes((folder / "in.pcap").read_bytes()[:-10])
    ended = dovetool("inspect", "cut.pcap", "-Y", "overlay.vnid == 5001", "--jsonl", cwd=folder)
    assert ended.code == 3
    assert [json.loads(line)["number"] for line in ended.stdout.splitlines()] == [1, 2, 3, 5, 6, 7, 9, 10, 11]


def test_frames_taken_apart_by_tshark(folder: Path) -> None:
    options = ("--frame", "2", "-V", "--engine", "tshark", "-m", "map.yaml")
    ended = dovetool("inspect", "in.pcap", "--json", *options, cwd=folder)
    assert (ended.code, ended.stderr) == (0, "")
    (frame,) = json.loads(ended.stdout)
    values = {each["name"]: each["value"] for layer in frame["layers"] for each in layer["fields"]}
    assert (values["dove.vnid"], values["dove.vnid_name"], values["udp.dstport"]) == ("5001", "blue", "7")
    text = dovetool("inspect", "in.pcap", *options, cwd=folder).stdout.decode()
    assert "\n    dove.vnid: 5001\n" in text
    ended = dovetool("inspect", "in.pcap", "--engine", "tshark", cwd=folder)
    assert (ended.code, ended.complaint) == (
        2,
        "--engine tshark: takes frames apart for -V, and knows no octets for -x",
    )
