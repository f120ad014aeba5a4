"""The pager of a list on a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminals import in_terminal

UNDERLAY = Path(__file__).parents[2] / "samples" / "demo" / "taps" / "3-underlay.pcapng"


@pytest.mark.parametrize("pager", ['less "x', "'", "no-such-pager", ""])
def test_without_a_pager_that_can_be_run_the_list_is_printed(pager: str) -> None:
    with in_terminal("inspect", UNDERLAY, settings={"PAGER": pager}, size=(120, 40)) as terminal:
        assert terminal.ended() == 0
    assert "Echo (ping)" in terminal.text
    assert "Traceback" not in terminal.text
