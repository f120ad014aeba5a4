"""dovetool stats: what its tables, JSON and CSV say, and to whom."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from cli_process import dovetool
from cli_traffic import MAP, Flavour, pcap
from frames import TEP_IPS, VM1, VM2, VM3, eth4, tagged, udp, underlay, vm_frame


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A map, and a capture: three frames in blue, two of them tagged, one in red with the same addresses, one plain."""
    (tmp_path / "map.yaml").write_text(MAP)
    frames = [
        underlay(vm_frame()),
        tagged(vm_frame(100)),
        tagged(vm_frame(60, VM1, VM2)),
        underlay(vm_frame(), 5002),
        vm_frame(),
    ]
    (tmp_path / "in.pcap").write_bytes(pcap(frames))
    return tmp_path


def groups(folder: Path, *options: str) -> list[dict[str, object]]:
    ended = dovetool("stats", "in.pcap", "--json", *options, cwd=folder)
    assert (ended.code, ended.stderr) == (0, "")
    found: list[dict[str, object]] = json.loads(ended.stdout)["groups"]
    return found


def test_by_network(folder: Path) -> None:
    """Sorted by octets; the overhead is 50 octets of VXLAN over IPv4, 6 of the tag."""
    found = [
        (group["vnid"], group["network"], group["frames"], group["octets"], group["overhead"])
        for group in groups(folder, "-m", "map.yaml")
    ]
    assert found == [
        (5001, "blue", 3, 110 + 106 + 66, 62),
        (5002, "red", 1, 110, 50),
        (None, None, 1, 60, 0),
    ]


def test_tenants_with_the_same_addresses_stay_apart(folder: Path) -> None:
    """A conversation is one of its network; tshark merges those of all networks."""
    found = groups(folder, "--by", "conversation")
    ends = {(group["vnid"], group["a"], group["b"], group["frames_a_to_b"], group["frames_b_to_a"]) for group in found}
    assert ends == {
        (5001, "10.0.0.1", "10.0.0.2", 3, 0),
        (5002, "10.0.0.1", "10.0.0.2", 1, 0),
        (None, "10.0.0.1", "10.0.0.2", 1, 0),
    }
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    command = ["tshark", "-q", "-z", "conv,ip", "-r", str(folder / "in.pcap")]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    merged = [line.split() for line in lines if line.startswith("10.0.0.")]
    assert len(merged) == 1
    assert merged[0][:3] == ["10.0.0.1", "<->", "10.0.0.2"]


@pytest.mark.parametrize("sort", ["octets", "frames"])
def test_of_equals_who_was_seen_first_comes_first(folder: Path, sort: str) -> None:
    """And by their keys, of those that came at the same time."""
    vnids, flavour = (9, 3, 8, 1, 7, 2, 6, 5, 4), Flavour()
    records = [flavour.record(underlay(vm_frame(), vnid)) for vnid in vnids]
    for at, named in ((0, sorted(vnids)), (1, list(vnids))):
        times = [struct.pack("<I", 1000 + at * second) for second in range(len(vnids))]
        octets = b"".join(time + record[4:] for time, record in zip(times, records, strict=True))
        (folder / "in.pcap").write_bytes(flavour.head() + octets)
        found = groups(folder, "--by", "conversation", "--sort", sort)
        assert [group["vnid"] for group in found] == named


def test_times_are_those_of_inspect(folder: Path) -> None:
    """Seconds after the capture's first frame, whichever frames are chosen."""
    flavour = Flavour()
    records = [flavour.record(underlay(vm_frame(), vnid)) for vnid in (1, 2, 2)]
    times = [struct.pack("<I", 1000 + second) for second in (0, 3, 5)]
    octets = b"".join(time + record[4:] for time, record in zip(times, records, strict=True))
    (folder / "in.pcap").write_bytes(flavour.head() + octets)
    table = dovetool("stats", "in.pcap", "--vnid", "2", cwd=folder).stdout.decode()
    assert re.search(r"^ *2 .* 3\.000 +5\.000", table, re.MULTILINE), table


def test_who_sends_and_who_receives(folder: Path) -> None:
    teps = {
        group["tep"]: (group["frames_sent"], group["frames_received"])
        for group in groups(folder, "-m", "map.yaml", "--by", "tep")
    }
    assert teps == {"tep1": (2, 0), "tep2": (0, 2), None: (3, 0)}
    vms = {
        (group["vnid"], group["vm"]): (group["frames_sent"], group["frames_received"])
        for group in groups(folder, "-m", "map.yaml", "--by", "vm")
    }
    assert vms[5001, "vm1"] == (2, 1)
    assert vms[5001, "vm2"] == (1, 2)
    assert vms[5002, "vm1"] == (1, 0), "a sender of another network, as a policy may allow"


