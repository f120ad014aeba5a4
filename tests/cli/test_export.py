"""dovetool export: frames as a table."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from capture_strategies import Packet, interface, option, section
from cli_process import dovetool
from cli_traffic import pcap
from frames import eth4, tcp, underlay, vm_frame

from dovetool.installed import how_to_add
from dovetool.observe.catalogue import COLUMNS, EXPORTED

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
UNDERLAY, MAP = SAMPLES / "demo" / "taps" / "3-underlay.pcapng", SAMPLES / "demo" / "map.yaml"
MIXED = SAMPLES / "strip-mixed" / "in.pcap"
_EVERY = [name for name in COLUMNS if name != "time_ns"]

Record = dict[str, Any]


def records(*words: str | Path) -> list[Record]:
    """What inspect says of the same columns; the time as a number."""
    ended = dovetool("inspect", *words, "-e", ",".join([*_EVERY, "time_ns"]), "--jsonl")
    assert (ended.code, ended.stderr) == (0, "")
    rows: list[Record] = [json.loads(line) for line in ended.stdout.splitlines()]
    return [row | {"time": row.pop("time_ns")} for row in rows]


def exported(*words: str | Path) -> None:
    ended = dovetool("export", *words)
    assert (ended.code, ended.stderr, ended.stdout) == (0, "", b"")


def table_of(path: Path) -> Any:  # noqa: ANN401  (pyarrow need not be there)
    """A table that pyarrow reads back."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    import pyarrow.ipc
    import pyarrow.parquet

    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path)
    with pyarrow.ipc.open_file(path) as file:
        return file.read_all()


