"""One map of several: things that are the same become one, by the name that the first of them has.

Lists are united. Of two values that cannot both hold the first map's holds, and that is told as a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dovetool.comparing.matching import Matching
from dovetool.vnid_map.file.draft import Draft, Settled, settled
from dovetool.vnid_map.file.writing import data_of

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile

_LISTS = frozenset({"ip", "mac", "router_mac", "encap", "geneve_options", "teps", "switches", "networks"})
_SECTIONS = ("networks", "teps", "switches", "vms", "vrfs", "hosts")


class Merged(NamedTuple):
    """The map of several.

    Attributes:
        result: the map, and what had to be left out of it.
        contradictions: a line for each value that two maps tell otherwise.
    """

    result: Settled
    contradictions: list[str]


def merge(maps: Sequence[tuple[str, MapFile]]) -> Merged:
    """Make one map of several, which come with the names of their files; there is one at least."""
    (first_name, first), *others = maps
    merging = _Merging(first_name, first)
    for name, model in others:
        merging.add(name, model)
    return Merged(merging.settled(), merging.contradictions)


class _Merging:
    """A map that takes in others."""

    def __init__(self, name: str, model: MapFile) -> None:
        self.contradictions: list[str] = []
        self._names = [name]
        self._draft = Draft(data_of(model))
        self._model = model

    def add(self, name: str, model: MapFile) -> None:
        """Take in one more."""
        self._names.append(name)
        data = _renamed(data_of(model), Matching(self._model, model), self._draft.data)
        for section in _SECTIONS:
            for entry, value in data.get(section, {}).items():
                known = self._draft.data.setdefault(section, {}).setdefault(entry, {})
                self._unite(known, value, (section, entry))
        policies = self._draft.data.setdefault("policies", [])
        policies += [policy for policy in data.get("policies", []) if policy not in policies]
        if data.get("tag", self._draft.data.get("tag")) != self._draft.data.get("tag"):
            self._contradict(("tag",), self._draft.data.get("tag", "the default"), data["tag"])
        self._model = self.settled().model

    def settled(self) -> Settled:
        """The map as it is now."""
        return settled(self._draft)

    def _unite(self, known: dict[str, Any], more: dict[str, Any], path: tuple[str, ...]) -> None:
        for key, value in more.items():
            if key not in known:
                known[key] = value
            elif key == "at":
                self._unite_places(known, value, path)
            elif key in _LISTS:
                known[key] = list(dict.fromkeys((*_listed(known[key]), *_listed(value))))
            elif isinstance(known[key], dict) and isinstance(value, dict):
                self._unite(known[key], value, (*path, key))
            elif known[key] != value:
                self._contradict((*path, key), known[key], value)

    def _unite_places(self, known: dict[str, Any], places: object, path: tuple[str, ...]) -> None:
        """Both places of a VM where both have times; else the first map knows better."""
        mine, theirs = _listed(known["at"]), _listed(places)
        if all(isinstance(place, dict) and {"from", "until"} & place.keys() for place in (*mine, *theirs)):
            known["at"] = mine + [place for place in theirs if place not in mine]
        elif mine != theirs:
            self._contradict((*path, "at"), known["at"], places)

    def _contradict(self, path: tuple[str, ...], mine: object, theirs: object) -> None:
        where, what = ".".join(path), f"{self._names[-1]} has {_shown(theirs)}"
        self.contradictions.append(f"{where} is {_shown(mine)}, and {what}")


def _renamed(data: dict[str, Any], same: Matching, known: dict[str, Any]) -> dict[str, Any]:
    """The data of a map with the names that its things have in another; who would take another name gets a new one."""
    networks, teps, vms, vrfs = (
        _names(data.get(section, {}), matched, known.get(section, {}))
        for section, matched in (
            ("networks", same.networks),
            ("teps", same.teps),
            ("vms", same.vms),
            ("vrfs", same.vrfs),
        )
    )
    renamed = {**data}
    for section, names in (("networks", networks), ("teps", teps), ("vms", vms), ("vrfs", vrfs)):
        if section in data:
            renamed[section] = {names[name]: entry for name, entry in data[section].items()}
    for switch in renamed.get("switches", {}).values():
        switch["tep"] = teps[switch["tep"]]
        switch.update({"network": networks[switch["network"]]} if "network" in switch else {})
        switch["ports"] = {port: _port(settings, networks) for port, settings in switch.get("ports", {}).items()}
    for vrf in renamed.get("vrfs", {}).values():
        vrf["networks"] = [networks[name] for name in vrf["networks"]]
    for host in renamed.get("hosts", {}).values():
        host.update({"teps": [teps[name] for name in host["teps"]]} if "teps" in host else {})
    for policy in renamed.get("policies", []):
        policy.update({"from": networks[policy["from"]], "to": networks[policy["to"]]})
        policy.update({"via": teps[policy["via"]]} if "via" in policy else {})
    return renamed


def _names(entries: Mapping[str, object], same: Mapping[str, str], known: Mapping[str, object]) -> dict[str, str]:
    """New names: those of the same things, else the old ones, with a number where something else has them."""
    names = {name: same[name] for name in entries if name in same}
    taken = {*known, *names.values()}
    for name in entries:
        if name not in names:
            names[name] = next(each for each in _numbered(name) if each not in taken)
            taken.add(names[name])
    return names


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def _port(settings: Any, networks: Mapping[str, str]) -> Any:  # noqa: ANN401  (a name, or settings)
    if isinstance(settings, str):
        return networks[settings]
    return {
        key: networks[value] if key != "trusted" and isinstance(value, str) else value
        for key, value in settings.items()
    }


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _shown(value: object) -> str:
    return ", ".join(map(_shown, value)) if isinstance(value, list) else str(value)
