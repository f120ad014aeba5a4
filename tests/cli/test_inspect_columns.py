"""dovetool inspect -e: chosen columns, as CSV, TSV, and JSON."""

from __future__ import annotations

import csv
import io
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool
from cli_traffic import MAP, block, pcap, pcapng_record
from frames import VM1, VM2, eth, tagged, underlay, vm_frame

from dovetool.observe.catalogue import ALL_COLUMNS, COLUMNS, LISTED

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
UNDERLAY, DEMO_MAP = SAMPLES / "demo" / "taps" / "3-underlay.pcapng", SAMPLES / "demo" / "map.yaml"
MIXED = SAMPLES / "strip-mixed" / "in.pcap"
EVERY = ",".join(COLUMNS)
_SAME = (
    *("number", "time_ns", "time", "length", "captured", "interface", "comments", "hop", "vnid", "network"),
    *("protocol", "src_vm", "dst_vm", "problem", "verdict"),
)
_INNER = ("src_mac", "dst_mac", "vlans", "ethertype", "src_ip", "dst_ip", "ip_protocol", "src_port", "dst_port")
_OUTER = ("src_mac", "dst_mac", "vlans", "src_port", "dst_port")

Record = dict[str, Any]


def records(*words: str | Path) -> list[Record]:
    ended = dovetool("inspect", *words, "--jsonl")
    assert (ended.code, ended.stderr) == (0, "")
    return [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    frames = [underlay(vm_frame()), tagged(vm_frame(100), pcp=5), underlay(tagged(vm_frame()), 5002), vm_frame(60)]
    (tmp_path / "in.pcap").write_bytes(pcap([*frames, vm_frame(60, VM2, VM1)]))
    return tmp_path


def told(folder: Path, *options: str) -> str:
    ended = dovetool("inspect", "in.pcap", *options, cwd=folder)
    assert (ended.code, ended.stderr) == (0, "")
    return ended.stdout.decode()


def test_values_are_those_of_the_whole_records() -> None:
    """A column says of a frame what its JSON object says, whatever its name is there."""
    tunnels = 0
    for words in ((UNDERLAY, "-m", DEMO_MAP), (MIXED,)):
        for whole, row in zip(records(*words), records(*words, "-e", EVERY), strict=True):
            expected = {name: whole[name] for name in _SAME}
            expected |= {name: whole["frames"][-1][name] for name in _INNER}
            if len(whole["frames"]) > 1:
                tunnels += 1
                expected |= {f"outer_{name}": whole["frames"][0][name] for name in _OUTER}
                carrier = whole["overlays"][0]
                expected |= {"outer_src": carrier["src"], "outer_dst": carrier["dst"]}
                expected |= {"src_tep": carrier["src_tep"], "dst_tep": carrier["dst_tep"]}
            expected["depth"] = len(whole["overlays"])
            expected["encaps"] = "/".join(each["encap"] for each in whole["overlays"]) or None
            assert {name: row[name] for name in expected} == expected
            assert list(row) == list(COLUMNS)
    assert tunnels > 30


def test_order_and_separators(folder: Path) -> None:
    assert told(folder, "-e", "vnid,number", "-e", "frame.len", "--csv", "-n", "2") == (
        "vnid,number,length\r\n5001,1,110\r\n5001,2,106\r\n"
    )
    alone = told(folder, "-e", "number", "-e", "encaps,vnids", "--frame", "3-4")
    assert alone == "number\tencaps\tvnids\n3\tvxlan/dove\t5002/5001\n4\t\t\n"
    assert told(folder, "-e", "number,encaps,vnids", "--tsv", "--frame", "3-4") == alone
    assert told(folder, "-e", "number,vnids", "--json", "--frame", "3-4") == (
        '[\n{"number": 3, "vnids": [5002, 5001]},\n{"number": 4, "vnids": []}\n]\n'
    )
    assert told(folder, "--csv", "-n", "1").startswith(",".join(LISTED) + "\r\n1,")


def test_nothing_found_has_a_head(folder: Path) -> None:
    assert told(folder, "-e", "number,vnid", "--vnid", "9", "--csv") == "number,vnid\r\n"
    assert told(folder, "-e", "number,vnid", "--vnid", "9", "--json") == "[]\n"
    assert told(folder, "-e", "number,vnid", "--vnid", "9", "--jsonl") == ""


@pytest.mark.parametrize(
    "chosen",
    [("--ip", "10.0.0.0/8"), ("--mac", "02:00:00:00:00:0a"), ("--tep", "192.0.2.1"), ("-m", "map.yaml", "--vm", "vm1")],
)
def test_what_was_chosen_by_is_shown_too(folder: Path, chosen: tuple[str, ...]) -> None:
    """A filter reads what is only located without it: the columns are the same."""
    names = [name for name in COLUMNS if name not in ("network", "src_vm", "dst_vm", "src_tep", "dst_tep", "verdict")]
    every = told(folder, "-e", ",".join(names)).splitlines()
    some = told(folder, "-e", ",".join(names), *chosen).splitlines()
    assert len(some) > 2
    assert [line for line in every if line in some] == some


def test_a_packet_has_one_hash_at_each_hop(folder: Path) -> None:
    """In a tunnel, tagged, with padding behind it; what is no IP packet counts as a frame."""
    for frame, other in (
        (vm_frame(), vm_frame(100)),
        (eth(VM2, VM1, 0x0806, bytes(50)), eth(VM2, VM1, 0x0806, bytes(51))),
    ):
        ways = [frame, tagged(frame), underlay(frame), underlay(tagged(frame))]
        (folder / "in.pcap").write_bytes(pcap([*ways, other]))
        *alike, last = told(folder, "-e", "hash").splitlines()[1:]
        assert len(set(alike)) == 1
        assert last != alike[0]
    (folder / "in.pcap").write_bytes(pcap([vm_frame(), vm_frame() + bytes(4)]))
    assert len(set(told(folder, "-e", "hash").splitlines()[1:])) == 1


def test_names_are_data(tmp_path: Path) -> None:
    """Separators are quoted, and nothing reaches the terminal as a command."""
    capture = tmp_path / "in.pcapng"
    name = b'a,"b"\x1b[31m\n'
    options = struct.pack("<HH", 2, len(name)) + name.ljust(12, b"\0") + bytes(4)
    head = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    capture.write_bytes(head + block(1, struct.pack("<HHI", 1, 0, 0) + options) + pcapng_record(vm_frame()))
    ended = dovetool("inspect", capture, "-e", "number,interface,length", "--csv")
    assert list(csv.reader(io.StringIO(ended.stdout.decode(), newline=""))) == [
        ["number", "interface", "length"],
        ["1", 'a,"b"\\x1b[31m\\n', str(len(vm_frame()))],
    ]
    assert records(capture, "-e", "interface") == [{"interface": 'a,"b"\x1b[31m\n'}]


@pytest.mark.parametrize("word", ["-e help", "--columns"])
def test_columns_are_listed_without_a_capture(word: str) -> None:
    ended = dovetool("inspect", *word.split())
    assert (ended.code, ended.stderr) == (0, "")
    assert [line.split()[0] for line in ended.stdout.decode().splitlines()[1:]] == list(ALL_COLUMNS)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("-e vnids,vmid", "-e vmid: there is no such column; -e help lists them; did you mean vnid?"),
        ("-e _ws.col.Info", "-e _ws.col.Info: is no column, but what `inspect` shows as Info, and its JSON as info"),
        ("-e number,", "-e : there is no such column; -e help lists them"),
        ("-e al", "-e al: there is no such column; -e help lists them; did you mean all?"),
        ("-e ip.ttl", "-e ip.ttl: is Wireshark's name of outer_ttl and ttl; say which"),
        ("-e number --csv --jsonl", "--csv and --jsonl: choose one of them"),
        ("-e number -V", "-e, --csv and --tsv: show columns, without -V, -x and -w"),
        ("--csv -w out.pcap", "-e, --csv and --tsv: show columns, without -V, -x and -w"),
    ],
)
def test_what_makes_no_sense_is_refused(folder: Path, options: str, complaint: str) -> None:
    ended = dovetool("inspect", "in.pcap", *options.split(), cwd=folder)
    assert (ended.code, ended.complaint) == (2, complaint)
    assert not (folder / "out.pcap").exists()


