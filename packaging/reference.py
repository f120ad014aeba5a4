"""Write the pages of the reference that say what the code has: commands, columns, reasons, findings, JSON and map keys.

    python packaging/reference.py

They are kept among the pages, so that they can be read where there is no site; a test says when they are no longer what
this makes.
"""

from __future__ import annotations

from pathlib import Path

from command_pages import command_pages
from schema_pages import schema_pages
from table_pages import table_pages

DOCS = Path(__file__).resolve().parents[1] / "docs"
_MARK = "\n<!-- packaging/reference.py writes this page, out of the code; `make format` calls it. -->\n"


def pages() -> dict[str, str]:
    """All pages that are made, by their paths below docs."""
    made = command_pages() | table_pages() | schema_pages()
    return {name: text.replace("\n", f"\n{_MARK}", 1) for name, text in made.items()}


def main() -> None:
    """Write them, and take away those whose command is gone."""
    made = pages()
    for name, text in made.items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in (DOCS / "reference" / "commands").glob("*.md"):
        if path.relative_to(DOCS).as_posix() not in made:
            path.unlink()


if __name__ == "__main__":
    main()
