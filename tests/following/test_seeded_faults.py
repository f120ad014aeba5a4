"""59 faults in the taps of a run: each is found at its hop, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from follow_faults import LATE_NS, Taps
from followed import followed

FAULTS = 59


def told(hop: dict[str, Any]) -> dict[str, int]:
    """What is wrong at a hop, by kind."""
    late = sum(bar["packets"] for bar in hop["delay_histogram"] if (bar["from_ns"] or 0) >= LATE_NS)
    kinds = {name: hop[name] for name in ("lost", "duplicated", "reordered", "misdelivered")}
    return {name: count for name, count in {**kinds, "delayed": late, **hop["changed"]}.items() if count}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("has_map", [False, True])
def test_each_is_found_at_its_hop(seed: int, has_map: bool, tmp_path: Path) -> None:
    taps = Taps.of(tmp_path, seed)
    words = ("-m", tmp_path / "map.yaml") if has_map else ()
    clean = followed(*taps.written(tmp_path / "taps"), *words)
    assert [told(hop) for hop in clean["hops"]] == [{}, {}, {}, {}]
    taps.put_in(FAULTS, seed)
    found = followed(*taps.written(tmp_path / "taps"), *words, "--rejects", tmp_path / "lost.pcapng")
    expected = [{**each, "vnid": each["misdelivered"]} if "misdelivered" in each else each for each in taps.found]
    assert [told(hop) for hop in found["hops"]] == expected
