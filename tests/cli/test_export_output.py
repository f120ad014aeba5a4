"""dovetool export: where a table goes, which frames are in it, and what comes of it when something fails."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import lz4.frame
import numpy as np
import pytest
import zstandard
from cli_process import COMMAND, dovetool, environment
from cli_traffic import pcap
from frames import underlay, vm_frame
from test_export import rows_of, table_of

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
MIXED = SAMPLES / "strip-mixed" / "in.pcap"
_HEAD_LEN = 24
_ADDRESSES = 150_000


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of more than two row groups."""
    path, octets = tmp_path_factory.mktemp("long") / "long.pcap", MIXED.read_bytes()
    path.write_bytes(octets[:_HEAD_LEN] + octets[_HEAD_LEN:] * 3000)
    return path


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture in which each of many frames comes from another MAC address."""
    record = struct.pack("<IIII", 1, 0, 60, 60) + b"\2" * 6 + bytes(6) + b"\x88\xcc" + bytes(46)
    records = np.tile(np.frombuffer(record, np.uint8), (_ADDRESSES, 1))
    records[:, 22:28] = np.random.default_rng(15).integers(0, 256, (_ADDRESSES, 6))
    path = tmp_path_factory.mktemp("addresses") / "addresses.pcap"
    path.write_bytes(MIXED.read_bytes()[:_HEAD_LEN] + records.tobytes())
    return path


def through_pipe(*words: str | Path) -> bytes:
    ended = dovetool("export", *words)
    assert (ended.code, ended.stderr) == (0, "")
    return ended.stdout


def test_standard_output_is_csv() -> None:
    told = dovetool("inspect", MIXED, "-e", "number,vnids", "--csv").stdout
    assert through_pipe(MIXED, "-", "-e", "number,vnids") == told


@pytest.mark.parametrize(("suffix", "opened"), [(".gz", gzip.open), (".zst", zstandard.open), (".lz4", lz4.frame.open)])
@pytest.mark.parametrize(("name", "form"), [("table.csv", "csv"), ("table.ndjson", "jsonl"), ("table.tsv", "tsv")])
def test_text_is_compressed_as_the_suffix_says(
    tmp_path: Path, suffix: str, opened: Callable[..., IO[bytes]], name: str, form: str
) -> None:
    table = tmp_path / f"{name}{suffix}"
    assert dovetool("export", MIXED, table, "-e", "number,src_ip").code == 0
    with opened(table, "rb") as file:
        assert file.read() == dovetool("inspect", MIXED, "-e", "number,src_ip", f"--{form}").stdout


def test_what_is_compressed_is_not_compressed_once_more(tmp_path: Path) -> None:
    ended = dovetool("export", MIXED, tmp_path / "table.parquet.gz")
    assert ended.code == 2
    assert "parquet is not compressed once more; leave out .gz" in ended.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl"])
def test_a_form_is_said(tmp_path: Path, form: str) -> None:
    """On standard output, and for a file of another suffix or none."""
    told = dovetool("inspect", MIXED, "-e", "number,src_ip", f"--{form}").stdout
    assert through_pipe(MIXED, "-", "--format", form, "-e", "number,src_ip") == told
    assert through_pipe(MIXED, tmp_path / "rows", "--format", form, "-e", "number,src_ip") == b""
    assert (tmp_path / "rows").read_bytes() == told


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_tables_go_through_pipes(tmp_path: Path, form: str) -> None:
    """Arrow as a stream, which can be read as it comes."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    import pyarrow.ipc
    import pyarrow.parquet

    octets = io.BytesIO(through_pipe(MIXED, "-", "--format", form, "-e", "all"))
    table = pyarrow.parquet.read_table(octets) if form == "parquet" else pyarrow.ipc.open_stream(octets).read_all()
    through_pipe(MIXED, tmp_path / f"frames.{form}", "-e", "all")
    assert rows_of(table) == rows_of(table_of(tmp_path / f"frames.{form}"))
    assert {"time_ns", "hash"} < set(table.schema.names)


@pytest.mark.parametrize(
    "words",
    [
        ("--frame", "3-9,20"),
        ("--from", "+0.5", "--to", "40"),
        ("--vnid", "100", "--to", "+1"),
        ("-Y", "icmp && vxlan"),
    ],
)
def test_frames_are_chosen_as_by_inspect(words: tuple[str, ...]) -> None:
    told = dovetool("inspect", MIXED, *words, "-e", "number,src_ip", "--csv").stdout
    assert told.count(b"\n") > 1
    assert through_pipe(MIXED, "-", *words, "-e", "number,src_ip") == told


def test_several_captures_are_numbered_as_one(tmp_path: Path) -> None:
    """The first frame of a capture and of its copy are the first two of both."""
    copy = shutil.copy(MIXED, tmp_path / "copy.pcap")
    once = through_pipe(MIXED, "-", "--frame", "1", "-e", "time_ns,src_ip").splitlines()
    twice = through_pipe(MIXED, copy, "-", "--frame", "1-2", "-e", "time_ns,src_ip").splitlines()
    assert twice == [*once, once[1]]


