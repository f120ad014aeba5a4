"""Whatever two roles a file is given: one line that names both, exit code 2, and no file has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cli_process import COMMAND, PATIENCE, dovetool, environment

from dovetool import cli

DEMO = Path(__file__).resolve().parents[2] / "samples" / "demo"
UNDERLAY = "taps/3-underlay.pcapng"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample's capture and map, and captures of its hops."""
    monkeypatch.chdir(tmp_path)
    for name in ("in.pcapng", "map.yaml", "taps"):
        (shutil.copytree if name == "taps" else shutil.copyfile)(DEMO / name, tmp_path / name)
    (tmp_path / "hard").hardlink_to(tmp_path / "map.yaml")
    (tmp_path / "soft").symlink_to("in.pcapng")
    (tmp_path / "by-vm").mkdir()
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(here: Path, capsys: pytest.CaptureFixture[str], words: str) -> str:
    before = contents(here)
    assert cli.run(words.split()) == 2
    assert contents(here) == before
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err.removeprefix("dovetool: ").strip()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("run in.pcapng map.yaml -m map.yaml", "OUT map.yaml: needs a file of its own, and is the map too"),
        ("tag in.pcapng hard -m map.yaml", "OUT hard: needs a file of its own, and is the map too"),
        ("tag in.pcapng o.pcap -m map.yaml --rejects hard", "--rejects hard: needs a file of its own, and is the map"),
        (f"encap {UNDERLAY} o -m map.yaml --rejects hard", "--rejects hard: needs a file of its own, and is the map"),
        (f"decap {UNDERLAY} hard -m map.yaml", "OUT hard: needs a file of its own, and is the map too"),
        ("untag in.pcapng hard -m map.yaml", "OUT hard: needs a file of its own, and is the map too"),
        (f"strip {UNDERLAY} hard -m map.yaml", "OUT hard: needs a file of its own, and is the map too"),
        ("strip in.pcapng o.pcap --rejects soft", "--rejects soft: needs a file of its own, and is IN too"),
        ("run soft o -m map.yaml --rejects in.pcapng", "--rejects in.pcapng: needs a file of its own, and is IN too"),
        (
            "run in.pcapng taps/1-vm.pcapng -m map.yaml --taps taps",
            "--taps taps/1-vm.pcapng: needs a file of its own, and is OUT too",
        ),
        (
            f"run {UNDERLAY} out.pcap -m map.yaml --taps taps",
            "--taps taps/3-underlay.pcapng: needs a file of its own, and is IN too",
        ),
        (
            "run in.pcapng o.pcap -m map.yaml --taps new --rejects new/2-tagged.pcapng",
            "--taps new/2-tagged.pcapng: needs a file of its own, and is --rejects too",
        ),
        (
            "run in.pcapng by-vm/blue-b.pcap -m map.yaml --split by-vm",
            "--split by-vm/blue-b.pcap: needs a file of its own, and is OUT too",
        ),
        (
            "run in.pcapng o.pcapng -m map.yaml --split by-vm --rejects by-vm/blue-b.pcapng",
            "--split by-vm/blue-b.pcapng: needs a file of its own, and is --rejects too",
        ),
        ("inspect in.pcapng -m map.yaml -w hard", "-w hard: needs a file of its own, and is the map too"),
        ("validate soft -m map.yaml --junit in.pcapng", "--junit in.pcapng: needs a file of its own, and is IN too"),
        ("validate soft -m map.yaml --sarif x --rejects x", "--rejects x: needs a file of its own, and is --sarif too"),
    ],
)
def test_two_roles(here: Path, capsys: pytest.CaptureFixture[str], words: str, says: str) -> None:
    assert says in refused(here, capsys, words)


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("strip in.pcapng dovetool.toml", "OUT"),
        ("strip in.pcapng o.pcapng --rejects dovetool.toml", "--rejects"),
        ("anonymise in.pcapng o.pcapng --key k -m map.yaml --map-out dovetool.toml", "--map-out"),
        ("dedup in.pcapng dovetool.toml", "OUT"),
        ("tag in.pcapng dovetool.toml", "OUT"),
        ("inspect in.pcapng -w dovetool.toml", "-w"),
        ("export in.pcapng dovetool.toml --format csv", "OUT"),
        ("follow in.pcapng taps/1-vm.pcapng --rejects dovetool.toml", "--rejects"),
        ("validate in.pcapng --sarif dovetool.toml", "--sarif"),
        ("report in.pcapng -o dovetool.toml", "-o"),
        ("map learn in.pcapng -o dovetool.toml", "-o"),
    ],
)
def test_settings_are_a_role(here: Path, words: str, role: str) -> None:
    (here / "dovetool.toml").write_text('map = "map.yaml"\n')
    before = contents(here)
    ended = dovetool(*words.split(), cwd=here, settings={"DOVETOOL_CONFIG": "dovetool.toml"})
    assert (ended.code, ended.complaint) == (
        2,
        f"{role} dovetool.toml: needs a file of its own, and is the settings too",
    )
    assert contents(here) == before


