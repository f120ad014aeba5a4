"""What tshark shows of golden.pcap, frame by frame, in the three forms that are kept beside it.

When the dissector or the frames have changed on purpose, look at what this changes, and commit it:

    .venv/bin/python tests/wireshark/golden_views.py
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from golden_frames import CAPTURE, HERE, NAMES, golden_cases, write_golden
from lua_tshark import LuaTshark, lua_tshark

FIELDS = (
    *(f"dove.{name}" for name in ("tpid", "pcp", "dei", "vnid", "pad", "etype", "len", "vnid_name", "trailing")),
    *(f"dove.expert.{name}" for name in ("pad", "vnid_zero", "short", "cut", "length", "depth", "inner")),
    *(f"overlay.{name}" for name in ("depth", "encap", "vnid", "network", "inner_vnid")),
)


def _names(tshark: LuaTshark) -> tuple[str, ...]:
    return ("-o", f"dove.names_file:{tshark.put('golden_names.txt', NAMES.encode())}")


def tree_view(tshark: LuaTshark) -> list[str]:
    """The lines of the trees of dove and overlay, for each frame; those of others differ between versions."""
    output = tshark.read(CAPTURE, *_names(tshark), "-V")
    frames = re.split(r"^Frame \d+:", output, flags=re.MULTILINE)[1:]
    return ["\n".join(_ours(frame.splitlines())) for frame in frames]


def _ours(lines: list[str]) -> list[str]:
    kept, is_ours = [], False
    for line in lines[1:]:
        if not line.startswith(" "):
            is_ours = line.startswith(("DOVE Tag", "[Overlay,"))
        if is_ours and line:
            kept.append(line)
    return kept


def json_view(tshark: LuaTshark) -> list[Any]:
    """The layers dove and overlay of each frame, as JSON has them."""
    output = tshark.read(CAPTURE, *_names(tshark), "-T", "json", "--no-duplicate-keys", "-j", "dove overlay")
    layers = [frame["_source"]["layers"] for frame in json.loads(output)]
    return [{name: frame[name] for name in ("dove", "overlay") if name in frame} for frame in layers]


def fields_view(tshark: LuaTshark) -> list[str]:
    """The fields, tabs between."""
    return ["\t".join(frame) for frame in tshark.fields(CAPTURE, *FIELDS, options=_names(tshark))]


VIEWS: Mapping[str, Callable[[LuaTshark], list[Any]]] = {"tree": tree_view, "json": json_view, "fields": fields_view}


def expected(view: str) -> dict[str, Any]:
    """What was kept, by the name of the case."""
    kept: dict[str, Any] = json.loads((HERE / f"golden.{view}.json").read_text())
    return kept


def shown(view: str, tshark: LuaTshark) -> dict[str, Any]:
    """What tshark shows now, by the name of the case."""
    names = [case.name for case in golden_cases()]
    frames = VIEWS[view](tshark)
    if view == "tree":
        frames = [frame.splitlines() for frame in frames]
    return dict(zip(names, frames, strict=True))


def rewrite() -> None:
    """Write the capture and the three files anew."""
    write_golden(CAPTURE)
    with lua_tshark() as tshark:
        for view in VIEWS:
            text = json.dumps(shown(view, tshark), indent=1, ensure_ascii=False)
            (HERE / f"golden.{view}.json").write_text(text + "\n")


if __name__ == "__main__":
    rewrite()