def test_the_spread_of_source_ports(tmp_path: Path) -> None:
    """Four ports used evenly are spread by 1.0; one that takes nearly all is not."""

    def capture(ports: list[int]) -> dict[str, object]:
        inner = b"\x08\0\0\0\0\x13\x89\0" + vm_frame()
        frames = [
            eth4(udp(inner, src_port=port, dst_port=4789), src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1]) for port in ports
        ]
        (tmp_path / "in.pcap").write_bytes(pcap(frames))
        (group,) = groups(tmp_path, "--by", "pair")
        return group

    even = capture([50_000, 50_001, 50_002, 50_003] * 5)
    assert (even["source_ports"], even["evenness"]) == (4, 1.0)
    uneven = capture([50_000] * 97 + [50_001, 50_002, 50_003])
    assert uneven["source_ports"] == 4
    assert float(str(uneven["evenness"])) < 0.15


def test_over_time(folder: Path) -> None:
    (group,) = groups(folder, "--by", "time", "--interval", "1")
    assert group == {
        "time": 1_700_000_000 * 10**9,
        "frames": 5,
        "octets": 452,
        "first_ns": 1_700_000_000 * 10**9,
        "last_ns": 1_700_000_001 * 10**9,
    }


@pytest.mark.parametrize("interval", ["inf", "1e300", "1e10"])
def test_an_interval_beyond_all_time(folder: Path, interval: str) -> None:
    ended = dovetool("stats", "in.pcap", "--by", "time", "--interval", interval, cwd=folder)
    assert (ended.code, ended.stdout) == (2, b"")
    assert ended.stderr.startswith("dovetool: Invalid value for '--interval': ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("by", ["time", "vnid"])
def test_an_interval_too_short_for_the_capture(folder: Path, by: str) -> None:
    """Frames a year apart: one line says so, and no memory is asked for."""
    octets = (folder / "in.pcap").read_bytes()
    later = pcap([vm_frame()])[24:]
    year = (int.from_bytes(later[:4], "little") + 366 * 86_400).to_bytes(4, "little")
    (folder / "in.pcap").write_bytes(octets + year + later[4:])
    ended = dovetool("stats", "in.pcap", "--by", by, "--interval", "0.001", cwd=folder)
    assert (ended.code, ended.stdout) == (2, b"")
    assert ended.stderr.startswith("dovetool: --interval 0.001: the capture has 31,622,400,")
    assert ended.stderr.count("\n") == 1
    assert sum(int(str(row["frames"])) for row in groups(folder, "--by", "time", "--interval", "60")) == 6


def test_choosing_frames(folder: Path) -> None:
    def frames(*options: str) -> int:
        return sum(int(str(group["frames"])) for group in groups(folder, "-m", "map.yaml", *options))

    assert frames("--vnid", "blue") == frames("--vnid", "5001") == frames("--vnid", "0x1389") == 3
    assert frames("--vnid", "5001,5002") == 4
    assert frames("--encap", "dove") == 2
    assert frames("--encap", "none") == 1
    assert frames("--tep", "tep1") == frames("--tep", "192.0.2.1") == 2
    assert frames("--vm", "vm1", "--encap", "vxlan") == 2
    assert frames("--mac", "02-00-00-00-00-0a") == frames("--ip", "10.0.0.1") == 5
    assert frames("--ip", "10.9.9.9") == 0
    assert frames("--ip", "10.0.0.99/24") == frames("--ip", "0.0.0.0/0") == 5
    assert frames("--ip", "10.0.0.2/31") == frames("--ip", "10.0.0.1,10.0.0.2") == 5
    assert frames("--ip", "10.0.0.3/32") == frames("--ip", "10.0.1.0/24") == frames("--ip", "::/0") == 0


def test_csv_has_a_line_a_group(folder: Path) -> None:
    ended = dovetool("stats", "in.pcap", "--csv", cwd=folder)
    rows = list(csv.DictReader(io.StringIO(ended.stdout.decode())))
    assert [(row["vnid"], row["frames"]) for row in rows] == [("5001", "3"), ("5002", "1"), ("", "1")]


@pytest.mark.parametrize("by", ["vnid", "tep", "pair", "vm", "encap", "conversation", "time"])
@pytest.mark.parametrize("width", [80, 200])
def test_tables_fit(folder: Path, by: str, width: int) -> None:
    """No line is longer than the terminal is wide, and all frames are counted below."""
    ended = dovetool(
        "stats", "in.pcap", "--by", by, "-m", "map.yaml", cwd=folder, settings={"COLUMNS": str(width), "NO_COLOR": "1"}
    )
    text = ended.stdout.decode()
    assert max(map(len, text.splitlines())) <= width
    assert "5 frames, 452 octets" in text
    assert "\x1b" not in text


def test_names_are_data(tmp_path: Path) -> None:
    """A name is shown as it is: it is never markup, and a long one moves nothing out of the terminal."""
    names = {
        "vm1": "[bold red]x[/]",
        "vm2": "y" * 200,
        "vm3": "\u05d0\u05d1\u05d2",
    }  # the last is written from right to left
    text = MAP
    for old, name in names.items():
        text = text.replace(f"{old}:", f"{json.dumps(name)}:")
    (tmp_path / "map.yaml").write_text(text)
    (tmp_path / "in.pcap").write_bytes(pcap([tagged(vm_frame()), tagged(vm_frame(60, VM3))]))
    for width in (80, 200):
        settings = {"FORCE_COLOR": "1", "COLUMNS": str(width)}
        ended = dovetool("stats", "in.pcap", "-m", "map.yaml", "--by", "vm", cwd=tmp_path, settings=settings)
        shown = re.sub("\x1b[^m]*m", "", ended.stdout.decode())
        assert max(map(len, shown.splitlines())) <= width
        assert (shown.count("y"), shown.count("["), shown.count("\u05d1")) == (200, 2, 1), "folded, and all there"
    (tmp_path / "map.yaml").write_text(MAP.replace("vm1:", '"a\\u202eb":'))
    assert "a name without control characters" in dovetool("map", "check", "map.yaml", cwd=tmp_path).stderr


def test_what_makes_no_sense_is_refused(folder: Path) -> None:
    for options, complaint in (
        (("--vnid", "blue"), "--vnid blue: is no VNID (0..16777215), and names need a map (-m MAP)"),
        (("--vnid", "16777216"), "--vnid 16777216: is no VNID (0..16777215), and names need a map (-m MAP)"),
        (
            ("-m", "map.yaml", "--vm", "vm9"),
            "--vm vm9: the map has no such VM; it has vm1, vm2, vm3, vm4, vm5; did you mean vm5?",
        ),
        (("--mac", "02:00"), "--mac 02:00: expected a MAC address, as in 02:00:00:00:00:0a"),
        (("--ip", "10.0.0"), "--ip 10.0.0: expected an IPv4 or IPv6 address, or a subnet as 10.0.0.0/24"),
        (("--json", "--csv"), "--json, --csv and --plot: choose one of them"),
    ):
        ended = dovetool("stats", "in.pcap", *options, cwd=folder)
        assert (ended.code, ended.complaint, ended.stdout) == (2, complaint, b"")


def test_a_damaged_capture_is_counted_up_to_there(folder: Path) -> None:
    (folder / "cut.pcap").write_bytes((folder / "in.pcap").read_bytes()[:-10])
    ended = dovetool("stats", "cut.pcap", cwd=folder)
    assert ended.code == 3
    assert "after 4 good frames" in ended.complaint
    assert "4 frames" in ended.stdout.decode()


def test_one_frame_is_said_in_the_singular(folder: Path) -> None:
    whole = (folder / "in.pcap").read_bytes()
    first_ends = 24 + 16 + int.from_bytes(whole[24 + 8 : 24 + 12], "little")
    (folder / "cut.pcap").write_bytes(whole[: first_ends + 20])
    ended = dovetool("stats", "cut.pcap", cwd=folder)
    assert ended.complaint.endswith("after 1 good frame")
    assert "\n1 frame, " in ended.stdout.decode()


def test_an_empty_capture_has_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "in.pcap").write_bytes(pcap([]))
    for by in ("vnid", "time", "conversation"):
        ended = dovetool("stats", "in.pcap", "--by", by, cwd=tmp_path)
        assert ended.code == 0
        assert "0 frames, 0 octets" in ended.stdout.decode()
        assert groups(tmp_path, "--by", by) == []


