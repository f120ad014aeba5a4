"""What a command loads when it starts: only what it works with, since each of these takes a tenth of a second."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from dovetool.cli.app import app

DEMO = Path(__file__).resolve().parents[2] / "samples" / "demo"
HEAVY = {
    "aiohttp",
    "dpkt",
    "fsspec",
    "lz4",
    "numpy",
    "pydantic",
    "pydantic_core",
    "pyshark",
    "rich",
    "ruamel",
    "scapy",
    "uniplot",
    "vl_convert",
    "zstandard",
}
RUN = "import sys; from dovetool.cli import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
MAPS = {"pydantic", "pydantic_core", "ruamel"}
HOSTS = Path(__file__).resolve().parents[1] / "map_sources/data/linux/migrate/before"
IN, MAP = DEMO / "in.pcapng", DEMO / "map.yaml"

PROGRAM = get_command(app)
COMMANDS = PROGRAM.commands  # type: ignore[attr-defined]
HELP = PROGRAM.get_help(PROGRAM.make_context("dovetool", [], resilient_parsing=True))


def modules_of(*words: object) -> set[str]:
    """The modules that a command has loaded when it ends."""
    command = [sys.executable, "-c", RUN, *map(str, words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (("--help",), set()),
        (("strip", "--help"), set()),
        (("--version",), set()),
        (("strip", IN, "{out}"), {"numpy"}),
        (("translate", IN, "{out}", "--to", "geneve", "--summary", "json"), {"numpy"}),
        (("encap", IN, "{out}", "-m", MAP), {"numpy", *MAPS}),
        (("map", "check", MAP), MAPS),
        (("map", "import", "iproute2", HOSTS, "-o", "{out}", "--summary", "none"), MAPS),
        (("inspect", IN), {"numpy"}),
        (("stats", IN, "--json"), {"numpy"}),
        (("stats", IN), {"numpy", "rich"}),
        (("stats", IN, "--plot"), {"numpy", "rich"}),
        (("stats", IN, "--plot", "--by", "time"), {"numpy", "rich", "uniplot"}),
        (("report", IN, "-o", "{out}"), {"numpy", "vl_convert", *MAPS}),
        (("split", IN, "{out}", "--by", "vnid"), {"numpy"}),
    ],
    ids=lambda value: " ".join(map(str, value[:2])) if isinstance(value, tuple) else "",
)
def test_a_command_loads_what_it_works_with(words: tuple[object, ...], heavy: set[str], tmp_path: Path) -> None:
    loaded = modules_of(*(str(word).format(out=tmp_path / "out.pcapng") for word in words))
    assert {name.partition(".")[0] for name in loaded} & HEAVY == heavy


def test_of_dpkt_only_the_headers_that_are_read(tmp_path: Path) -> None:
    """`import dpkt` would load all protocols that it knows."""
    loaded = modules_of("strip", IN, tmp_path / "out.pcapng", "--summary", "none")
    prefix = "dovetool.wire.dpkt_headers."
    assert {name.removeprefix(prefix) for name in loaded if name.startswith(prefix)} == {
        "compat", "dns", "dpkt", "ip", "ip6", "tcp", "udp", "utils",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_list_of_commands_has_the_first_line_of_their_help(name: str) -> None:
    """The list is written down apart, so that no command has to be loaded for it."""
    listed = next(line for line in HELP.partition("Commands:")[2].splitlines() if line.split()[:1] == [name])
    assert listed.split(maxsplit=1)[1] == COMMANDS[name].help.partition("\n")[0]


def test_a_short_capture_takes_no_threads(tmp_path: Path) -> None:
    """What hands work to other threads is loaded where there is enough of it."""
    loaded = modules_of("strip", IN, tmp_path / "out.pcapng", "--jobs", "4")
    assert not loaded & {"concurrent.futures", "logging", "queue"}


def test_strip_without_a_map_loads_no_other_command_and_no_map(tmp_path: Path) -> None:
    """What only names a type is not loaded, nor what looks at frames for people."""
    loaded = modules_of("strip", IN, tmp_path / "out.pcapng")
    packages = ("dovetool.audit", "dovetool.observe.observe", "dovetool.vnid_map", "dovetool.wireshark")
    commands = ("dovetool.cli.commands.hops", "dovetool.cli.commands.inspect", "dovetool.cli.commands.map")
    verdicts = ("dovetool.verdict.check", "dovetool.verdict.fragmentation")
    assert not [name for name in loaded if name.startswith((*packages, *commands, *verdicts))]
