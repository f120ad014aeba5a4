"""Each page: what it runs ends well, what it shows is what is printed, and its Python is right."""

from __future__ import annotations

import doctest
import shutil
import subprocess
from pathlib import Path

import pytest
from documents import ROOT, STORIES, Copy, blocks, commands, steps, text_of
from page_story import WIDTH, Told, is_as, programs
from typer.main import get_command

from dovetool.cli.app import app

TRIED = [
    "docs/tutorial.md",
    *(page for page in STORIES if page.startswith("docs/how-to/") and blocks(page, "console") and "/map-" not in page),
]
"""The pages whose commands a reader is to try, with the samples."""
each_page = pytest.mark.parametrize("page", STORIES)


@each_page
def test_it_is_true(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its commands run one after the other in a folder of its own, then its examples of Python."""
    missing = sorted(name for name in {"bash", *programs(page)} if shutil.which(name) is None)
    if missing:
        pytest.skip(f"{', '.join(missing)}: not installed")
    told = Told(tmp_path, page)
    for block, expected in told.tell():
        if not is_as(block.text, expected):
            assert block.text == expected, f"{page}:{block.line}"
    monkeypatch.chdir(told.folder)
    ended = doctest.testfile(str(ROOT / page), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8")
    assert ended.failed == 0


@each_page
def test_what_it_shows_fits(page: str) -> None:
    lines = [line for block in blocks(page, "console") for line in block.text.splitlines()]
    assert [line for line in lines if len(line) > WIDTH] == []


@pytest.mark.parametrize("page", TRIED)
def test_a_reader_can_follow_along(page: str, tmp_path: Path) -> None:
    """What the page has a reader copy first is what its story is told with."""
    (told,) = (block.text for block in blocks(page, "sh") if "\ncd /tmp/" in block.text)
    script = "".join(f"{line}\n" for line in told.splitlines() if line.startswith(("mkdir /tmp/", "cp ", "for ")))
    subprocess.run(["bash", "-ec", script.replace("/tmp/", f"{tmp_path}/")], cwd=ROOT, check=True)
    (folder,) = tmp_path.iterdir()
    assert f"\ncd /tmp/{folder.name}\n" in told
    for copy in (step for step in steps(page) if isinstance(step, Copy)):
        source, target = ROOT / copy.source, folder / copy.target
        for path in [path for path in source.rglob("*") if path.is_file()] or [source]:
            assert (target / path.relative_to(source)).read_bytes() == path.read_bytes()
    shown = "".join(block.text for block in blocks(page, "console"))
    assert " samples/" not in shown or (folder / "samples").is_dir()


def test_there_is_much_to_run() -> None:
    """So that a change of how pages are read cannot leave everything out."""
    assert sum(len(commands(page)) for page in STORIES) >= 30
    assert sum(len(blocks(page, "console")) for page in STORIES) >= 8
    assert text_of("docs/python.md").count(">>> ") >= 30


@pytest.mark.parametrize("command", sorted(get_command(app).commands))  # type: ignore[attr-defined]
def test_every_command_is_in_a_page(command: str) -> None:
    """One that is written by hand."""
    written = [page for page in STORIES if not page.startswith("docs/reference/commands/")]
    assert any(f"dovetool {command}" in text_of(page) for page in written)
