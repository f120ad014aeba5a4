"""Names of files made of any text."""

from __future__ import annotations

import ntpath
import re
from pathlib import PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.engine.file_names import FileNames

DEVICES = ("con", "prn", "aux", "nul", *(f"{kind}{digit}" for kind in ("com", "lpt") for digit in "0123456789"))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("blue", "blue"),
        ("web.example-1@host+2", "web.example-1@host+2"),
        ("../x", "_x"),
        ("..", "_"),
        (".hidden", "hidden"),
        ("-rf", "_rf"),
        ("[red]", "_red_"),
        ("a\0b\nc", "a_b_c"),
        ("fd00::1", "fd00__1"),
        ("größe", "größe"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Com1", "_Com1"),
        ("lpt\u00b2", "_lpt\u00b2"),
        ("console", "console"),
        ("com10", "com10"),
        ("x" * 160, "x" * 160),
        ("start-" + "x" * 300 + "-end", "start-" + "x" * 73 + "~~" + "x" * 75 + "-end"),
        ("\u00e9" * 300, "\u00e9" * 39 + "~~" + "\u00e9" * 39),
    ],
)
def test_one_name(name: str, file: str) -> None:
    assert FileNames().next_for(name) == file


def test_names_that_become_alike() -> None:
    names = FileNames()
    found = [names.next_for(name) for name in ("vm", "VM", "vm~2", "v m", "v_m", "\ufb01x", "fix", "FIX")]
    assert found == ["vm", "VM~2", "vm_2", "v_m", "v_m~2", "\ufb01x", "fix~2", "FIX~3"]


def test_long_names_stay_telling() -> None:
    """Those of an orchestrator differ at their ends."""
    pods = [
        f"kubernetes-production-eu-central-1-namespace-payments-{'x' * 150}-pod-{number:06}" for number in range(50)
    ]
    names = FileNames()
    for pod in pods:
        assert names.next_for(pod).endswith(pod[-40:])


def test_ten_thousand_names_that_become_alike() -> None:
    """Each costs one look, and not one for each that was there before."""
    names = FileNames()
    start, end = "s" * 100, "e" * 100
    found = [names.next_for(f"{start}{number}{end}") for number in range(10_000)]
    assert len(set(found)) == 10_000
    assert found[9_999] == f"{found[0]}~10000"


def test_a_number_that_is_part_of_a_name() -> None:
    names = FileNames()
    found = [names.next_for(name) for name in ("a~2", "a", "a", "a~2", "a")]
    assert found == ["a_2", "a", "a~2", "a_2~2", "a~3"]


@given(st.lists(st.text(min_size=1) | st.text(min_size=150, max_size=200), max_size=20))
def test_any_names(texts: list[str]) -> None:
    names = FileNames()
    found = [names.next_for(text) for text in texts]
    assert len({name.casefold() for name in found}) == len(texts)
    for name in found:
        assert re.fullmatch(r"[\w@+~][\w.@+~-]*", name)
        assert len(f".{name}.pcapng.01234567.part".encode()) <= 255
        assert name.encode().decode() == name
        assert name.split(".")[0].casefold() not in DEVICES


@given(st.text(max_size=200))
def test_any_name_is_one_of_a_file_on_windows(name: str) -> None:
    """In the folder that is meant: with no drive and no stream, and none of the names that stand for devices."""
    file = FileNames().next_for(name) + ".pcapng"
    path = PureWindowsPath("C:/captures", file)
    is_reserved = getattr(ntpath, "isreserved", lambda path: PureWindowsPath(path).is_reserved())  # since Python 3.13
    assert path.parent == PureWindowsPath("C:/captures")
    assert path.name == file
    assert not is_reserved(file)
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', file)
