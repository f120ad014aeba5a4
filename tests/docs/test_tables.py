"""Tables that are written by hand have what the code has, and no more."""

from __future__ import annotations

import re

from documents import text_of

from dovetool.belonging.finding import Kind
from dovetool.verdict.reasons import Reason
from dovetool.wire import ENCAPSULATIONS


def rows(page: str, head: str) -> list[str]:
    """The first cells of the table with this head."""
    table = text_of(page).split(head)[1].split("\n\n")[0]
    return re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)


def test_reasons_and_findings() -> None:
    assert sorted(rows("docs/reference/reasons.md", "| reason |")) == sorted(map(str, Reason))
    own = [str(kind.reason) for kind in Kind if kind.reason not in set(Reason)]
    assert sorted(rows("docs/reference/reasons.md", "| finding |")) == sorted(own)


def test_encapsulations() -> None:
    assert sorted(rows("docs/index.md", "| encapsulation |")) == sorted(ENCAPSULATIONS)
    written = re.findall(r"^\| `([\w-]+)` \| .* \| yes \| yes \|", text_of("docs/index.md"), re.MULTILINE)
    assert sorted(written) == sorted(each.name for each in ENCAPSULATIONS.values() if each.is_written)
