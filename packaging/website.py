"""Make the tree that the site is built from: the pages below docs, and whatever they link to, with links that fit.

    python packaging/website.py FOLDER

On GitHub the pages lie where they are written, and link to files above docs. On the site docs is the top: a file above
it is copied beside the pages under its own path. What only tests look at is left out, and drawings become pictures.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from os.path import relpath
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
STYLE = Path(__file__).with_name("website.css")
ALSO = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
"""Pages above docs that the navigation has."""
_FENCED = re.compile(r"^(```.*?^```[^\n]*\n)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)((?:#[^)\s]*)?)\)")
_FOLDER = re.compile(r"^<!-- folder: .* -->\n\n?", re.MULTILINE)
_MAP = re.compile(r"^```yaml title=[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DRAWN = re.compile(r"^```mermaid\n.*?^```$", re.MULTILINE | re.DOTALL)


def main(folder: str) -> None:
    """Make it anew."""
    target = Path(folder)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copy(STYLE, target)
    left = [*sorted(path for path in DOCS.rglob("*") if path.is_file()), *(ROOT / name for name in ALSO)]
    done: set[Path] = set()
    while left:
        source = left.pop()
        if source not in done:
            done.add(source)
            left += copied(source, target)


def copied(source: Path, target: Path) -> list[Path]:
    """Copy a file; the answer is what it links to."""
    goal = target / place(source)
    goal.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix != ".md":
        shutil.copy(source, goal)
        return []
    parts = _FENCED.split(_FOLDER.sub("", source.read_text(encoding="utf-8")))  # every second one is a fenced block
    linked: list[Path] = []
    text = "".join(relinked(part, source, linked) for part in parts)
    goal.write_text(with_picture(text, goal), encoding="utf-8")
    return linked


def place(source: Path) -> Path:
    """Where a file is on the site."""
    return source.relative_to(DOCS if DOCS in source.parents else ROOT)


def relinked(text: str, source: Path, linked: list[Path]) -> str:
    """Text with the links that lead to the same files on the site."""
    if text.startswith("```"):
        return text

    def link(found: re.Match[str]) -> str:
        goal = (source.parent / found[1]).resolve()
        linked.append(goal)
        return f"]({relpath(place(goal), place(source).parent)}{found[2]})"

    return _LINK.sub(link, text)


def with_picture(text: str, goal: Path) -> str:
    """Text whose drawing in Mermaid, which GitHub shows, is a picture of the map above it, if Graphviz is there."""
    if not _DRAWN.search(text) or shutil.which("dot") is None:
        return text
    written = _MAP.findall(text.partition("```mermaid")[0])[-1]
    command = [sys.executable, "-m", "dovetool", "map", "show", "-", "--dot"]
    dot = subprocess.run(command, input=written, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    picture = goal.with_suffix(".svg")
    subprocess.run(["dot", "-Tsvg", "-o", picture], input=dot, text=True, check=True)
    return _DRAWN.sub(f"![The map, drawn]({picture.name})", text)


if __name__ == "__main__":
    main(*sys.argv[1:])
