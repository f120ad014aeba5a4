"""What a table of overlay headers has is what tshark sees in other projects' captures, and sums are those of stats."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from overlay_expectations import DIFFERENCES, MORE, Header, as_tshark, expected, names, shown

_ROOT = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("DOVETOOL_CORPUS", _ROOT.parent / "shared" / "captures"))
_MISSING = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no captures of other projects in {CORPUS}")
_COLUMNS = "number,layer,layer_encap,layer_src,layer_dst,layer_vnid,depth,src_mac,dst_mac,ethertype,encaps"
"""Of headers; those of the frame inside are known of the innermost."""
Row = dict[str, str]


def exported(folder: Path, capture: Path, *options: str) -> list[Row]:
    shown("export", capture, folder / "rows.csv", "--depth", "64", *options)
    with (folder / "rows.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _headers(rows: list[Row]) -> list[tuple[Header, bool]]:
    """The header of each row, a tag being none, and whether it is the innermost tunnel of its frame."""
    found = []
    for row in rows:
        level, encaps = int(row["layer"]), row["encaps"].split("/")
        tunnels = [place for place, encap in enumerate(encaps, 1) if encap != "dove"]
        if row["layer_encap"] != "dove":
            header = Header(
                int(row["number"]),
                row["layer_encap"],
                row["layer_src"],
                row["layer_dst"],
                int(row["layer_vnid"] or "-1"),
                row["src_mac"],
                row["dst_mac"],
                int(row["ethertype"] or "0"),
                tunnels.index(level) + 1,
            )
            found.append((header, level == tunnels[-1]))
    return found


@_MISSING
@pytest.mark.parametrize("name", names(CORPUS) if CORPUS.is_dir() else [])
def test_headers_are_those_of_tshark(name: str, tmp_path: Path) -> None:
    wanted = expected(CORPUS, name)
    skipped = DIFFERENCES.get(name, {}).values()
    told = _headers(exported(tmp_path, CORPUS / name, "--layers", "-e", _COLUMNS))
    ours = as_tshark([header for header, _ in told], wanted)
    known = {(row.frame, row.level): row for row in ours}
    innermost = {(header.frame, header.level) for header, is_last in told if is_last}
    compared = 0
    for row in wanted:
        if any(is_other(row) for is_other in skipped):
            continue
        own = known.pop((row.frame, row.level))
        compared += 1
        assert own[:5] == row[:5]
        if (row.frame, row.level) in innermost:
            assert (own.inner_src, own.inner_dst) == (row.inner_src, row.inner_dst)
    if name not in MORE and not skipped:
        assert not known
    assert compared or name in MORE or skipped


@_MISSING
@pytest.mark.parametrize("name", names(CORPUS) if CORPUS.is_dir() else [])
def test_sums_are_those_of_stats(name: str, tmp_path: Path) -> None:
    """Frames, octets and overhead of each network and stack of headers; the columns are those of a frame each."""
    told: Any = json.loads(shown("stats", CORPUS / name, "--by", "vnid,encaps,outer_src", "--json", "--depth", "64"))
    frames, octets, overhead = Counter[Any](), Counter[Any](), Counter[Any]()
    for row in exported(tmp_path, CORPUS / name, "-e", "vnid,encaps,outer_src,length,overhead"):
        key = row["vnid"], row["encaps"], row["outer_src"]
        frames[key] += 1
        octets[key] += int(row["length"])
        overhead[key] += int(row["overhead"])
    found = {
        tuple("" if each[part] is None else str(each[part]) for part in told["by"]): each for each in told["groups"]
    }
    assert {key: each["frames"] for key, each in found.items()} == dict(frames)
    assert {key: each["octets"] for key, each in found.items()} == dict(octets)
    assert {key: each["overhead"] for key, each in found.items()} == dict(overhead)
