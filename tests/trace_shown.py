"""What `dovetool trace` shows, run inside the test process, and networks to run it in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dovetool import cli

DEMO = Path(__file__).resolve().parents[1] / "samples" / "demo"
FIRST = ("trace", DEMO / "in.pcapng", "-m", DEMO / "map.yaml")
MAP = """\
version: 1
networks: {blue: {vnid: 5001}}
teps:
%s
switches:
%s
vms:
%s
"""


def shown(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> list[str]:
    """The lines that a command shows."""
    assert cli.run(list(map(str, words))) == code
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def plain(lines: list[str]) -> str:
    """Lines without the guides of the tree, and without the breaks of long ones."""
    return re.sub(r"\s+", " ", " ".join(line.translate(dict.fromkeys(map(ord, "│├└─"), " ")) for line in lines))


def object_of(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict[str, Any]:
    (line,) = shown(capsys, *words, "--json", code=code)
    answer: dict[str, Any] = json.loads(line)
    return answer


def of_many(count: int) -> str:
    """A network with so many tunnel end points, and a VM behind each."""
    teps = "\n".join(
        f'  tep{n}: {{ip: 192.0.2.{n + 1}, mac: "02:00:00:01:00:{n:02x}", encap: [vxlan]}}' for n in range(count)
    )
    switches = "\n".join(f"  sw{n}: {{tep: tep{n}, ports: {{p1: blue}}}}" for n in range(count))
    vms = "\n".join(f'  vm{n}: {{mac: "02:00:00:00:00:{n:02x}", at: sw{n}/p1}}' for n in range(count))
    return MAP % (teps, switches, vms)
