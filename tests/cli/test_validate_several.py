"""`dovetool validate` of several captures: findings name the file of each frame, and its number there."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from audit_faults import FAULTS
from audited_traffic import write_clean, write_map
from cli_process import dovetool
from plain_capture import write_capture

import dovetool as api

FAULT = next(fault for fault in FAULTS if fault.name == "unknown VNID")
WORDS = ("a b.pcap", "x/c.pcap", "clean.pcap", "-m", "map.yaml")
PLACES = [("a b.pcap", 22), ("x/c.pcap", 21)]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with captures of the same minutes, of which two have the fault, the one a frame earlier."""
    folder = tmp_path_factory.mktemp("several")
    write_map(folder)
    (folder / "x").mkdir()
    write_capture(folder / "a b.pcap", FAULT.make())
    write_capture(folder / "x/c.pcap", list(FAULT.make())[1:])
    write_clean(folder)
    return folder


@pytest.mark.parametrize("options", [(), ("--no-merge",), ("--workers", "1")])
def test_json(here: Path, options: tuple[str, ...]) -> None:
    ended = dovetool("validate", *WORDS, "--json", *options, cwd=here)
    assert (ended.code, ended.stderr) == (1, "")
    (finding,) = (each for each in json.loads(ended.stdout)["findings"] if each["reason"] == "unknown-vnid")
    assert list(zip(finding["files"], finding["frames"], strict=True)) == PLACES
    for file, number in PLACES:
        frame = dovetool("inspect", file, "--frame", str(number), "--json", cwd=here)
        assert json.loads(frame.stdout)[0]["vnid"] == 5099


def test_table_and_files_for_ci(here: Path) -> None:
    ended = dovetool("validate", *WORDS, "--sarif", "s.sarif", "--junit", "j.xml", cwd=here)
    assert "2  a b.pcap: 22; x/c.pcap: 21  map: networks.vnid" in ended.stdout.decode()
    (result,) = json.loads((here / "s.sarif").read_text())["runs"][0]["results"]
    assert [
        (
            place["physicalLocation"]["artifactLocation"]["uri"],
            place["physicalLocation"]["artifactLocation"]["index"],
            [frame["name"] for frame in place["logicalLocations"]],
        )
        for place in result["locations"]
    ] == [("a%20b.pcap", 0, ["frame 22"]), ("x/c.pcap", 1, ["frame 21"])]
    assert result["message"]["text"].endswith("(2 frames: a b.pcap: 22; x/c.pcap: 21)")
    (failure,) = ET.parse(here / "j.xml").getroot().iter("failure")
    assert failure.text is not None
    assert failure.text.endswith("frames: a b.pcap: 22; x/c.pcap: 21 (2 in all)")


def test_an_example_names_its_file(tmp_path: Path) -> None:
    """A wrong checksum is told with what is in the frame that shows it."""
    fault = next(fault for fault in FAULTS if fault.name == "bad UDP checksum")
    write_map(tmp_path)
    write_capture(tmp_path / "bad.pcap", fault.make())
    write_clean(tmp_path)
    ended = dovetool("validate", "clean.pcap", "bad.pcap", "-m", "map.yaml", "--json", cwd=tmp_path)
    text = json.loads(ended.stdout)["findings"][0]["text"]
    assert ": bad.pcap: frame " in text


def test_python(here: Path) -> None:
    found = api.validate([here / file for file, _ in PLACES], here / "map.yaml")[0]
    assert (found.files, found.frames) == ((str(here / "a b.pcap"), str(here / "x/c.pcap")), (22, 21))