def test_another_use_of_the_ethertype_is_no_network(tmp_path: Path) -> None:
    """What has set pad bits is a tag only where the map has its network, as for strip and split."""
    other = tagged(vm_frame(), 77)
    other = other[:17] + bytes((other[17] | 0x0E,)) + other[18:]
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "in.pcap").write_bytes(pcap([underlay(other), other]))
    for options in ((), ("-m", "map.yaml")):
        found = {group["vnid"]: group["frames"] for group in groups(tmp_path, *options)}
        assert found == {5001: 1, None: 1}


def counted(folder: Path, *options: str, source: str = "in.pcap", stdin: bytes = b"") -> dict[object, object]:
    """Frames by network."""
    ended = dovetool("stats", source, "--json", *options, cwd=folder, stdin=stdin)
    assert (ended.code, ended.stderr) == (0, "")
    return {group["vnid"]: group["frames"] for group in json.loads(ended.stdout)["groups"]}


def test_a_part_of_the_capture(folder: Path) -> None:
    """The frames that `inspect` would show: by number, by time, by seconds after the first one."""
    octets = (folder / "in.pcap").read_bytes()
    assert counted(folder, "--frame", "2,4-") == {5001: 1, 5002: 1, None: 1}
    assert counted(folder, "--from", "2", "--to", "3") == {5001: 2}
    assert counted(folder, "--from", "2", "--vnid", "5001", source="-", stdin=octets) == {5001: 2}
    frames = [underlay(vm_frame()), tagged(vm_frame()), underlay(vm_frame(), 5002)]
    stamped = [Flavour().record(frame, 100_000 + 200_000 * at) for at, frame in enumerate(frames)]
    (folder / "in.pcap").write_bytes(Flavour().head() + b"".join(stamped))
    assert counted(folder, "--from", "+0.1", "--to", "+0.4s") == {5001: 1, 5002: 1}
    assert counted(folder, "--from", "2023-11-14T22:13:20.5Z") == {5002: 1}
    assert counted(folder, "--to", "+0.3") == {5001: 2}
    assert counted(folder, "--from", "+1") == {}
    assert "--from 0.1" in dovetool("stats", "in.pcap", "--from", "0.1", cwd=folder).complaint


