"""Completion in PowerShell: how its lines are read, how what is put in is quoted, and what PowerShell makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_shells import PROGRAM
from test_real_shells import HOSTILE, write_map

from dovetool.completion import answer, script
from dovetool.completion.powershell import quoted, reply, words_of

_TYPED = st.text(st.characters(exclude_categories=["C"]), min_size=1)
_COMPLETE = """
. ./completion.ps1
$made = [System.Management.Automation.CommandCompletion]::CompleteInput($env:LINE, $env:LINE.Length, $null)
$match = $made.CompletionMatches[0].CompletionText
$at = $made.ReplacementIndex
Invoke-Expression $env:LINE.Remove($at, $made.ReplacementLength).Insert($at, $match)
"""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dovetool ", ["dovetool", ""]),
        ("  dovetool   st", ["dovetool", "st"]),
        ("& 'C:/Program Files/dovetool.exe' st", ["C:/Program Files/dovetool.exe", "st"]),
        ("dovetool --vnid 'red te", ["dovetool", "--vnid", "red te"]),
        ('dovetool \'it\'\'s\' "a `"b`" ""c""" d` e', ["dovetool", "it's", 'a "b" "c"', "d e"]),
        ("dovetool a'b c'd", ["dovetool", "ab cd"]),
        ("dovetool \u2018a b\u2019", ["dovetool", "a b"]),
        ("dovetool ''", ["dovetool", ""]),
        ("dovetool 'it''", ["dovetool", "it'"]),
    ],
)
def test_a_line_is_taken_apart(line: str, words: list[str]) -> None:
    assert words_of(line) == words


@given(_TYPED, _TYPED)
def test_what_is_quoted_means_itself(first: str, second: str) -> None:
    assert words_of(f"dovetool {quoted(first)} {quoted(second)}") == ["dovetool", first, second]


@given(st.text())
def test_any_line_has_words(line: str) -> None:
    assert words_of(line)


def test_only_what_is_replaced_is_put_in() -> None:
    assert reply("blue,red team", "blue,re", "re") == "'red team'"
    assert reply("blue,red", "blue,", "") == "red"
    assert reply("--vnid=blue", "--vnid=bl", "--vnid=bl") == "--vnid=blue"
    assert reply("red team", "red te", "'red te") == "'red team'"


def test_in_the_middle_of_a_word_the_whole_word_is_replaced() -> None:
    assert reply("blue", "bl", "blxx") == "blue"
    assert reply("red,blue", "red,bl", "blxx") is None


def asked(line: str, word: str, **environ: str) -> list[list[str]]:
    """What is put in, shown and told."""
    question = {"_DOVETOOL_COMPLETE": "powershell", "_DOVETOOL_LINE": line, "_DOVETOOL_WORD": word}
    said = answer({**question, "DOVETOOL_CONFIG": "", **environ}, [])
    return [text.split("\t") for text in said.splitlines()]


def test_an_answer_has_what_is_put_in_what_is_shown_and_what_it_is(tmp_path: Path) -> None:
    write_map(tmp_path)
    found = asked("dovetool stats --vnid red", "red", DOVETOOL_MAP=str(tmp_path / "map.yaml"))
    assert found == [["'red team of two'", "red team of two", "VNID 5000"]]


def test_files_are_left_to_powershell() -> None:
    assert asked("dovetool strip ", "") == []
    assert asked("dovetool", "dovetool") == []


@pytest.mark.skipif(
    shutil.which("pwsh") is None, reason="PowerShell is not installed, and no package of Debian brings it"
)
class TestPowerShell:
    """PowerShell completes a line and runs it; the words that dovetool gets count."""

    def completed(self, folder: Path, line: str) -> list[str]:
        seen, program = folder / "seen", folder / "bin" / "dovetool"
        program.parent.mkdir(exist_ok=True)
        program.write_text(PROGRAM.format(python=sys.executable, seen=seen))
        program.chmod(0o755)
        (folder / "completion.ps1").write_text(script("powershell"))
        write_map(folder)
        environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "LINE": line}
        command = ("pwsh", "-NoProfile", "-NonInteractive", "-Command", _COMPLETE)
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert not (folder / "pwned").exists()
        return seen.read_text().splitlines()

    def test_commands_and_options(self, tmp_path: Path) -> None:
        assert self.completed(tmp_path, "dovetool transl") == ["translate"]
        assert self.completed(tmp_path, "dovetool map im") == ["map", "import"]
        assert self.completed(tmp_path, "dovetool strip --fragment-mem") == ["strip", "--fragment-memory"]

    @pytest.mark.parametrize("name", HOSTILE.values(), ids=list(HOSTILE))
    def test_a_name_is_put_in_as_it_is(self, tmp_path: Path, name: str) -> None:
        begin = quoted(name[:3])
        words = self.completed(tmp_path, f"dovetool stats -m map.yaml --vnid {begin}")
        assert words == ["stats", "-m", "map.yaml", "--vnid", name]

    def test_a_list_goes_on(self, tmp_path: Path) -> None:
        assert self.completed(tmp_path, "dovetool inspect x -e vnid,src_te") == ["inspect", "x", "-e", "vnid,src_tep"]
