"""Whatever a capture holds, all forms of a table say the same of its frames, row for row, on both engines."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import engines
import pytest
from capture_strategies import Packet, interface, option, pcapng_files, section
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import captured

from dovetool import cli
from dovetool.observe.catalogue import ALL_COLUMNS, COLUMNS

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
MAP = SAMPLES / "demo" / "map.yaml"
_SAME = (
    *("number", "time_ns", "length", "captured", "interface", "comments", "hop", "vnid", "network", "protocol"),
    *("src_vm", "dst_vm", "problem", "verdict"),
)
_INNER = ("src_mac", "dst_mac", "vlans", "ethertype", "src_ip", "dst_ip", "ip_protocol", "src_port", "dst_port")
_FIRST_NS, _LAST_NS = -(1 << 63) + 1, (1 << 63) - 1
Rows = list[dict[str, Any]]


@st.composite
def peculiar_files(draw: st.DrawFn) -> bytes:
    """Frames of all kinds, with names and comments that mean no good."""
    words = st.one_of(
        st.binary(max_size=12), st.sampled_from([b"", b"\0", b"=1+1", b"\xed\xa0\x80", b"\x1b[1m", b"a\nb"])
    )
    frames = draw(st.lists(captured(), max_size=6))
    found = section("<")
    for each in frames:
        found += interface("<", each.link_type, options=option(2, draw(words), "<"))
    for number, each in enumerate(frames):
        comments = b"".join(option(1, word, "<") for word in draw(st.lists(words, max_size=2)))
        found += Packet(each.frame.octets, each.frame.orig_len, each.ts_ns, number, comments).emit()
    return found


ANY_FILE = st.one_of(peculiar_files(), peculiar_files(), pcapng_files)


def told(code: int, *words: str | Path) -> str:
    """What a command prints, and that it ends with a code."""
    said, complaint = io.StringIO(newline=""), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complaint):
        ended = cli.run([*map(str, words)])
    assert ended == code, complaint.getvalue()
    return said.getvalue()


def parsed(lines: str) -> Rows:
    return [json.loads(line) for line in lines.split("\n") if line]


def read_back(path: Path) -> Rows:
    """The rows of a Parquet or Arrow file; the time as a number."""
    if path.suffix == ".parquet":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
    else:
        with pa.ipc.open_file(path) as file:
            table = file.read_all()
    table.validate(full=True)
    if "time" in table.schema.names:
        assert table.column("time").cast("int64").equals(table.column("time_ns"))
        table = table.drop_columns(["time"])
    return list(table.to_pylist())


def without_time(rows: Rows) -> Rows:
    return [{name: value for name, value in row.items() if name != "time"} for row in rows]


def forms_of(capture: Path, code: int, *options: str | Path) -> tuple[Rows, Rows]:
    """The rows of frames and of layers; all forms have the same."""
    folder, found, is_tellable = capture.parent, list[Rows](), True
    for columns, more in ((COLUMNS, ()), (ALL_COLUMNS, ("--layers",))):
        words: Sequence[str | Path] = (*options, *more)
        told(code, "export", capture, folder / "table.jsonl", "-e", "all", *words)
        rows = parsed((folder / "table.jsonl").read_text("utf-8"))
        is_tellable = is_tellable and all(_FIRST_NS <= row["time_ns"] <= _LAST_NS for row in rows)
        chosen = columns if is_tellable else [name for name in columns if not name.startswith("time")]
        for suffix in ("parquet", "arrow"):
            table = folder / f"table.{suffix}"
            told(code, "export", capture, table, "-e", ",".join(chosen), *words)
            wanted = [{name: row[name] for name in chosen if name != "time"} for row in rows]
            assert read_back(table) == wanted
        found.append(rows)
    return found[0], found[1]


@given(octets=ANY_FILE, cut=st.one_of(st.just(0), st.just(0), st.integers(0, 200)), has_map=st.booleans())
@settings(max_examples=25)
@pytest.mark.on_both_engines
def test_all_forms_have_the_same_rows(octets: bytes, cut: int, has_map: bool) -> None:
    options = ("-m", MAP) if has_map else ()
    found = []
    with tempfile.TemporaryDirectory() as name:
        capture = Path(name) / "in.pcapng"
        capture.write_bytes(octets[: len(octets) - cut])
        with contextlib.redirect_stderr(io.StringIO()):
            code = cli.run(["export", str(capture), str(Path(name) / "rows.csv"), "-e", "number"])
        assert code in (0, 2, 3)
        for engine in engines.NAMES if code != 2 else ():
            with engines.used(engine):
                rows, layers = forms_of(capture, code, *options)
                assert json.loads(told(code, "inspect", capture, "-e", "all", "--json", *options)) == rows
                whole = parsed(told(code, "inspect", capture, "--jsonl", *options))
            for row, record in zip(rows, whole, strict=True):
                assert {name: row[name] for name in _SAME} == {name: record[name] for name in _SAME}
                assert {name: row[name] for name in _INNER} == {name: record["frames"][-1][name] for name in _INNER}
            assert [row["number"] for row in layers] == [row["number"] for row in rows for _ in range(row["depth"])]
            found.append((rows, layers))
    assert all(each == found[0] for each in found)
