"""The README's examples of output: each is what the command prints.

    .venv/bin/python tests/test_readme_shown.py

writes them anew, when the output has changed on purpose.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from cli_process import dovetool

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
_MAP = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"in \d+\.\d\d s")
_WINDOW = {"COLUMNS": "110", "LINES": "18"}


def blocks() -> list[str]:
    return _BLOCK.findall(README.read_text())


def commands(block: str) -> list[str]:
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def shown(command: str) -> str:
    """A command and what it prints, without trailing space, and with a time that does not change."""
    ended = dovetool(*shlex.split(command)[1:], cwd=ROOT, settings=_WINDOW)
    assert ended.code in (0, 1), ended.stderr
    assert ended.stderr == ""
    lines = [line.rstrip() for line in ended.stdout.decode().splitlines()]
    return f"$ {command}\n" + _SECONDS.sub("in 0.01 s", "\n".join(lines)).rstrip() + "\n"


def rewritten(block: str) -> str:
    return "".join(map(shown, commands(block)))


def picture() -> str:
    """The first map of the README, drawn."""
    found = _MAP.search(README.read_text())
    assert found is not None
    ended = dovetool("map", "show", "-", "--mermaid", stdin=found[1].encode())
    assert (ended.code, ended.stderr) == (0, "")
    return ended.stdout.decode()


def test_the_picture_is_that_of_the_map() -> None:
    assert _PICTURE.findall(README.read_text()) == [picture()]


def test_examples_are_what_is_printed() -> None:
    assert len(blocks()) >= 5
    for block in blocks():
        assert block == rewritten(block)


def test_examples_fit_on_a_page() -> None:
    assert max(len(line) for block in blocks() for line in block.splitlines()) <= int(_WINDOW["COLUMNS"])


if __name__ == "__main__":
    text = _BLOCK.sub(lambda match: f"```console\n{rewritten(match[1])}```", README.read_text())
    text = _PICTURE.sub(lambda _: f"```mermaid\n{picture()}```", text)
    sys.stdout.write(f"{README.write_text(text)} characters\n")
