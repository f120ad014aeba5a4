"""One map of several: by VNID and address, with contradictions told."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from test_diff import BASE, changed, model

from dovetool.comparing.diff import differences
from dovetool.comparing.merge import merge


def merged(*maps: dict[str, Any]) -> Any:  # noqa: ANN401
    return merge([(f"map{number}", model(data)) for number, data in enumerate(maps, 1)])


def test_a_map_with_itself_is_itself() -> None:
    result = merged(BASE, BASE)
    assert differences(model(BASE), result.result.model) == []
    assert (result.contradictions, result.result.left_out) == ([], [])


def test_what_either_has_is_there() -> None:
    one, other = changed("vms", "a"), changed("vms", "b")
    assert differences(merged(one, other).result.model, model(BASE)) == []


def test_the_names_of_the_first_hold_and_others_keep_apart() -> None:
    """`blue` of the second is another network than `blue` of the first, and its `azure` is the first's `blue`."""
    text = json.dumps(BASE).replace('"blue"', '"azure"').replace('"red"', '"blue"').replace('"vnid": 20', '"vnid": 30')
    result = merged(BASE, json.loads(text)).result
    assert {name: str(network.vnid) for name, network in result.model.networks.items()} == {
        "blue": "10",
        "red": "20",
        "blue-2": "30",
    }


def test_lists_are_united_and_contradictions_told() -> None:
    other = changed("teps", "t2", to={"ip": ["192.0.2.2", "2001:db8::2"], "encap": ["geneve"], "mtu": 9000})
    other["vms"]["a"]["at"] = "s2/p"
    result = merged(changed("teps", "t2", "mtu", to=1500), other)
    tep = result.result.model.teps["t2"]
    assert (len(tep.ip), tep.encap, tep.mtu) == (2, ("vxlan", "geneve"), 1500)
    assert sorted(result.contradictions) == [
        "teps.t2.mtu is 1500, and map2 has 9000",
        "vms.a.at is s1/p, and map2 has s2/p",
    ]
    assert result.result.model.vms["a"].at[0].port == "s1/p"


@given(taken=st.sets(st.sampled_from(["a", "b"])), more=st.sampled_from(["a", "b"]))
def test_merging_is_the_same_in_any_order_where_nothing_contradicts(taken: set[str], more: str) -> None:
    one = {**BASE, "vms": {name: BASE["vms"][name] for name in taken}}
    other = {**BASE, "vms": {more: BASE["vms"][more]}}
    assert differences(merged(one, other).result.model, merged(other, one).result.model) == []
