"""The tables that OVN labs left, and what the source `ovn` says of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dovetool.map_sources import reading
from dovetool.map_sources.documents import Document
from dovetool.map_sources.gathering import gather
from dovetool.map_sources.ovn.source import Ovn
from dovetool.map_sources.statements import NetworkStatement, Statement, TepStatement, VmStatement, VrfStatement

LABS = Path(__file__).parent / "data" / "ovn"
Cells = dict[str, Any]


def documents(*folders: str | Path) -> list[Document]:
    """The files of folders of the labs, as `map import` reads them."""
    return reading.read([str(LABS / folder) for folder in folders]).documents


def said(*folders: str | Path) -> list[Statement]:
    return gather([Ovn()], documents(*folders)).statements


def teps(statements: Iterable[Statement]) -> dict[str, tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[str, ...]]]:
    """IP addresses, MAC addresses and encapsulations by name."""
    found: dict[str, tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[str, ...]]] = {}
    for each in statements:
        if isinstance(each, TepStatement):
            ips, macs, encaps = found.get(each.name, ((), (), ()))
            found[each.name] = (ips + each.ips, macs + each.macs, encaps + each.encaps)
    return found


def networks(statements: Iterable[Statement]) -> list[NetworkStatement]:
    return [each for each in statements if isinstance(each, NetworkStatement)]


def vrfs(statements: Iterable[Statement]) -> dict[str, VrfStatement]:
    return {each.name: each for each in statements if isinstance(each, VrfStatement)}


def vms(statements: Iterable[Statement]) -> dict[str, list[VmStatement]]:
    """What is said of VMs, by name."""
    found: dict[str, list[VmStatement]] = {}
    for each in statements:
        if isinstance(each, VmStatement):
            found.setdefault(each.name, []).append(each)
    return found


def changed(folder: str | Path, table: str, change: Callable[[list[Cells]], list[Cells]]) -> list[Statement]:
    """What is said when a table of a folder was another: its rows, as mappings, go through `change`."""
    source = Ovn()
    changed_documents = [_changed(document, table, change) for document in documents(folder)]
    recognised = [(source.recognise(document), document) for document in changed_documents]
    return list(source.statements([(kind, document) for kind, document in recognised if kind is not None]))


def _changed(document: Document, table: str, change: Callable[[list[Cells]], list[Cells]]) -> Document:
    values = document.data if isinstance(document.data, list) else [document.data]
    if Path(document.origin.file).stem.endswith(f"-{table}"):
        return document._replace(data=rewrite(values[0], change))
    data = [rewrite(each, change) if each.get("caption") == f"{table} table" else each for each in values]
    return document._replace(data=data)


def rewrite(value: Cells, change: Callable[[list[Cells]], list[Cells]]) -> Cells:
    """A table with other rows."""
    rows = change([dict(zip(value["headings"], row, strict=True)) for row in json.loads(json.dumps(value["data"]))])
    return value | {"data": [[row[column] for column in value["headings"]] for row in rows]}


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))
