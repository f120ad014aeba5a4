"""The registry: each source is there under its name, with what the command line says of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dovetool.errors import MapSourceError, UsageError
from dovetool.map_sources import sources
from dovetool.map_sources.documents import Document
from dovetool.map_sources.gathering import gather
from dovetool.map_sources.statements import Origin, PortStatement, VmStatement


@pytest.mark.parametrize("name", sources.names())
def test_a_source_is_what_the_list_says(name: str) -> None:
    source = sources.source(name)
    assert (source.name, source.summary) == (name, sources.summary(name))
    assert all(command for command in source.live_commands())


def test_the_list_loads_no_source() -> None:
    code = "import sys; from dovetool.map_sources import sources; sources.names(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "dovetool.map_sources.csv_table" not in done.stdout.split()


def test_an_unknown_source_has_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"source 'cvs' is not known; there is .*csv; did you mean 'csv'"):
        sources.chosen("csv,cvs")


def test_a_list_of_sources_has_each_once() -> None:
    assert [source.name for source in sources.chosen("csv, csv")] == ["csv"]


def test_what_sources_keep_of_objects() -> None:
    assert sources.reduction(sources.chosen("csv")) is None
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
    for words in ("kubernetes", "csv,kubernetes"):
        reduce = sources.reduction(sources.chosen(words))
        assert reduce is not None
        assert reduce({"x": 1}) == {"x": 1}
        assert reduce(pod) != pod


def test_what_nobody_knows_is_skipped_or_refused() -> None:
    wanted = sources.chosen("csv")
    found = gather(wanted, [Document(Origin("folder/a"), {"x": 1}), Document(Origin("folder/b"), text="vm,mac\n")])
    assert (found.skipped, dict(found.kinds)) == (["folder/a"], {("csv", "table"): 1})
    for document, what in [
        (Document(Origin("a"), {"x": 1}, is_named=True), "an object with the keys 'x'"),
        (Document(Origin("a"), [[{}]], is_named=True), "a list of 1, the first one a list"),
        (Document(Origin("a"), [{"x": 1}, []], is_named=True, values=2), "2 JSON values, the first one an object with"),
        (Document(Origin("a"), text="\nwords\n", is_named=True), "text that begins with 'words'"),
    ]:
        with pytest.raises(MapSourceError) as caught:
            gather(wanted, [document])
        assert str(caught.value).startswith(f"a: is none of the files of csv: found {what}")


def test_snapshots_are_heard_one_after_the_other() -> None:
    text = "vm,vnid,tep\nx,1,192.0.2.1\n"
    documents = [Document(Origin(name, taken_ns=taken), text=text) for name, taken in (("a", 9), ("b", 3), ("c", None))]
    said = gather(sources.chosen("csv"), documents).statements
    assert [each.origin.file for each in said if isinstance(each, VmStatement)] == ["c", "b", "a"]


def test_folders_with_the_same_host_are_states_of_different_times() -> None:
    """What names the network in one table is not said of the other; a table that is named is heard with both."""
    ports = "switch,port,network,tep\nsw1,p1,blue,192.0.2.1\n"
    named = Document(Origin("names", host="v1"), text="network,vnid\nblue,3\n", is_named=True, argument=2)
    before, after = (
        Document(Origin(f"{folder}/v1/ports", host="v1"), text=ports, argument=argument)
        for argument, folder in enumerate(("before", "after"))
    )
    vnids = [
        Document(Origin("names", host="v1"), text=f"network,vnid\nblue,{vnid}\n", argument=vnid - 1) for vnid in (1, 2)
    ]
    said = gather(sources.chosen("csv"), [before, after, *vnids]).statements
    assert [each.vnid for each in said if isinstance(each, PortStatement)] == [1, 2]
    said = gather(sources.chosen("csv"), [before, after, named]).statements
    assert [each.vnid for each in said if isinstance(each, PortStatement)] == [3, 3]
    elsewhere = after._replace(origin=Origin("after/v2/ports", host="v2"))
    said = gather(sources.chosen("csv"), [before, elsewhere, vnids[0]]).statements
    assert [each.vnid for each in said if isinstance(each, PortStatement)] == [1, 1]
