"""Links lead somewhere, on GitHub and in a folder of the sources; headings are in order."""

from __future__ import annotations

import re

import pytest
from documents import PAGES, ROOT, STORIES, anchor, headings, skipped_levels, without_code

_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target, heading in _LINK.findall(without_code(page)):
        found = ((ROOT / page).parent / target).resolve() if target else ROOT / page
        assert found.is_file(), f"{page}: {target}"
        if heading:
            below = [anchor(title) for _, title in headings(found.relative_to(ROOT).as_posix())]
            assert heading in below, f"{page}: {target}#{heading}"


def test_there_are_links() -> None:
    assert len(_LINK.findall(without_code("README.md"))) > 10
    assert len(_LINK.findall(without_code("docs/index.md"))) > 10


@pytest.mark.parametrize("page", STORIES)
def test_headings_are_in_order(page: str) -> None:
    """One title; no level is left out; no two are linked to by the same words."""
    found = headings(page)
    assert [level for level, _ in found].count(1) == 1
    assert found[0][0] == 1
    assert skipped_levels(page) == []
    anchors = [anchor(title) for _, title in found]
    assert len(anchors) == len(set(anchors))
