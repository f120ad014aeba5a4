"""IP networks behind a VM: how they are written, and which of them an address is in."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from dovetool.vnid_map.prefixes import Prefix, PrefixTable
from dovetool.vnid_map.values import parse_ip_or_prefix

V4 = st.tuples(st.ip_addresses(v=4), st.integers(0, 32))
V6 = st.tuples(st.ip_addresses(v=6), st.integers(0, 128))
NETWORKS = st.one_of(V4, V6).map(lambda pair: ipaddress.ip_network(pair, strict=False))


@given(network=NETWORKS, address=st.ip_addresses())
def test_an_address_is_in_a_prefix_as_the_standard_library_says(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network, address: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    prefix = Prefix.of(network.network_address.packed, network.prefixlen)
    assert str(prefix) == str(network)
    assert (address.packed in prefix) == (address.version == network.version and address in network)
    assert network.broadcast_address.packed in prefix


@given(networks=st.lists(NETWORKS, max_size=8), address=st.ip_addresses())
def test_the_longest_prefix_comes_first(
    networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network],
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    table: PrefixTable[int] = PrefixTable()
    for index, network in enumerate(networks):
        table.add(Prefix.of(network.network_address.packed, network.prefixlen), index)
    holding = [n for n, network in enumerate(networks) if network.version == address.version and address in network]
    found = list(table.find(address.packed))
    assert sorted(index for values in found for index in values) == holding
    lengths = [networks[values[0]].prefixlen for values in found]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10.244.1.0/24", Prefix(bytes([10, 244, 1, 0]), 24)),
        ("0.0.0.0/0", Prefix(bytes(4), 0)),
        ("10.0.0.1/32", bytes([10, 0, 0, 1])),
        ("fd00::/8", Prefix(b"\xfd" + bytes(15), 8)),
        ("10.0.0.1", bytes([10, 0, 0, 1])),
    ],
)
def test_prefixes_as_they_are_written(text: str, value: object) -> None:
    assert parse_ip_or_prefix(text) == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("10.244.1.5/24", "did you mean 10.244.1.0/24?"),
        ("10.0.0.0/33", "an IPv4 or IPv6 address, or a prefix"),
        ("10.0.0.0/024", "an IPv4 or IPv6 address, or a prefix"),
        ("10.0.0.0/", "an IPv4 or IPv6 address, or a prefix"),
        ("224.0.0.0/4", "not of multicast"),
        ("0.0.0.0/32", "one host"),
    ],
)
def test_what_is_no_prefix_of_hosts(text: str, told: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        parse_ip_or_prefix(text)
    assert told in f"{caught.value.message()} {(caught.value.context or {}).get('hint')}"
