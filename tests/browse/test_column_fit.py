"""Columns of a list: their widths, and which are left out."""

from __future__ import annotations

import pytest

from dovetool.browse.colours import network_colour
from dovetool.browse.column_fit import ColumnFit
from dovetool.browse.row_source import Column, Row
from dovetool.browse.searching import Wanted
from dovetool.errors import UsageError

COLUMNS = (Column("No.", is_number=True, least=5), Column("From", spare=2), Column("Info", takes_rest=True, spare=1))


def test_as_wide_as_what_was_seen() -> None:
    fit = ColumnFit(COLUMNS, leaves_out=True, room=60)
    fit.see([Row(("7", "tep1", "SYN")), Row(("123456", "tep100", "SYN, ACK"))])
    assert fit.shown == [0, 1, 2]
    assert fit.cells(("7", "tep1", "SYN")) == ["     7", "tep1  ", "SYN".ljust(60 - 1 - 6 - 2 - 6 - 2)]
    fit.see([Row(("7", "t", "S"))])
    assert fit.widths[:2] == [6, 6]


def test_what_is_easily_spared_goes_first() -> None:
    fit = ColumnFit(COLUMNS, leaves_out=True, room=26)
    fit.see([Row(("7", "192.0.2.100", "SYN, ACK of a long line"))])
    assert fit.shown == [0, 2]
    assert fit.left_out == ("From",)
    assert fit.cells(("7", "", "SYN, ACK of a long line"))[1].startswith("SYN, ACK of a lon…")


def test_columns_without_anything_need_no_room() -> None:
    fit = ColumnFit(COLUMNS, leaves_out=True, room=60)
    fit.see([Row(("7", "", "x"))])
    assert fit.shown == [0, 2]
    assert ColumnFit(COLUMNS, leaves_out=False).shown == [0, 1, 2]


def test_wide_characters_count_twice() -> None:
    fit = ColumnFit((Column("N"), Column("B")), leaves_out=False)
    fit.see([Row(("日本", "x"))])
    assert fit.widths == [4, 1]
    assert fit.cells(("ab", "x")) == ["ab  ", "x"]


def test_networks_have_colours_of_their_own() -> None:
    """The same in every run; neighbours are told apart."""
    colours = {str(network_colour(vnid, on_dark=True).triplet) for vnid in range(5000, 5016)}
    assert len(colours) == 16
    assert network_colour(5001, on_dark=True) == network_colour(5001, on_dark=True)
    assert network_colour(5001, on_dark=True) != network_colour(5001, on_dark=False)


@pytest.mark.parametrize(
    ("word", "octets"),
    [
        ("0x4500", b"\x45\x00"),
        ("x:45 00", b"\x45\x00"),
        ("x:45:00-0a", b"\x45\x00\x0a"),
        ('"GET /"', b"GET /"),
        ("a", b""),
    ],
)
def test_octets_are_asked_for(word: str, octets: bytes) -> None:
    assert Wanted.of(word).octets == octets


@pytest.mark.parametrize("word", ["0x450", "x:"])
def test_half_an_octet_is_none(word: str) -> None:
    with pytest.raises(UsageError, match="two hexadecimal digits for each octet"):
        Wanted.of(word)
