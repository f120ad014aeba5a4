"""The pages that are made of the code are as it is now, and the tables that are written by hand too."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
import reference
from command_pages import GUIDES
from command_walk import commands, sections
from documents import ROOT, text_of
from typer.main import get_command

from dovetool.cli.app import app
from dovetool.cli.exit_code import ExitCode
from dovetool.wire import ENCAPSULATIONS

MADE = reference.pages()
EXAMPLES = [
    example
    for _, command in commands()
    for heading, texts in sections(command)
    if heading == "Examples"
    for example in texts
]


@pytest.mark.parametrize("page", MADE)
def test_it_is_fresh(page: str) -> None:
    assert text_of(f"docs/{page}") == MADE[page], "the code has changed: make format, or python packaging/reference.py"


def test_no_page_is_about_what_is_gone() -> None:
    found = {path.relative_to(reference.DOCS).as_posix() for path in (reference.DOCS / "reference/commands").iterdir()}
    assert found == {page for page in MADE if page.startswith("reference/commands/")}


def test_each_command_has_a_guide_that_leads_back() -> None:
    assert sorted(GUIDES) == sorted(get_command(app).commands)  # type: ignore[attr-defined]
    for command, guide in GUIDES.items():
        page = (ROOT / "docs" / "reference" / "commands" / guide).resolve().relative_to(ROOT).as_posix()
        assert command == "demo" or f"(commands/{command}.md)" in text_of(page)


def of_dovetool(example: str) -> Iterator[list[str]]:
    """The words behind each `dovetool` of a command line."""
    line = shlex.shlex(example, posix=True, punctuation_chars="|&>")
    line.whitespace_split = True
    words: list[str] = []
    for word in [*line, "|"]:
        if set(word) <= set("|&>"):
            if words[0] == "dovetool":
                yield words[1:]
            words = ["a file"] if word == ">" else []
        else:
            words.append(word)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_the_help_are_understood(example: str) -> None:
    """Each option and command in them is there; what they name need not be."""
    for called in of_dovetool(example):
        names, command = called, get_command(app)
        while names and names[0] in getattr(command, "commands", {}):
            command = command.commands[names.pop(0)]  # type: ignore[attr-defined]
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}
        given = {word.partition("=")[0] for word in names if re.fullmatch(r"--?[A-Za-z]\S*", word)}
        assert given <= known, example


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 60


def first_cells(page: str, head: str) -> list[str]:
    """The first cells of the table with this head."""
    table = text_of(page).split(head)[1].split("\n\n")[0]
    return [cell for cell in re.findall(r"^\| `?([^|`]+)`? \|", table, re.MULTILINE) if not cell.startswith("--")]


def test_encapsulations() -> None:
    assert sorted(first_cells("docs/index.md", "| encapsulation |")) == sorted(ENCAPSULATIONS)
    written = re.findall(r"^\| `([\w-]+)` \| .* \| yes \| yes \|", text_of("docs/index.md"), re.MULTILINE)
    assert sorted(written) == sorted(each.name for each in ENCAPSULATIONS.values() if each.is_written)


def test_exit_codes() -> None:
    """Those of signals are 128 and the number of the signal."""
    told = {int(code) for cell in first_cells("docs/reference/common.md", "| exit code |") for code in cell.split(", ")}
    assert told == {*map(int, ExitCode), 128 + 1, 128 + 15}