def rows_of(table: Any) -> list[Record]:  # noqa: ANN401
    at = table.schema.get_field_index("time")
    return list(table.set_column(at, "time", table.column("time").cast("int64")).to_pylist())


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_tables_have_what_inspect_says(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    for words in ((UNDERLAY, "-m", MAP), (MIXED,)):
        target = tmp_path / f"frames.{suffix}"
        exported(words[0], target, *words[1:], "-e", ",".join(_EVERY))
        assert rows_of(table_of(target)) == records(*words)


def test_types_and_metadata(tmp_path: Path) -> None:
    target = tmp_path / "frames.parquet"
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    exported(UNDERLAY, target, "-m", MAP)
    assert table_of(target).schema.names == list(EXPORTED)
    exported(UNDERLAY, target, "-m", MAP, "-e", "all")
    schema = table_of(target).schema
    assert schema.names == list(COLUMNS)
    kinds = {name: str(schema.field(name).type) for name in ("time", "vnid", "src_ip", "vnids")}
    assert kinds["time"] == "timestamp[ns, tz=UTC]"
    assert (kinds["vnid"], kinds["src_ip"]) == ("int32", "string")
    assert kinds["vnids"].startswith("list<")
    for name in ("encaps", "network", "src_vm"):
        assert str(schema.field(name).type).startswith("dictionary<"), name
    assert schema.field("length").metadata[b"unit"] == b"octets"
    assert schema.metadata[b"dovetool.map"] == str(MAP).encode()
    assert [each["name"] for each in json.loads(schema.metadata[b"dovetool.columns"])] == schema.names


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl"])
def test_texts_are_those_of_inspect(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"frames.{suffix}"
    exported(MIXED, target, "-e", "number,time,vnids", "-e", "src_ip")
    told = dovetool("inspect", MIXED, "-e", "number,time,vnids,src_ip", f"--{suffix}").stdout
    assert target.read_bytes() == told


def test_several_captures_and_a_choice(tmp_path: Path) -> None:
    """As one, with one head; numbers go on. A file that is named twice counts once."""
    copy = tmp_path / "copy.pcapng"
    copy.write_bytes(UNDERLAY.read_bytes())
    chosen = ("-e", "number,vnid", "--vnid", "5001")
    exported(UNDERLAY, tmp_path / "one.csv", *chosen)
    exported(UNDERLAY, copy, UNDERLAY, tmp_path / "two.csv", *chosen)
    exported(UNDERLAY, copy, tmp_path / "row.csv", "--no-merge", *chosen)
    one, two, row = ((tmp_path / name).read_text().splitlines() for name in ("one.csv", "two.csv", "row.csv"))
    assert two[0] == one[0] == "number,vnid"
    assert len(two) - 1 == 2 * (len(one) - 1)
    assert two[1::2] == [f"{2 * int(line.split(',')[0]) - 1},5001" for line in one[1:]]
    assert row[: len(one)] == one
    assert int(row[-1].split(",")[0]) > int(one[-1].split(",")[0])


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line says what to install, and nothing is left behind."""
    for module in [name for name in sys.modules if name.startswith("dovetool.analysis.arrow")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ended = dovetool("export", MIXED, tmp_path / "frames.parquet")
    assert ended.code == 2
    assert ended.complaint == f"parquet needs pyarrow, which is not installed: {how_to_add('pyarrow')}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "csv"])
def test_a_full_disk(tmp_path: Path, suffix: str) -> None:
    if suffix != "csv":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    target = tmp_path / f"frames.{suffix}"
    target.symlink_to("/dev/full")
    ended = dovetool("export", MIXED, target)
    assert ended.code == 2
    assert "No space left on device" in ended.complaint


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_damaged_capture_is_written_up_to_there(tmp_path: Path, suffix: str) -> None:
    if suffix != "csv":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    (tmp_path / "in.pcap").write_bytes(MIXED.read_bytes()[:-3])
    target = tmp_path / f"frames.{suffix}"
    ended = dovetool("export", tmp_path / "in.pcap", target, "-e", "number")
    assert ended.code == 3
    good = len(records(MIXED)) - 1
    found = len(target.read_text().splitlines()) - 1 if suffix == "csv" else table_of(target).num_rows
    assert found == good


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(MIXED.read_bytes())
    for words, complaint in (
        (("in.csv",), "Missing argument 'IN...'. Name IN... and OUT, in this order (see: dovetool export --help)"),
        (
            ("in.csv", "x.xls"),
            "x.xls: the suffix chooses the form, or --format; there is .parquet, .arrow, .csv, .tsv, .jsonl, .ndjson",
        ),
        (("in.csv", "in.csv"), "OUT in.csv: needs a file of its own, and is IN too"),
    ):
        ended = dovetool("export", *words, cwd=tmp_path)
        assert (ended.code, ended.complaint) == (2, complaint)
    assert (tmp_path / "in.csv").read_bytes() == MIXED.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_numbers_can_be_subtracted(tmp_path: Path) -> None:
    """Without a sign, tools say 4,294,967,235 for 4 - 65, or refuse; and the widest numbers fit."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    for suffix in ("parquet", "arrow"):
        exported(UNDERLAY, tmp_path / f"frames.{suffix}", "-e", "all")
        exported(UNDERLAY, tmp_path / f"layers.{suffix}", "-e", "all", "--layers")
        for name in ("frames", "layers"):
            kinds = [field.type for field in table_of(tmp_path / f"{name}.{suffix}").schema]
            kinds += [kind.value_type for kind in kinds if pa.types.is_list(kind)]
            assert not any(pa.types.is_unsigned_integer(kind) for kind in kinds)


def test_the_greatest_numbers_fit(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    frame = bytearray(eth4(tcp(b"data"), protocol=6))
    at = 14 + 20
    frame[at : at + 20] = b"\xff" * 20
    (tmp_path / "in.pcap").write_bytes(pcap([bytes(frame), underlay(vm_frame(), 0xFFFFFF)]))
    chosen = "src_port,tcp_seq,tcp_ack,tcp_window,tcp_flags,vnid,vnids"
    exported(tmp_path / "in.pcap", tmp_path / "frames.parquet", "-e", chosen)
    most = {"src_port": 65535, "tcp_seq": 2**32 - 1, "tcp_ack": 2**32 - 1, "tcp_window": 65535, "tcp_flags": 4095}
    rows = table_of(tmp_path / "frames.parquet").to_pylist()
    assert rows[0] == most | {"vnid": None, "vnids": []}
    assert (rows[1]["vnid"], rows[1]["vnids"]) == (0xFFFFFF, [0xFFFFFF])


def test_long_comments_are_written_as_they_come(tmp_path: Path) -> None:
    """A row group, or a batch, is no longer than memory is wide: it ends early where each frame has much to say."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    import pyarrow.ipc
    import pyarrow.parquet

    count, size = 600, 60_000
    frame = underlay(vm_frame())
    told = [f"{number:05}".encode() + b"x" * (size - 5) for number in range(count)]
    packets = (Packet(frame, len(frame), 0, 0, option(1, text, "<")).emit() for text in told)
    (tmp_path / "in.pcapng").write_bytes(section("<") + interface("<") + b"".join(packets))
    for suffix in ("parquet", "arrow"):
        exported(tmp_path / "in.pcapng", tmp_path / f"frames.{suffix}", "-e", "number,comments")
        assert [row["comments"] for row in table_of(tmp_path / f"frames.{suffix}").to_pylist()] == [
            [text.decode()] for text in told
        ]
    groups = pyarrow.parquet.ParquetFile(tmp_path / "frames.parquet").num_row_groups
    with pyarrow.ipc.open_file(tmp_path / "frames.arrow") as file:
        assert min(groups, file.num_record_batches) >= count * size // (16 << 20)
    exported(tmp_path / "in.pcapng", tmp_path / "numbers.parquet", "-e", "number")
    assert pyarrow.parquet.ParquetFile(tmp_path / "numbers.parquet").num_row_groups == 1
