"""Which encapsulation one TEP uses towards another, and through which gateway where there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetool.vnid_map import Tep, VnidMap
from dovetool.vnid_map.choosing import choose, gateway_between, strangers

V4, V6, NO_IP = bytes([192, 0, 2, 1]), bytes([0xFD, *15 * [1]]), b""
ENCAPS = ("vxlan", "vxlan-gpe", "geneve", "nvgre", "gretap", "pbb", "stt", "erspan")


def tep(*encaps: str, ip: bytes = V4, underlay: str = "ip", index: int = 0, gateway: bool = False) -> Tep:
    """Return a TEP; its addresses are told apart by nothing here."""
    return Tep(
        name=f"tep{index}",
        index=index,
        ip=ip,
        mac=bytes([2, 0, 0, 0, 0, index]),
        encaps=encaps,
        ports={},
        mtu=None,
        vlan=None,
        gateway_mac=None,
        ttl=64,
        dscp="from-pcp",
        udp_checksum="zero",
        underlay=underlay,
        is_gateway=gateway,
    )


def l2(*encaps: str, index: int = 0) -> Tep:
    """Return a TEP on a layer-2 underlay."""
    return tep(*encaps or ("pbb",), ip=NO_IP, underlay="l2", index=index)


def both(*encaps: str, ip: bytes = V4, index: int = 0) -> Tep:
    """Return a gateway on both underlays."""
    return tep(*encaps, ip=ip, underlay="both", index=index, gateway=True)


@pytest.mark.parametrize(
    ("local", "remote", "chosen"),
    [
        (tep("vxlan", "geneve"), tep("geneve", "vxlan"), "vxlan"),
        (tep("geneve", "vxlan"), tep("vxlan", "geneve"), "geneve"),
        (tep("stt", "erspan"), tep("gretap", "erspan"), "erspan"),
        (tep("vxlan"), tep("vxlan-gpe"), None),
        (tep("vxlan", ip=V6), tep("vxlan", ip=V6), "vxlan"),
        (tep("vxlan"), tep("vxlan", ip=V6), None),
        (l2(), l2(), "pbb"),
        (l2(), both("vxlan", "pbb"), "pbb"),
        (both("pbb", "vxlan"), l2(), "pbb"),
        (both("pbb", "vxlan"), both("vxlan", "pbb", ip=V6), "pbb"),
        (both("vxlan", "pbb"), both("vxlan", "pbb", ip=V6), "pbb"),
        (both("pbb", "vxlan"), tep("vxlan"), "vxlan"),
        (both("pbb", "vxlan"), tep("vxlan", ip=V6), None),
        (both("pbb", "vxlan"), tep("pbb", "vxlan"), "vxlan"),
        (tep("pbb"), l2(), None),
        (l2(), tep("pbb"), None),
        (l2("vxlan"), l2("vxlan"), None),
        (l2("vxlan"), tep("vxlan"), None),
        (tep("vxlan"), l2("vxlan"), None),
    ],
)
def test_the_first_that_both_know_and_can_carry(local: Tep, remote: Tep, chosen: str | None) -> None:
    assert choose(local, remote) == chosen


@pytest.mark.parametrize(
    ("wanted", "chosen"), [("vxlan", "vxlan"), ("geneve", "geneve"), ("nvgre", None), ("pbb", None), (None, "vxlan")]
)
def test_a_wanted_one_or_none(wanted: str | None, chosen: str | None) -> None:
    local, remote = both("vxlan", "geneve", "nvgre", "pbb"), tep("pbb", "geneve", "vxlan")
    assert choose(local, remote, wanted) == chosen


TEPS = st.one_of(
    st.builds(
        lambda encaps, ip, gateway: tep(*encaps, ip=ip, gateway=gateway),
        st.lists(st.sampled_from([each for each in ENCAPS if each != "pbb"]), min_size=1, unique=True),
        st.sampled_from([V4, V6]),
        st.booleans(),
    ),
    st.builds(l2),
    st.builds(
        lambda encaps, ip: both(*encaps, ip=ip),
        st.lists(st.sampled_from(ENCAPS), min_size=1, unique=True),
        st.sampled_from([V4, V6]),
    ),
)


@given(local=TEPS, remote=TEPS)
def test_what_one_can_send_the_other_can_send_back(local: Tep, remote: Tep) -> None:
    there, back = choose(local, remote), choose(remote, local)
    assert (there is None) == (back is None)
    for encap in ENCAPS:
        assert choose(local, remote, encap) == choose(remote, local, encap)
        assert choose(local, remote, encap) in {encap, None}
    usable = [encap for encap in local.encaps if choose(local, remote, encap)]
    assert there == next(iter(usable), None)


def map_of(*teps: Tep) -> VnidMap:
    """Return a map of TEPs alone."""
    return VnidMap(0x88B5, teps, switches=(), ports=(), networks=())


def way(local: Tep, remote: Tep, *others: Tep) -> str | None:
    """Return the name of the gateway between two TEPs, all of them in the order of their indexes."""
    teps = sorted((local, remote, *others), key=lambda each: each.index)
    found = gateway_between(map_of(*teps).gateways, local, remote)
    return None if found is None else found.name


def gateway(*encaps: str, index: int, ip: bytes = V4) -> Tep:
    """Return a gateway on an IP underlay."""
    return tep(*encaps, ip=ip, index=index, gateway=True)


def test_a_gateway_knows_what_either_side_knows() -> None:
    local, remote = tep("vxlan", index=2), tep("geneve", index=3)
    assert way(local, remote, gateway("geneve", "vxlan", index=4)) == "tep4"
    assert way(local, remote, gateway("vxlan", index=4)) is None
    assert way(local, remote, gateway("geneve", index=4)) is None
    assert way(local, remote, gateway("vxlan", "geneve", index=4, ip=V6)) is None
    assert way(local, remote, gateway("vxlan", index=4), gateway("geneve", index=5)) is None
    assert way(local, remote) is None


def test_only_a_gateway_translates() -> None:
    local, remote = tep("vxlan", index=0), tep("geneve", index=1)
    assert way(local, remote, tep("vxlan", "geneve", index=2)) is None


def test_the_first_gateway_in_file_order() -> None:
    local, remote = tep("vxlan", index=1), tep("geneve", index=3)
    useless, first, second = (
        gateway("vxlan", index=0),
        gateway("vxlan", "geneve", index=2),
        gateway("geneve", "vxlan", index=4),
    )
    assert way(local, remote, useless, first, second) == "tep2"
    assert way(remote, local, useless, second) == "tep4"


def test_a_gateway_is_not_between_itself_and_another() -> None:
    """The two of the frame are left out by themselves, even where they would fit."""
    local, remote = gateway("vxlan", "geneve", index=0), gateway("vxlan", "geneve", index=1)
    assert way(local, remote) is None
    assert way(local, remote, gateway("vxlan", index=2)) == "tep2"


def test_a_gateway_joins_the_underlays() -> None:
    assert way(l2(index=0), tep("vxlan", index=1), both("vxlan", "pbb", index=2)) == "tep2"
    assert way(tep("vxlan", index=1), l2(index=0), both("vxlan", "pbb", index=2)) == "tep2"
    assert way(l2(index=0), tep("vxlan", index=1, ip=V6), both("vxlan", "pbb", index=2)) is None
    assert way(l2(index=0), tep("vxlan", index=1), gateway("vxlan", index=2)) is None


def test_strangers_are_told_by_all_that_a_choice_depends_on() -> None:
    for one, other in (
        (tep("vxlan"), tep("geneve")),
        (tep("vxlan"), tep("vxlan", ip=V6)),
        (tep("pbb", "vxlan"), both("pbb", "vxlan")),
    ):
        teps = [one, other, l2()]
        expected = [[remote for remote in teps if choose(local, remote) is None] for local in teps]
        assert [list(remotes) for remotes in strangers(teps)] == expected
        assert expected[0] != expected[1]


@given(teps=st.lists(TEPS, max_size=8))
def test_strangers_are_the_pairs_without_a_choice(teps: list[Tep]) -> None:
    found = [[id(remote) for remote in remotes] for remotes in strangers(teps)]
    assert found == [[id(remote) for remote in teps if choose(local, remote) is None] for local in teps]
