"""Crypto-PAn as others have it, and the prefixes that it keeps."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.pseudonyms.cipher import KEY_LEN, CryptoPan, keys_of

_KEY = bytes(range(KEY_LEN))
_AUTHORS = bytes.fromhex("1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202")
"""The key of the sample trace that its authors publish with it."""


def other(key: bytes, text: str) -> str:
    address = ip_address(text)
    number = int(address) ^ CryptoPan(key).flips(int(address), address.max_prefixlen)
    return str(ip_address(number.to_bytes(len(address.packed), "big")))


@pytest.mark.parametrize(
    ("key", "address", "expected"),
    [
        (_KEY, "192.0.2.1", "2.90.93.17"),
        (_KEY, "2001:db8::1", "dd92:2c44:3fc0:ff1e:7ff9:c7f0:8180:7e00"),
        (_AUTHORS, "128.11.68.132", "135.242.180.132"),
        (_AUTHORS, "129.118.74.4", "134.136.186.123"),
        (_AUTHORS, "130.132.252.244", "133.68.164.234"),
        (_AUTHORS, "141.223.7.43", "141.167.8.160"),
        (_AUTHORS, "24.0.250.221", "100.15.198.226"),
    ],
)
def test_published_addresses(key: bytes, address: str, expected: str) -> None:
    """Those of the README of yacryptopan, and of the authors' sample trace."""
    assert other(key, address) == expected


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_prefixes_are_kept(one: int, two: int) -> None:
    pan = CryptoPan(_KEY)
    made = [number ^ pan.flips(number, 32) for number in (one, two)]
    assert (made[0] ^ made[1]).bit_length() == (one ^ two).bit_length()


def test_keys_differ_and_are_always_the_same() -> None:
    keys = keys_of(b"text", 3)
    assert len({*keys, *keys_of(b"texT", 3)}) == 6
    assert keys == keys_of(b"text", 3)
    with pytest.raises(ValueError, match="a key of 3 octets"):
        CryptoPan(b"abc")
