"""Spans and sizes as people write them: exact, and within what times can hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.errors import UsageError
from dovetool.jobs.amounts import shift_named, size_named, span_named


@pytest.mark.parametrize(
    ("word", "span_ns"),
    [
        ("1.001ms", 1_001_000),
        ("0.000001ms", 1),
        ("999999999.999999999s", 999_999_999_999_999_999),
        ("2s", 2 * 10**9),
        ("1.5m", 90 * 10**9),
        ("0.000000001h", 3600),
        ("0.0000001ms", 0),
    ],
)
def test_spans(word: str, span_ns: int) -> None:
    assert span_named("--grace", word) == span_ns


@given(st.integers(0, 10**15 - 1))
def test_a_span_is_what_a_shift_is(span_ns: int) -> None:
    word = f"{span_ns // 10**9}.{span_ns % 10**9:09}s"
    assert span_named("--grace", word) == shift_named(word) == span_ns


@pytest.mark.parametrize("word", ["999999999h", "277778h", "1000000000.000000001s"])
def test_spans_that_no_capture_lasts(word: str) -> None:
    with pytest.raises(UsageError, match=r"no capture lasts so long|expected a span"):
        span_named("--grace", word)


@pytest.mark.parametrize(
    ("word", "octets"),
    [("1.1kB", 1100), ("1.000001MB", 1_000_001), ("64KiB", 1 << 16), ("0.999999TB", 999_999 * 10**6)],
)
def test_sizes(word: str, octets: int) -> None:
    assert size_named("--rotate-size", word) == octets
