"""Tables look alike in all commands: a line of one kind below the heads, nothing around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetool import cli

DEMO = Path(__file__).resolve().parents[2] / "samples" / "demo"
MAP = ("-m", DEMO / "map.yaml")


@pytest.mark.parametrize(
    ("words", "head"),
    [
        (("inspect", DEMO / "taps" / "3-underlay.pcapng", *MAP), "No."),
        (("stats", DEMO / "taps" / "3-underlay.pcapng", *MAP), "VNID"),
        (("map", "show", DEMO / "map.yaml"), "Network"),
        (("validate", DEMO / "in.pcapng", *MAP), "Severity"),
        (("validate", "--list"), "Severity"),
        (("run", DEMO / "in.pcapng", "out.pcapng", *MAP), "stage"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_line_below_the_heads(
    words: tuple[object, ...],
    head: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    cli.run(list(map(str, words)))
    said = capsys.readouterr()
    lines = (said.out + said.err).splitlines()
    at = next(number for number, line in enumerate(lines) if line.lstrip().startswith(head + " "))
    assert set(lines[at + 1]) == {"─"}
    assert lines[at + 2].strip(), "a row follows at once"
    assert len(lines[at].rstrip()) <= len(lines[at + 1])
