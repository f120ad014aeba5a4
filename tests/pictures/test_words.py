"""Numbers as people read them."""

from __future__ import annotations

import pytest

from dovetool.pictures.words import amount, counted, moment, number, percent, rate, span

SECOND = 10**9


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(0), "0"),
        (number(9999), "9 999"),
        (number(99_999), "99 999"),
        (number(1_234_567), "1 234 567"),
        (counted(1, "frame"), "1 frame"),
        (counted(12_345, "address", "addresses"), "12 345 addresses"),
        (percent(0, 7), "0%"),
        (percent(1, 10_000), "<0.1%"),
        (percent(9999, 10_000), ">99.9%"),
        (percent(10_000, 10_000), "100%"),
        (percent(1, 3), "33.3%"),
        (percent(1, 0), ""),
        (amount(99_999, "bit/s"), "99 999 bit/s"),
        (amount(1_500_000, "bit/s"), "1 500 kbit/s"),
        (amount(123_456_789, "bit/s"), "123.5 Mbit/s".replace("123.5 M", "123.5 M")),
        (amount(50, "octets"), "50 octets"),
        (amount(50.5, "octets"), "50.5 octets"),
        (rate(125, SECOND), "1 000 bit/s"),
        (rate(125, 0), ""),
        (span(1_234_000_000), "1.234 s"),
        (span(600 * SECOND), "10 min 0 s"),
        (span(100 * 3600 * SECOND), "4 d 4 h"),
        (moment(1_767_265_200_123_456_789), "2026-01-01 11:00:00.123"),
        (moment(-1), "1969-12-31 23:59:59.999"),
    ],
)
def test_words(shown: str, expected: str) -> None:
    assert shown.replace("\u202f", " ") == expected