def test_standard_input_has_one_role(here: Path) -> None:
    for words in ("tag - out.pcap -m -", "inspect - -m -", "stats - -m -", "validate - -m -", "split - d --by vm -m -"):
        ended = dovetool(*words.split(), cwd=here, stdin=(here / "map.yaml").read_bytes())
        assert (ended.code, ended.complaint) == (2, "standard input cannot be both the map and IN")
    for words in ("map diff - -", "map merge - - -o merged.yaml"):
        ended = dovetool(*words.split(), cwd=here, stdin=(here / "map.yaml").read_bytes())
        assert (ended.code, ended.complaint) == (2, "standard input cannot be both map 2 and map 1")


def test_standard_output_that_is_a_file_of_another_role(here: Path) -> None:
    """A shell appends to it: what is read would never end."""
    command = f'exec "$@" strip {UNDERLAY} - >> {UNDERLAY}'
    before = (here / UNDERLAY).read_bytes()

    ended = subprocess.run(
        ["sh", "-c", command, "sh", *COMMAND],
        cwd=here,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (ended.returncode, ended.stderr) == (2, b"dovetool: OUT -: needs a file of its own, and is IN too\n")
    assert (here / UNDERLAY).read_bytes() == before


def test_the_output_may_be_the_input(here: Path) -> None:
    assert cli.run(["strip", UNDERLAY, "soft", "--summary", "none"]) == 0
    assert cli.run(["strip", UNDERLAY, UNDERLAY, "--summary", "none"]) == 0
    assert (here / UNDERLAY).read_bytes() == (here / "in.pcapng").read_bytes()
    assert (here / "soft").is_symlink()


def test_taps_are_replaced_by_a_run_that_ends_well(here: Path) -> None:
    words = ["run", "in.pcapng", "out.pcapng", "-m", "map.yaml", "--taps", "taps", "--summary", "none"]
    expected = contents(here / "taps")
    (here / "taps" / "1-vm.pcapng").write_bytes(b"old")
    assert cli.run([*words, "--rejects", "taps"]) == 2
    assert (here / "taps" / "1-vm.pcapng").read_bytes() == b"old"
    assert cli.run(words) == 0
    assert contents(here / "taps") == expected


@pytest.mark.parametrize(
    ("words", "file", "role"),
    [
        ("run in.pcapng out.pcapng -m map.yaml --split by-vm", "blue-b.pcapng", "--split"),
        (f"split {UNDERLAY} by-vm --by vm -m map.yaml", "blue-b.pcapng", "split"),
    ],
)
def test_split_captures_that_are_there(
    here: Path, capsys: pytest.CaptureFixture[str], words: str, file: str, role: str
) -> None:
    path = here / "by-vm" / file
    path.write_bytes(b"precious")
    says = f"{role} by-vm/{file}: is there already; --overwrite replaces it"
    assert refused(here, capsys, words) == says
    assert cli.run([*words.split(), "--overwrite"]) == 0
    assert path.read_bytes() != b"precious"
    capsys.readouterr()
    assert cli.run(words.split()) == 2
    for points_to in ("../in.pcapng", "nothing", None):
        path.unlink()
        if points_to is None:
            os.mkfifo(path)
        else:
            path.symlink_to(points_to)
        capsys.readouterr()
        before = contents(here)
        assert cli.run([*words.split(), "--overwrite"]) == 2
        assert capsys.readouterr().err == f"dovetool: {role} by-vm/{file}: is there already, and no plain file\n"
        assert contents(here) == before
