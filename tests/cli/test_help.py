"""`--help` on a terminal of 80 columns: no summary of a command is cut."""

from __future__ import annotations

import pytest

from dovetool import cli


@pytest.mark.parametrize("words", [(), ("map",), ("wireshark",)], ids=lambda words: " ".join(words) or "dovetool")
def test_summaries_of_commands_are_whole(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert cli.run([*words, "--help"]) == 0
    said = capsys.readouterr().out
    lines = said[said.index("Commands:") :].split("\n\n")[0].splitlines()[1:]
    assert len(lines) >= 3
    assert not [line for line in lines if line.endswith("...")]
    assert all(line.endswith(".") for line in lines)
