"""The pages: README.md and all below docs, taken apart into what can be tried.

How a page says what is run, and in which folder, is in CONTRIBUTING.md ("Pages").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORIES = ["README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))]
"""The pages for users; their commands are run."""
PAGES = [
    *STORIES,
    *("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "samples").rglob("*.md")),
]
"""All pages; their links lead somewhere."""
_FENCE = re.compile(r"^```(.*)$")
_TITLE = re.compile(r"title=\"([^\"]+)\"")
_FOLDER = re.compile(r"^<!-- folder: (\S+)(?: as (\S+))? -->$")
_INDENTED = "    dovetool "


@dataclass(frozen=True)
class Copy:
    """Files to be there, from the top of the repository; `usual` are those of the reference."""

    source: str
    target: str


@dataclass(frozen=True)
class Block:
    """A fenced block: the word behind the fence, the name of the file that it is, and its text."""

    language: str
    title: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """An indented line that begins with `dovetool`."""

    text: str


def text_of(page: str) -> str:
    """A page as it is written."""
    return (ROOT / page).read_text(encoding="utf-8")


def steps(page: str) -> Iterator[Copy | Block | Command]:
    """What a page asks for, from its top to its bottom."""
    opened: tuple[int, str] | None = None
    inside: list[str] = []
    lines = iter(enumerate(text_of(page).splitlines(), 1))
    for number, line in lines:
        fence = _FENCE.match(line)
        if fence and opened is None:
            opened, inside = (number, fence[1]), []
        elif fence and opened is not None:
            yield _block(*opened, inside)
            opened = None
        elif opened is not None:
            inside.append(line)
        elif found := _FOLDER.match(line):
            yield Copy(found[1], found[2] or ".")
        elif line.startswith(_INDENTED):
            while line.endswith("\\"):
                line = line[:-1] + next(lines)[1].strip()  # noqa: PLW2901  (it goes on)
            yield Command(line.strip())
    assert opened is None, f"{page}: the block of line {opened} has no end"


def _block(line: int, info: str, inside: list[str]) -> Block:
    title = _TITLE.search(info)
    language = info.split(" ", 1)[0]
    return Block(language, title[1] if title else "", "".join(f"{each}\n" for each in inside), line)


def blocks(page: str, language: str) -> list[Block]:
    """The fenced blocks of a language."""
    return [each for each in steps(page) if isinstance(each, Block) and each.language == language]


def commands(page: str) -> list[str]:
    """Its indented commands."""
    return [each.text for each in steps(page) if isinstance(each, Command)]


def without_code(page: str) -> str:
    """A page less what is code."""
    text = re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]+`", "`code`", text)


def headings(page: str) -> list[tuple[int, str]]:
    """Its headings, with their levels."""
    text = re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return [(len(marks), title) for marks, title in re.findall(r"^(#+) (.*)$", text, re.MULTILINE)]


def anchor(title: str) -> str:
    """By which a heading is linked to, on GitHub and on the site."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def skipped_levels(page: str) -> list[str]:
    """Headings that are more than one level below the one before."""
    return [title for (above, _), (level, title) in pairwise([(0, ""), *headings(page)]) if level > above + 1]
