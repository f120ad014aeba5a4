"""dovetool export --layers: a row for each overlay header; --raw: addresses as octets."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from ipaddress import ip_address
from pathlib import Path

import pytest
from cli_process import dovetool
from cli_traffic import pcap
from frames import eth, tagged, underlay, vm_frame

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
UNDERLAY, MAP = SAMPLES / "demo" / "taps" / "3-underlay.pcapng", SAMPLES / "demo" / "map.yaml"
MIXED = SAMPLES / "strip-mixed" / "in.pcap"
Row = dict[str, str]
_OUTER = (
    "encap",
    "src_mac",
    "dst_mac",
    "vlans",
    "src",
    "dst",
    "protocol",
    "src_port",
    "dst_port",
    "dscp",
    "ecn",
    "ttl",
)


@pytest.fixture
def nested(tmp_path: Path) -> Path:
    """A tagged frame in a tunnel in a tunnel, one in a single tunnel, a tagged one, and one in none."""
    once = underlay(tagged(vm_frame(), 7, pcp=5), 8, tos=46 << 2 | 1)
    frames = [
        underlay(once, 9, src=2, dst=1),
        underlay(vm_frame(), 5001),
        tagged(vm_frame(), 7),
        eth(bytes(6), b"\2" * 6),
    ]
    path = tmp_path / "nested.pcap"
    path.write_bytes(pcap(frames))
    return path


def rows(*words: str | Path) -> list[Row]:
    ended = dovetool("export", words[0], "-", *words[1:])
    assert (ended.code, ended.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(ended.stdout.decode())))


def test_a_row_for_each_header(nested: Path) -> None:
    """The outermost first; a tag has no addresses, and a frame without any has no row."""
    wanted = "number,layer,layer_encap,layer_vnid,layer_pcp,layer_src,layer_dst,layer_dscp,layer_ecn,depth,vnid"
    found = [tuple(row.values()) for row in rows(nested, "--layers", "-e", wanted)]
    assert found == [
        ("1", "1", "vxlan", "9", "", "192.0.2.2", "192.0.2.1", "0", "0", "3", "7"),
        ("1", "2", "vxlan", "8", "", "192.0.2.1", "192.0.2.2", "46", "1", "3", "7"),
        ("1", "3", "dove", "7", "5", "", "", "", "", "3", "7"),
        ("2", "1", "vxlan", "5001", "", "192.0.2.1", "192.0.2.2", "0", "0", "1", "5001"),
        ("3", "1", "dove", "7", "0", "", "", "", "", "1", "7"),
    ]


@pytest.mark.parametrize("words", [(MIXED,), (UNDERLAY, "-m", MAP)])
def test_layers_agree_with_frames(words: tuple[str | Path, ...]) -> None:
    """They are those that the frame's own columns list, and the first is the outermost tunnel."""
    layers = defaultdict[str, list[Row]](list)
    for row in rows(*words, "--layers", "-e", "all"):
        layers[row["number"]].append(row)
    for frame in rows(*words, "-e", "all"):
        own = layers.pop(frame["number"], [])
        assert [row["layer"] for row in own] == [str(n) for n in range(1, int(frame["depth"]) + 1)]
        assert "/".join(row["layer_encap"] for row in own) == frame["encaps"]
        assert "/".join(row["layer_vnid"] for row in own) == frame["vnids"]
        for row in own:
            assert {name: row[name] for name in frame} == frame
        if frame["hop"] == "underlay":
            assert [own[0][f"layer_{name}"] for name in _OUTER] == [frame[f"outer_{name}"] for name in _OUTER]
            assert [own[0][f"layer_{name}"] for name in ("src_tep", "dst_tep")] == [frame["src_tep"], frame["dst_tep"]]
    assert not layers


def test_where_there_are_none(tmp_path: Path) -> None:
    """The head is there all the same."""
    (tmp_path / "in.pcap").write_bytes(pcap([vm_frame()]))
    ended = dovetool("export", tmp_path / "in.pcap", "-", "--layers", "-e", "number,layer")
    assert (ended.code, ended.stdout) == (0, b"number,layer\r\n")


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_raw_addresses_are_those_of_the_texts(nested: Path, suffix: str) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    from test_export import table_of

    target = nested.with_name(f"raw.{suffix}")
    ended = dovetool("export", nested, MIXED, target, "--layers", "--raw")
    assert (ended.code, ended.stderr) == (0, "")
    table, told = table_of(target), [*rows(nested, "--layers"), *rows(MIXED, "--layers")]
    for name in ("layer_src_mac", "outer_dst_mac", "src_mac"):
        assert table.schema.field(name).type == pyarrow.binary(6)
        assert [each.hex(":") if each else "" for each in table[name].to_pylist()] == [row[name] for row in told]
    for name in ("layer_src", "layer_dst", "outer_src", "src_ip", "dst_ip"):
        assert table.schema.field(name).type == pyarrow.binary()
        texts = [str(ip_address(each)) if each else "" for each in table[name].to_pylist()]
        assert texts == [row[name] for row in told], name


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    for words, complaint in (
        (("export", MIXED, "x.csv", "--raw"), "--raw: addresses as octets are for Parquet and Arrow, not for csv"),
        (
            ("export", MIXED, "x.csv", "-e", "layer_vnid"),
            "-e layer_vnid: is about one overlay header; dovetool export --layers has a row for each",
        ),
        (
            ("inspect", MIXED, "-e", "layer"),
            "-e layer: is about one overlay header; dovetool export --layers has a row for each",
        ),
        (
            ("stats", MIXED, "--by", "layer_encap"),
            "--by layer_encap: is about one overlay header; dovetool export --layers has a row for each",
        ),
    ):
        ended = dovetool(*words, cwd=tmp_path)
        assert (ended.code, ended.complaint) == (2, complaint)
    assert list(tmp_path.iterdir()) == []