def test_row_groups_follow_the_time(long: Path, tmp_path: Path) -> None:
    """Each tells its first and last time, so that readers can leave out those that they do not want."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    import pyarrow.parquet

    through_pipe(long, tmp_path / "long.parquet")
    told = pyarrow.parquet.ParquetFile(tmp_path / "long.parquet").metadata
    groups = [told.row_group(n) for n in range(told.num_row_groups)]
    assert len(groups) > 2
    assert sum(group.num_rows for group in groups) == 174_000
    at = pyarrow.parquet.read_schema(tmp_path / "long.parquet").names.index("number")
    numbers = [group.column(at).statistics for group in groups]
    assert [numbers[0].min, numbers[-1].max] == [1, 174_000]
    assert all(one.max + 1 == other.min for one, other in pairwise(numbers))
    times = [group.column(at + 1).statistics for group in groups]
    assert all(each.has_min_max and each.min < each.max for each in times)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_texts_that_come_late(form: str, tmp_path: Path) -> None:
    """A column that has nothing in the first batches of a file, and then something."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    path, count = tmp_path / "late.pcap", 20_000
    path.write_bytes(pcap([vm_frame()] * count + [underlay(vm_frame(), 5)]))
    through_pipe(path, tmp_path / f"late.{form}", "-e", "number,encaps,network,protocol")
    table = table_of(tmp_path / f"late.{form}")
    assert table.column("encaps").to_pylist() == [None] * count + ["vxlan"]
    assert set(table.column("network").to_pylist()) == {None}


def test_groups_have_what_inspect_says(long: Path, tmp_path: Path) -> None:
    """Over all row groups, and batches of an IPC file."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    columns = "number,time_ns,encaps,vnids,network,outer_src,src_mac,src_ip,dst_port,icmp_type"
    told = dovetool("inspect", long, "-e", columns, "--jsonl").stdout.splitlines()
    for suffix in ("parquet", "arrow"):
        through_pipe(long, tmp_path / f"long.{suffix}", "-e", columns)
        assert table_of(tmp_path / f"long.{suffix}").to_pylist() == list(map(json.loads, told))


def test_values_are_forgotten_in_time(long: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a capture has more of them than are kept, rows are the same."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    through_pipe(long, tmp_path / "one.parquet", "--frame", "1-20000")
    monkeypatch.setattr("dovetool.analysis.columns.look_table._MOST_VALUES", 2)
    for suffix in ("parquet", "arrow"):
        through_pipe(long, tmp_path / f"two.{suffix}", "--frame", "1-20000")
        assert rows_of(table_of(tmp_path / f"two.{suffix}")) == rows_of(table_of(tmp_path / "one.parquet"))


def test_many_addresses(addresses: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    through_pipe(addresses, tmp_path / "frames.parquet", "-e", "src_mac")
    through_pipe(addresses, tmp_path / "raw.parquet", "-e", "src_mac", "--raw")
    octets = addresses.read_bytes()[_HEAD_LEN:]
    macs = [octets[at + 22 : at + 28] for at in range(0, len(octets), 76)]
    assert table_of(tmp_path / "raw.parquet")["src_mac"].to_pylist() == macs
    assert table_of(tmp_path / "frames.parquet")["src_mac"].to_pylist() == [mac.hex(":") for mac in macs]


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("suffix", ["parquet", "arrow", "csv"])
def test_a_disk_that_is_full_in_the_middle(addresses: Path, tmp_path: Path, suffix: str, jobs: str) -> None:
    """One line, and nothing under the final name or another one."""
    if suffix != "csv":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    limited = ["sh", "-c", 'ulimit -f 1000; exec "$@"', "sh", *COMMAND]
    command = [*limited, "export", str(addresses), f"frames.{suffix}", "--jobs", jobs]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"dovetool: cannot write frames.{suffix}: File too large\n"
    assert list(tmp_path.iterdir()) == []


def test_pyarrow_is_missing(tmp_path: Path) -> None:
    """Seen from a process of its own that cannot import it."""
    code = "import sys; sys.modules['pyarrow'] = None; from dovetool.__main__ import main; main()"
    for form in ("parquet", "arrow"):
        command = [sys.executable, "-c", code, "export", str(MIXED), f"frames.{form}"]
        done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith(f"dovetool: {form} needs pyarrow, which is not installed: ")
        assert done.stderr.count("\n") == 1
        assert list(tmp_path.iterdir()) == []


def test_pandas_is_not_loaded(tmp_path: Path) -> None:
    """Pyarrow would do so where it is installed, and it takes longer than most captures."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
    code = "import sys; from dovetool.cli import run; run(sys.argv[1:]); print(*sys.modules)"
    for words in (("parquet",), ("arrow",), ("parquet", "--raw", "--layers")):
        command = [sys.executable, "-c", code, "export", str(MIXED), f"f.{words[0]}", *words[1:]]
        done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True)
        modules: Any = done.stdout.split()
        assert "pyarrow" in modules
        assert "pandas" not in modules
