"""`dovetool demo`: what it promises to show, what it leaves behind, and that it works where dovetool is installed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from plain_capture import read_capture

from dovetool import cli
from dovetool.analysis.frame_path import journey
from dovetool.analysis.single_frame import KnownFrame
from dovetool.stages.path import vm_to_vm
from dovetool.verdict.verdict import Frame
from dovetool.vnid_map import VnidMap

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "demo"


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[list[str], str]:
    """The lines and the summary that demo shows."""
    assert cli.run(["demo", *words]) == 0
    out, err = capsys.readouterr()
    return out.splitlines(), err


def cells_of(lines: list[str]) -> dict[int, str]:
    """Each frame's row, with the lines that it goes on in; single spaces."""
    rows: dict[int, list[str]] = {}
    for line in lines[next(at for at, line in enumerate(lines) if line.startswith("#")) + 2 :]:
        if line.startswith("Times"):
            break
        first = line.split(" ")[0]
        rows.setdefault(int(first) if first else max(rows), []).extend(line.split())
    return {number: " ".join(words) for number, words in rows.items()}


def test_each_promised_happening_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    lines, summary = shown(capsys)
    rows = cells_of(lines)
    assert sorted(rows) == list(range(1, 16))
    assert "blue-a @ sw1/p1 broadcast blue 5001 2 copies:" in rows[1]
    for part in ("tep1 -> tep2 VXLAN", "tep1 -> tep3 VXLAN", "blue-b @ sw2/p1,", "blue-c @ sw3/p1"):
        assert part in rows[1]
    expected = {
        3: "blue-a @ sw1/p1 blue-b blue 5001 tep1 -> tep2 VXLAN delivered: blue-b @ sw2/p1",
        4: "blue-b @ sw2/p1 blue-a blue 5001 tep2 -> tep1 VXLAN delivered: blue-a @ sw1/p1",
        7: "red-a @ sw1/p2 red-b red 5002 tep1 -> tep2 VXLAN delivered: red-b @ sw2/p2",
        9: "ops-a @ sw3/p2 red-c red 5002 tep3 -> tep2 VXLAN delivered: red-c @ sw2/p4",
        10: "red-c @ sw2/p4 ops-a ops 5003 tep2 -> tep3 VXLAN delivered: ops-a @ sw3/p2",
        11: "ops-a @ sw3/p2 blue-c policy-denied by tag: no policy lets ops reach blue",
        12: "blue-b @ sw2/p1 blue-a blue 5001 local delivered: blue-a @ sw2/p3",
        15: "red-a @ sw1/p2 red-b red 5002 tep1 -> tep2 VXLAN delivered: red-b @ sw2/p2",
    }
    assert {number: rows[number].split(" ", 2)[2] for number in expected} == expected
    assert "tag: rejected as policy-denied: 1" in summary
    assert max(map(len, lines)) <= 100


def test_teps_are_shown_with_their_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    teps = [line.split() for line in shown(capsys)[0] if line.startswith("tep")]
    assert teps == [[f"tep{n}", f"192.0.2.{n}", "vxlan", f"sw{n}"] for n in (1, 2, 3)]


def test_a_program_by_its_bare_name(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is called where no file of that name is in the folder."""
    monkeypatch.setattr("sys.argv", ["dovetool"])
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/env")
    assert "  dovetool demo --dir demo" in shown(capsys)[0]


def test_tenants_of_the_sample_share_addresses_and_frames() -> None:
    frames = read_capture(SAMPLE / "in.pcapng")
    assert frames[0].octets == frames[4].octets
    assert (frames[0].interface, frames[4].interface) == ("sw1/p1", "sw1/p2")


def test_eighty_columns_lose_no_word(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    wide = cells_of(shown(capsys)[0])
    monkeypatch.setattr("dovetool.cli.commands.demo._PIPE_WIDTH", 80)
    lines, _ = shown(capsys)
    assert max(len(line) for line in lines[:-4]) <= 80
    narrow = cells_of(lines)
    assert {number: sorted(row.split()) for number, row in narrow.items()} == {
        number: sorted(row.split()) for number, row in wide.items()
    }


def test_directory_gets_the_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a folder"
    shown(capsys, "--dir", str(folder))
    for path in SAMPLE.rglob("*.pcapng"):
        assert read_capture(folder / path.relative_to(SAMPLE)) == read_capture(path)
    assert (folder / "map.yaml").read_bytes() == (SAMPLE / "map.yaml").read_bytes()


def test_directory_in_use_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "map.yaml").write_text("mine")
    assert cli.run(["demo", "--dir", str(tmp_path)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["map.yaml"]
    assert (tmp_path / "map.yaml").read_text() == "mine"


@pytest.mark.parametrize("options", [(), ("--dir", "two words")])
def test_suggested_commands_work(
    options: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines, _ = shown(capsys, *options)
    assert list(tmp_path.iterdir()) == [tmp_path / name for name in options[1:]]
    commands = [shlex.split(line) for line in lines[-3:]]
    for command, *words in commands:
        assert command == "dovetool"
        assert cli.run(words) == 0
    assert {"inner.pcapng", "delivered.pcapng", "by-vm"} <= {path.name for path in tmp_path.iterdir()}


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert "dovetool demo --dir demo" in "\n".join(shown(capsys, "--help")[0])


def test_names_are_shown_as_they_are() -> None:
    """A name that looks like markup, and an interface with a control code in its name."""
    from rich.console import Console

    from dovetool.views.tracing.journey import journey_table
    from dovetool.vnid_map.file.load import parse

    text = (SAMPLE / "map.yaml").read_text().replace("blue-b", '"[red]b[/red]"')
    vnid_map = VnidMap.from_model(parse(text.encode(), "map"))
    frames = read_capture(SAMPLE / "in.pcapng")
    strange = [
        KnownFrame(Frame(frames[2].octets, frames[2].orig_len), 1, frames[2].ts_ns, interface="sw1/p1"),
        KnownFrame(Frame(b"\1\2", 2), 2, frames[2].ts_ns, interface="\x1b[31m"),
        KnownFrame(Frame(frames[2].octets, 98), 3, frames[2].ts_ns, interface="sw1/p9"),
    ]
    stages = vm_to_vm(vnid_map, name_receivers=True)
    console = Console(width=200, record=True, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(journey_table(vnid_map, [journey(known, stages) for known in strange]))
    lines = capture.get().splitlines()
    assert "delivered: [red]b[/red] @ sw2/p1" in lines[2]
    assert "\\x1b[31m" in lines[3]
    assert "malformed by tag" in lines[3]
    assert "unknown-port by tag" in lines[4]
    assert "\x1b[31m" not in capture.get()
