"""Columns from Python are those that `dovetool export` writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool as command

import dovetool

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra columns)")

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
UNDERLAY, MAP = SAMPLES / "demo" / "taps" / "3-underlay.pcapng", SAMPLES / "demo" / "map.yaml"
MIXED = SAMPLES / "strip-mixed" / "in.pcap"


def exported(tmp_path: Path, *words: str | Path) -> Any:  # noqa: ANN401
    import pyarrow.ipc

    target = tmp_path / "frames.arrow"
    assert command("export", words[0], target, *words[1:]).code == 0
    with pyarrow.ipc.open_file(target) as file:
        return file.read_all()


@pytest.mark.parametrize("words", [(UNDERLAY, "-m", MAP), (MIXED,), (UNDERLAY, "-m", MAP, "-e", "vnid,src_ip,verdict")])
def test_a_table_is_that_of_export(tmp_path: Path, words: tuple[str | Path, ...]) -> None:
    map_file = MAP if "-m" in words else None
    columns = words[-1] if "-e" in words else None
    table = dovetool.open(str(words[0]), map_file).to_arrow(None if columns is None else str(columns))
    expected = exported(tmp_path, *words)
    assert table.to_pylist() == expected.to_pylist()
    assert table.schema.names == expected.schema.names
    assert table.num_rows > 10


def test_layers_and_raw_addresses(tmp_path: Path) -> None:
    table = dovetool.open(MIXED).to_arrow(layers=True, raw=True)
    assert table.to_pylist() == exported(tmp_path, MIXED, "--layers", "--raw").to_pylist()
    assert set(dovetool.LAYER_COLUMNS) < set(table.schema.names)


def test_batches_have_one_schema_and_follow_the_selection() -> None:
    capture = dovetool.open(UNDERLAY, MAP)
    batches = list(capture.select(vnid="red").batches(["number", "vnid", "network"]))
    assert [row for batch in batches for row in batch.to_pylist()] == [
        {"number": frame.number, "vnid": frame.vnid, "network": "red"} for frame in capture if frame.network == "red"
    ]
    assert {str(batch.schema.field("vnid").type) for batch in batches} == {"int32"}
    assert list(capture.select(vnid=77).batches()) == []
    assert capture.select(vnid=77).to_arrow().num_rows == 0


def test_data_frames() -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    pytest.importorskip("polars", reason="polars is not installed")
    capture, columns = dovetool.open(UNDERLAY, MAP), ["number", "time", "network", "length"]
    rows = capture.to_arrow(columns).to_pylist()
    assert capture.to_polars(columns).to_dicts() == rows
    panda = capture.to_pandas(columns)
    assert panda["network"].tolist() == [row["network"] for row in rows]
    assert panda.groupby("network", observed=True)["length"].sum().to_dict() == {
        group["network"]: group["octets"] for group in capture.stats(by="vnid")
    }


def test_a_damaged_capture_has_the_table_of_the_frames_before(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(MIXED.read_bytes()[:-7])
    with pytest.raises(dovetool.CorruptCaptureError) as raised:
        dovetool.open(cut).to_arrow("number")
    assert getattr(raised.value.partial, "num_rows", None) == 57
    batches: list[Any] = []
    with pytest.raises(dovetool.CorruptCaptureError):
        batches.extend(dovetool.open(cut).batches("number"))
    assert sum(batch.num_rows for batch in batches) == 57


@pytest.mark.parametrize(
    ("library", "call"),
    [("pyarrow", "to_arrow()"), ("pyarrow", "batches()"), ("pandas", "to_pandas()"), ("polars", "to_polars()")],
)
def test_what_is_not_installed_is_named_with_the_command(library: str, call: str) -> None:
    code = f"""
import sys, dovetool
sys.modules[{library!r}] = None
try:
    dovetool.open({str(UNDERLAY)!r}).{call}
except dovetool.MissingLibraryError as error:
    assert isinstance(error, ImportError)
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"this takes {library}, which is not installed: ")
    assert " install " in done.stdout
