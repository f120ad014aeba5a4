"""The source `kubernetes` with objects that are not as they should be: an error with a place, and never a traceback."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest
from clusters import FLANNEL, NETWORKS, POD, Object, bad, listed, objects, said
from hypothesis import given
from hypothesis import strategies as st

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.kubernetes.source import Kubernetes
from dovetool.map_sources.statements import Origin, Statement, TepStatement, VmStatement


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        (bad(listed(), "items", value=5), "items", "expected a list, found 5"),
        (listed(bad(POD, "spec", value=[])), "items[0].spec", "expected an object, found a list"),
        (
            listed(POD, bad(POD, "metadata", value={})),
            "items[1].metadata.name",
            "expected the object's name, found none",
        ),
        (bad(POD, "metadata", "name", value=7), "metadata.name", "expected a string, found 7"),
        (bad(POD, "spec", "hostNetwork", value="true"), "spec.hostNetwork", "expected true or false, found 'true'"),
        (
            bad(POD, "status", "podIPs", value=[{"ip": "10.0.0.256"}]),
            "status.podIPs[0].ip",
            "expected an IPv4 or IPv6 address, found '10.0.0.256'",
        ),
        (
            bad(POD, "status", "podIPs", value=[{"ip": "224.0.0.1"}]),
            "status.podIPs[0].ip",
            "expected the IP address of one host, not a multicast, broadcast or unspecified one, found '224.0.0.1'",
        ),
        (bad(POD, "status", "podIPs", value=["10.0.0.1"]), "status.podIPs[0]", "expected an object, found '10.0.0.1'"),
        (
            bad(FLANNEL, "spec", "podCIDRs", value=["10.244.0.0"]),
            "spec.podCIDRs[0]",
            "expected an IP network such as 10.0.0.0/24, found '10.244.0.0'",
        ),
        (
            bad(FLANNEL, "metadata", "annotations", "flannel.alpha.coreos.com/public-ip", value=1),
            'metadata.annotations["flannel.alpha.coreos.com/public-ip"]',
            "expected a string, found 1",
        ),
    ],
)
def test_bad_objects(document: Object, where: str, what: str) -> None:
    with pytest.raises(MapSourceError) as caught:
        said(FLANNEL, document)
    assert (caught.value.file, caught.value.where, caught.value.what) == ("1.json", where, what)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1 << 25) | st.text(max_size=8) | st.sampled_from(["10.0.0.1", "vxlan"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


def places_in(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *chain.from_iterable(places_in(each, (*path, key)) for key, each in items)]


@given(data=st.data(), network=st.sampled_from(NETWORKS), junk=JSON)
def test_junk_anywhere_is_an_error_of_ours(data: st.DataObject, network: str, junk: object) -> None:
    """Whatever stands at any place of any object: statements, or an error with a file; the same while it is read."""
    documents = objects(network)
    name = data.draw(st.sampled_from(sorted(documents)))
    path = data.draw(st.sampled_from([path for path in places_in(documents[name]) if len(path) > 1]))
    documents[name] = bad(documents[name], *path, value=junk)
    whole = outcome(documents)
    assert not isinstance(whole, MapSourceError) or whole.file in documents
    reduced = {name: json.loads(json.dumps(each), object_hook=Kubernetes().reduced) for name, each in documents.items()}
    assert str(outcome(reduced)) == str(whole)


def outcome(documents: dict[str, Any]) -> MapSourceError | list[Statement]:
    """What the source says of documents by name, or the error of one."""
    source = Kubernetes()
    read = [Document(Origin(name), each) for name, each in documents.items()]
    try:
        found = list(source.statements([(kind, each) for each in read if (kind := source.recognise(each))]))
    except MapSourceError as error:
        return error
    addresses = [address for each in found if isinstance(each, VmStatement | TepStatement) for address in each.ips]
    assert {len(address) for address in addresses} <= {4, 16}
    return found
