"""Other addresses: one for each, of the same class, with the prefixes that they had."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.pseudonyms.pseudonyms import Pseudonyms

_OURS = Pseudonyms(b"a key")
_CLASSES = [
    *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("::/96", "::ffff:0:0/96", "64:ff9b::/96", "fe80::/10", "ff00::/8", "ff02::/16", "ff02::1:ff00:0/104"),
]


def other(text: str) -> str:
    return str(ip_address(_OURS.ip(ip_address(text).packed)))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",
        "255.255.255.255",
        "127.0.0.1",
        "224.0.0.5",
        "::",
        "::1",
        "ff02::1",
        "ff02::16",
        "ff05::1:3",
        "ff02::fb",
    ],
)
def test_what_tells_nobody_stays(text: str) -> None:
    assert other(text) == text


@pytest.mark.parametrize(
    "text", ["10.1.0.10", "192.0.2.1", "2001:db8::1", "fd00::1", "fe80::1", "224.1.2.3", "ff02::1:ff00:1"]
)
def test_others_change(text: str) -> None:
    assert other(text) != text
    assert other(text) != str(ip_address(Pseudonyms(b"another").ip(ip_address(text).packed)))


@given(st.one_of(st.binary(min_size=4, max_size=4), st.binary(min_size=16, max_size=16)))
def test_classes_stay(address: bytes) -> None:
    one, made = ip_address(address), ip_address(_OURS.ip(address))
    for text in _CLASSES:
        network = ip_network(text)
        assert (one in network) == (made in network), text


pairs = (
    st.integers(4, 16)
    .filter(lambda size: size in (4, 16))
    .flatmap(
        lambda size: st.tuples(st.binary(min_size=size, max_size=size), st.integers(0, 8 * size - 1), st.integers(0))
    )
)


@given(pairs)
def test_prefixes_are_kept(about: tuple[bytes, int, int]) -> None:
    """Two unicast addresses have as many bits in common as before; so none is the other's."""
    one, place, noise = about
    width = 8 * len(one)
    number = int.from_bytes(one, "big") ^ (1 << place | noise & (1 << place) - 1)
    two = number.to_bytes(len(one), "big")
    addresses = [ip_address(each) for each in (one, two)]
    if any(
        each.is_multicast or each.is_loopback or not any(each.packed) or each.packed[0] >= 0xF0 for each in addresses
    ):
        return
    if width == 128 and any(each.packed[:8] == bytes(8) or each.packed[:2] == b"\0\x64" for each in addresses):
        return
    made = [int.from_bytes(_OURS.ip(each), "big") for each in (one, two)]
    assert (made[0] ^ made[1]).bit_length() == place + 1


@given(st.binary(min_size=6, max_size=6), st.binary(min_size=6, max_size=6))
def test_mac_addresses(one: bytes, two: bytes) -> None:
    made = _OURS.mac(one)
    assert made[0] & 3 == one[0] & 3
    assert (made == _OURS.mac(two)) == (one == two)


@pytest.mark.parametrize("text", ["ffffffffffff", "000000000000", "0180c2000000", "01000ccccccc", "00005e000107"])
def test_mac_addresses_of_protocols_stay(text: str) -> None:
    assert _OURS.mac(bytes.fromhex(text)).hex() == text


def test_a_group_has_the_mac_address_of_its_ip_address() -> None:
    for mac, text in (
        ("01005e010203", "239.1.2.3"),
        ("33330000abcd", "ff0e::abcd:abcd"),
        ("3333ff000001", "ff02::1:ff00:1"),
    ):
        group = ip_address(text).packed
        made, ip = _OURS.group_mac(bytes.fromhex(mac), group), _OURS.ip(group)
        expected = (
            bytes.fromhex("3333") + ip[12:]
            if len(ip) == 16
            else bytes.fromhex("01005e") + bytes([ip[1] & 127]) + ip[2:]
        )
        assert made == expected


def test_names() -> None:
    assert _OURS.name("") == ""
    assert len({_OURS.name(name) for name in ("blue", "red", "Blue")}) == 3
    assert _OURS.name("blue") == Pseudonyms(b"a key").name("blue")
    assert "blue" not in _OURS.name("blue")
