"""dovetool inspect: the list, one frame in full, JSON, and how frames are chosen."""

from __future__ import annotations

import json
import struct
import subprocess
import time
from pathlib import Path

import pytest
from cli_process import PATIENCE, dovetool, process, started
from cli_traffic import MAP, Flavour, block, pcap, pcapng, pcapng_record
from frames import BROADCAST, VM1, VM2, eth, tagged, underlay, vm_frame

FRAMES = [
    underlay(vm_frame()),
    tagged(vm_frame(100), pcp=5),
    underlay(tagged(vm_frame()), 5002),
    vm_frame(60, VM1, VM2),
]
ARP = eth(BROADCAST, VM1, 0x0806, bytes.fromhex("0001080006040001") + VM1 + b"\x0a\0\0\1" + bytes(6) + b"\x0a\0\0\2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "in.pcap").write_bytes(pcap([*FRAMES, ARP]))
    return tmp_path


def listed(folder: Path, *options: str) -> list[list[str]]:
    """The cells of the list, without its heads; a cell that is empty is left out."""
    ended = dovetool("inspect", "in.pcap", *options, cwd=folder)
    assert (ended.code, ended.stderr) == (0, "")
    return [line.split() for line in ended.stdout.decode().splitlines()[2:]]


def numbers(folder: Path, *options: str) -> list[int]:
    ended = dovetool("inspect", "in.pcap", "--jsonl", *options, cwd=folder)
    assert (ended.code, ended.stderr) == (0, "")
    return [json.loads(line)["number"] for line in ended.stdout.splitlines()]


def test_the_list(folder: Path) -> None:
    """Tunnels by TEP, networks and VMs by name; in nested networks all of them, the outermost first."""
    first, tag, nested, plain, arp = listed(folder, "-m", "map.yaml")
    ends = ["tep1", "tep2", "vxlan", "5001", "blue", "vm1", "vm2", "UDP", "110"]
    assert first[2:] == ["underlay", *ends, "50000", ">", "7", "ok"]
    assert tag[2:] == ["tagged", "dove", "5001", "blue", "vm1", "vm2", "UDP", "106", "50000", ">", "7", "ok"]
    assert nested[5:8] == ["vxlan/dove", "5002/5001", "red/blue"]
    assert nested[-2:] == ["already-tagged", "+1"], "and more that is wrong"
    assert plain[2:6] == ["untagged", "vm2", "vm1", "UDP"]
    words = ["who", "has", "10.0.0.2?", "tell", "10.0.0.1", "ok"]
    assert arp[2:] == ["untagged", "vm1", "broadcast", "ARP", "42", *words]


def test_choosing_frames(folder: Path) -> None:
    assert numbers(folder) == [1, 2, 3, 4, 5]
    assert numbers(folder, "--frame", "2") == [2]
    assert numbers(folder, "--frame", "4-,1-2", "--frame", "2") == [1, 2, 4, 5]
    assert numbers(folder, "--from", "2", "--to", "4") == [2, 3, 4]
    assert numbers(folder, "--from", "2023-11-14T22:13:20Z") == [1, 2, 3, 4, 5]
    assert numbers(folder, "--from", "2023-11-14T22:13:21Z") == []
    assert numbers(folder, "-n", "3") == [1, 2, 3]
    assert numbers(folder, "--vnid", "5002") == [3]
    assert numbers(folder, "--vnid", "5001", "--encap", "vxlan") == [1, 3]
    assert numbers(folder, "--encap", "dove", "-n", "1", "--from", "3") == [3]
    assert numbers(folder, "--tep", "192.0.2.2") == [1, 3]
    assert numbers(folder, "--mac", "02:00:00:00:00:0b") == [1, 2, 3, 4]
    assert numbers(folder, "-m", "map.yaml", "--vm", "vm2") == [1, 2, 3, 4]


def test_seconds_after_the_first_frame(folder: Path) -> None:
    """A plus sign makes them: the first frame is at 0.1 s of a second, the others 0.2 s apart."""
    stamped = [Flavour().record(frame, 100_000 + 200_000 * at) for at, frame in enumerate(FRAMES)]
    (folder / "in.pcap").write_bytes(Flavour().head() + b"".join(stamped))
    assert numbers(folder, "--from", "+0.2") == [2, 3, 4]
    assert numbers(folder, "--from", "+0.200001s", "--to", "+0.4s") == [3]
    assert numbers(folder, "--to", "+0") == [1]
    assert numbers(folder, "--to", "+0.4") == [1, 2, 3]
    assert numbers(folder, "--from", "+1s") == []
    assert numbers(folder, "--from", "3", "--to", "+0.5") == [3], "a number is one of a frame"
    assert numbers(folder, "--from", "2023-11-14T22:13:20.3Z", "--to", "+0.4") == [2, 3]
    assert numbers(folder, "--frame", "2-", "--vnid", "5001", "--to", "+0.3") == [2], "from the first frame of all"


@pytest.mark.parametrize(
    "word", ["1.5", "1s", "+", "+1.", "+-1", "-1", "+1.1234567891", "+1ms", "+99999999999", "noon"]
)
def test_what_is_no_place_in_a_capture(folder: Path, word: str) -> None:
    ended = dovetool("inspect", "in.pcap", f"--from={word}", cwd=folder)
    assert (ended.code, ended.stdout) == (2, b"")
    assert f"--from {word}" in ended.complaint


def test_the_tag_bit_by_bit(folder: Path) -> None:
    """As Wireshark draws it, with the name of the network."""
    ended = dovetool("inspect", "in.pcap", "--frame", "2", "-V", "-m", "map.yaml", cwd=folder)
    lines = [line.strip() for line in ended.stdout.decode().splitlines()]
    assert "DOVE tag, PCP: 5, DEI: 0, VNID: 5001 (blue)" in lines
    at = lines.index("101. .... = Priority: 5")
    assert lines[at : at + 4] == [
        "101. .... = Priority: 5",
        "...0 .... = DEI: Not set",
        ".... 0000 0000 0001 0011 1000 1001 .... = VNID: 5001 (blue)",
        ".... 0000 = Pad: 0",
    ]
    assert "Source: 10.0.0.1 (vm1)" in lines


def test_the_octets(folder: Path) -> None:
    """Sixteen a line, with what stands where; the colours of the layers on a terminal only."""
    ended = dovetool("inspect", "in.pcap", "--frame", "2", "-x", cwd=folder)
    lines = ended.stdout.decode().splitlines()
    shown = "".join(line[6:56].replace(" ", "") for line in lines[1:8])
    assert bytes.fromhex(shown) == FRAMES[1]
    assert "0-d eth  e-13 dove  14-27 ip  28-2f udp  30-69 data" in lines[8]
    coloured = dovetool("inspect", "in.pcap", "--frame", "2", "-x", cwd=folder, settings={"FORCE_COLOR": "1"})
    assert "\x1b[" in coloured.stdout.decode()


def test_json_is_one_array(folder: Path) -> None:
    ended = dovetool("inspect", "in.pcap", "--json", "-V", "-m", "map.yaml", cwd=folder)
    first, tag, nested, *_ = json.loads(ended.stdout)
    assert (first["hop"], tag["hop"], first["vnid"], first["src_vm"], first["dst_vm"]) == (
        *("underlay", "tagged", 5001, "vm1", "vm2"),
    )
    assert [overlay["vnid"] for overlay in nested["overlays"]] == [5002, 5001]
    assert tag["overlays"][0]["pcp"] == 5
    (vnid,) = [each for layer in tag["layers"] for each in layer["fields"] if each["name"] == "dove.vnid"]
    assert (vnid["value"], vnid["offset"], vnid["mask"]) == (5001, 14, "0x0ffffff0")
    assert (first["info"], tag["info"]) == ("50000 > 7", "50000 > 7")
    assert json.loads(dovetool("inspect", "in.pcap", "--json", "--vnid", "9", cwd=folder).stdout) == []


@pytest.mark.parametrize("width", [80, 90, 100, 200])
def test_lists_fit(folder: Path, width: int) -> None:
    """What is left out first is what matters least, and is told; the network and the ends are always there."""
    ended = dovetool("inspect", "in.pcap", "-m", "map.yaml", cwd=folder, settings={"COLUMNS": str(width)})
    heads, *lines = ended.stdout.decode().splitlines()
    assert {"No.", "VNID", "Source", "Destination"} <= set(heads.split())
    assert ("Info" in heads) == (width == 200)
    assert ("  From " in heads) == ("  To " in heads), "one end of a tunnel says nothing alone"
    assert max(map(len, lines)) <= width
    assert lines[-1].startswith("left out: Hop, ") == (width < 200)
    assert ("Info" in lines[-1]) == (width < 200)


def test_names_of_interfaces_are_data(tmp_path: Path) -> None:
    """A capture may say anything; no control code of it reaches a terminal."""
    options = struct.pack("<HH", 2, 8) + b"\x1b[31m[b]" + bytes(4)
    head = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = block(1, struct.pack("<HHI", 1, 0, 0) + options)
    (tmp_path / "in.pcapng").write_bytes(head + interface + pcapng_record(vm_frame()))
    for option in ("-V", "-x"):
        ended = dovetool("inspect", "in.pcapng", option, cwd=tmp_path)
        assert "\\x1b[31m[b]" in ended.stdout.decode()
        assert b"\x1b" not in ended.stdout


def test_a_frame_shows_as_soon_as_it_arrives(folder: Path) -> None:
    """From a live pipe, before the next one comes."""
    source = pcapng([FRAMES[0]])
    with started("inspect", "-", "--jsonl", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(source)
        process.stdin.flush()
        began = time.monotonic()
        line = process.stdout.readline()
        assert json.loads(line)["number"] == 1
        assert time.monotonic() - began < PATIENCE
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_a_reader_may_leave(folder: Path) -> None:
    """`| head` ends it quietly."""
    (folder / "many.pcap").write_bytes(pcap(FRAMES * 20_000))
    with started("inspect", "many.pcap", cwd=folder) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE) == 141
        assert process.stderr.read() == b""


def test_what_makes_no_sense_is_refused(folder: Path) -> None:
    for options, complaint in (
        (("--frame", "0"), "--frame 0: expected frame numbers, as in 17 or 1-20,40-; they count from 1"),
        (("--frame", "x"), "--frame x: expected frame numbers, as in 17 or 1-20,40-; they count from 1"),
        (("--frame", "1,5-3"), "--frame 5-3: the range ends before it begins"),
        (
            ("--from", "noon"),
            (
                "--from noon: expected a frame number (17), seconds after the first frame with a plus sign (+1.5), "
                "or a time (2026-01-01T00:00:10.5Z)"
            ),
        ),
        (("--from", "+2", "--to", "+1.5"), "--from +2 is behind --to +1.5"),
        (("--from", "4", "--to", "3"), "--from 4 is behind --to 3"),
        (
            ("--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"),
            "--from 2026-01-02T00:00:00Z is behind --to 2026-01-01T00:00:00Z",
        ),
        (("--json", "--jsonl"), "--json and --jsonl: choose one of them"),
        (("--json", "-x"), "-x: is for people; JSON has the octets of each field with -V"),
    ):
        ended = dovetool("inspect", "in.pcap", *options, cwd=folder)
        assert (ended.code, ended.complaint) == (2, complaint)


def test_nothing_found_says_so(folder: Path) -> None:
    ended = dovetool("inspect", "in.pcap", "--vnid", "9", cwd=folder)
    assert (ended.code, ended.stdout) == (0, b"No frame fits.\n")


def test_a_damaged_capture_shows_what_is_good(folder: Path) -> None:
    (folder / "cut.pcap").write_bytes((folder / "in.pcap").read_bytes()[:-10])
    ended = dovetool("inspect", "cut.pcap", cwd=folder)
    assert ended.code == 3
    assert "after 4 good frames" in ended.complaint
    assert len(ended.stdout.splitlines()) == 2 + 4


def test_what_carries_a_tunnel_has_the_outer_addresses_and_ports(folder: Path) -> None:
    """The frame around a tunnel is told like any other; the keys of all frames are the same."""
    ended = dovetool("inspect", "in.pcap", "--json", cwd=folder)
    seen = json.loads(ended.stdout)
    outer, inner = seen[0]["frames"]
    assert (outer["src_ip"], outer["dst_ip"]) == (seen[0]["overlays"][0]["src"], seen[0]["overlays"][0]["dst"])
    assert outer["src_ip"] == "192.0.2.1"
    assert outer["ip_protocol"] == 17
    assert outer["dst_port"] == 4789
    assert outer["src_port"] == int.from_bytes(FRAMES[0][34:36], "big")
    assert (inner["src_ip"], inner["src_port"], inner["dst_port"]) == ("10.0.0.1", 50000, 7)
    assert outer.keys() == inner.keys()
    [tagged_frame] = seen[1]["frames"]
    assert (tagged_frame["src_ip"], tagged_frame["dst_port"]) == ("10.0.0.1", 7)


def test_the_rule_of_the_list_is_that_of_tables(folder: Path) -> None:
    """A line, and where the output has no letter for it, dashes."""
    lines = process("inspect", "in.pcap", cwd=folder, settings={"PYTHONIOENCODING": "utf-8"}).stdout.decode()
    assert set(lines.splitlines()[1]) == {"─"}
    lines = process("inspect", "in.pcap", cwd=folder, settings={"PYTHONIOENCODING": "ascii"}).stdout.decode()
    assert set(lines.splitlines()[1]) == {"-"}