def test_damage_behind_the_part_does_not_matter(folder: Path) -> None:
    """What is behind the last frame that may count is not read."""
    (folder / "in.pcap").write_bytes((folder / "in.pcap").read_bytes()[:-10])
    assert dovetool("stats", "in.pcap", "--json", cwd=folder).code == 3
    ended = dovetool("stats", "in.pcap", "--json", "--to", "3", cwd=folder)
    assert (ended.code, json.loads(ended.stdout)["frames"]) == (0, 3)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_a_display_filter(folder: Path) -> None:
    octets = (folder / "in.pcap").read_bytes()
    assert counted(folder, "-Y", "dove") == {5001: 2}
    assert counted(folder, "-Y", "vxlan", source="-", stdin=octets) == {5001: 1, 5002: 1}
    assert counted(folder, "-Y", 'overlay.network == "red"', "-m", "map.yaml", "--from", "2") == {5002: 1}
    assert counted(folder, "-Y", "vxlan", "--to", "3") == {5001: 1}
    ended = dovetool("stats", "in.pcap", "-Y", "no.such.field", cwd=folder)
    assert (ended.code, ended.stdout) == (2, b"")
    assert "no.such.field" in ended.complaint


def test_by_host(folder: Path) -> None:
    """Hosts of the outermost tunnel's ends; a TEP of none counts for itself, and so does what is no TEP."""
    entry = 'hosts:\n  "h [1]": {teps: [tep1], switches: [sw1]}\n'
    (folder / "map.yaml").write_text(MAP + entry)
    frames = [underlay(vm_frame()), underlay(vm_frame(), src=2, dst=1), underlay(vm_frame(), src=2, dst=3), vm_frame()]
    (folder / "in.pcap").write_bytes(pcap(frames))
    found = groups(folder, "-m", "map.yaml", "--by", "host", "--sort", "key")
    ends = [
        tuple(group[name] for name in ("host", "tep", "address", "frames_sent", "frames_received")) for group in found
    ]
    assert ends == [
        ("h [1]", None, None, 1, 1),
        (None, "tep2", "192.0.2.2", 2, 1),
        (None, "tep3", "192.0.2.3", 0, 1),
        (None, None, None, 1, 0),
    ]
    shown = dovetool("stats", "in.pcap", "-m", "map.yaml", "--by", "host", cwd=folder).stdout.decode()
    assert "TEP without host" in shown.splitlines()[0]
    assert "h [1]" in shown
    listed = dovetool("map", "show", "map.yaml", cwd=folder).stdout.decode()
    assert "Hosts" in listed
    assert "h [1]" in listed


def test_hosts_of_teps_that_are_one(folder: Path) -> None:
    leaf = "{ip: 192.0.2.1, encap: vxlan, shared: true}"
    text = f"version: 1\nteps: {{a: {leaf}, b: {leaf}}}\nhosts: {{h1: {{teps: [a]}}, h2: {{teps: [b]}}}}\n"
    (folder / "map.yaml").write_text(text)
    found = {group["host"]: group["frames_sent"] for group in groups(folder, "-m", "map.yaml", "--by", "host")}
    assert found["h1+h2"] == 2