def test_values_that_were_not_captured_are_missing(folder: Path) -> None:
    """A frame cut behind its IP header has a TTL, but no ports."""
    frame = underlay(vm_frame())
    (folder / "in.pcap").write_bytes(pcap([frame[:84], frame[:30]]))
    assert told(folder, "-e", "ttl,src_ip,src_port,outer_src_port,captured") == (
        "ttl\tsrc_ip\tsrc_port\touter_src_port\tcaptured\n64\t10.0.0.1\t\t{}\t84\n\t\t\t\t30\n".format(
            int.from_bytes(frame[34:36], "big")
        )
    )


def test_what_carries_a_frame_that_ends_before_is_not_known(folder: Path) -> None:
    """Nothing is missing of a frame whose length field is 0."""
    frame = eth(VM2, VM1, 0)
    (folder / "in.pcap").write_bytes(pcap([b"", frame[:13], tagged(frame)[:18], frame]))
    found = [(row["ethertype"], row["protocol"]) for row in records(folder / "in.pcap", "-e", "ethertype,protocol")]
    assert found == [(None, None), (None, None), (None, None), (0, "LLC")]


def test_all_columns_can_be_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(folder, "-e", "all") == told(folder, "-e", EVERY)
    monkeypatch.delenv("DOVETOOL_CONFIG")
    (folder / "dovetool.toml").write_text('columns = ["number", "all"]')
    assert told(folder, "--tsv") == told(folder, "-e", EVERY)
