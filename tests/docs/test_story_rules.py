"""What a page may say: how blocks are read, and what counts as the same output."""

from __future__ import annotations

from page_story import is_as, typed


def test_commands_of_a_block() -> None:
    assert typed("$ a | b\nout\n$ c \\\n  d\n$$ e\n") == ["a | b", "c \\\n  d"]


def test_lines_that_are_left_out() -> None:
    told = "$ a\none\ntwo\nthree\n"
    assert is_as(told, told)
    assert is_as("$ a\none\n...\n", told)
    assert is_as("$ a\n...\nthree\n", told)
    assert not is_as("$ a\n...\ntwo\n", told)
    assert not is_as("$ a\none\nthree\n", told)
    assert not is_as("$ a\no.e\ntwo\nthree\n", told)
