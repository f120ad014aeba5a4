"""The map as captures show it, held against the map as it is said to be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from dovetool.comparing.diff import Difference, What, differences
from dovetool.learning.learnt import learnt
from dovetool.learning.ledger import Ledger
from dovetool.natural import natural
from dovetool.observe.names import Names
from dovetool.portrait.labels import network_label
from dovetool.vnid_map.file.model import MapFile
from dovetool.vnid_map.places import members, nics_of, place_name
from dovetool.vnid_map.texts import ip_or_prefix_text, mac_text
from dovetool.wire.addresses import address_text

MOST_ROWS = 1000
_TIMES = re.compile(" (?=(?:from|until) )")
_UNSEEN_KEYS = frozenset({"name", "port", "unknown_unicast"})
_UNSEEN_KINDS = frozenset({"port", "policy", "host", "vrf", "tag"})
"""What no capture shows: names, ports of switches, what is allowed, and who a frame was not for."""


class Discord(NamedTuple):
    """Something that a capture shows otherwise than the map says.

    Attributes:
        what: how.
        kind: network, tep or vm.
        name: its name in the map, or in the map that was learnt.
        key: what of it; empty for the whole.
        said: what the map says.
        seen: what was seen.
    """

    what: str
    kind: str
    name: str
    key: str
    said: str
    seen: str


class SeenNetwork(NamedTuple):
    """A network as captures show it: its TEPs, and how many VMs."""

    name: str
    vnid: int
    teps: list[str]
    vms: int


class Maps(NamedTuple):
    """What captures tell of who belongs where.

    Attributes:
        seen: how many things of each kind they show.
        said: how many the map has; empty without one.
        discords: what is otherwise; at most `MOST_ROWS`.
        counts: how many there are of each kind of discord, in all.
        networks: those that were seen.
        beyond: frames that nothing was learnt of, as more was seen than is kept account of.
    """

    seen: dict[str, int]
    said: dict[str, int]
    discords: list[Discord]
    counts: dict[str, int]
    networks: list[SeenNetwork]
    beyond: int


ELSEWHERE, UNKNOWN, OTHERWISE, UNSEEN = "seen elsewhere", "not in the map", "seen otherwise", "not seen"
_WHAT = {What.MOVED: ELSEWHERE, What.VANISHED: UNKNOWN, What.CHANGED: OTHERWISE, What.APPEARED: UNSEEN}
"""By how the map that is said differs from the one that was seen."""
WHATS = tuple(_WHAT.values())
"""How a capture may differ from a map, the weightiest first."""


def maps_of(ledger: Ledger, source: str, names: Names, said: MapFile | None, *, is_whole: bool) -> Maps:
    """The map that captures show, against the one that is given, if any.

    Args:
        ledger: what was seen.
        source: name of the captures.
        names: gives names, those of the map.
        said: the map.
        is_whole: all frames were looked at; else it tells nothing that something of the map was not seen.
    """
    _, result = learnt(ledger, source)
    found = _discords(said, result.model, names) if said is not None else []
    found = [each for each in found if is_whole or each.what != UNSEEN]
    found.sort(key=lambda discord: WHATS.index(discord.what))
    counts = Counter(discord.what for discord in found)
    networks = _networks(result.model, names)
    return Maps(
        _counts(result.model),
        _counts(said) if said is not None else {},
        found[:MOST_ROWS],
        {what: counts[what] for what in WHATS if counts[what]},
        networks[:MOST_ROWS],
        ledger.beyond,
    )


def _counts(model: MapFile) -> dict[str, int]:
    return {"networks": len(model.networks), "teps": len(model.teps), "vms": len(model.vms)}


def _discords(said: MapFile, seen: MapFile, names: Names) -> list[Discord]:
    """What the two tell differently, but for what a capture cannot show, or showed a part of."""
    seen_at, said_at = _labels(seen, names), {name: f"{tep} ({name})" for name, (tep, _) in _places(said).items()}
    return [
        Discord(
            _WHAT[each.what],
            each.kind,
            _known(each, seen),
            each.key,
            _placed(each.after, said_at) if each.kind == "vm" else each.after,
            _placed(each.before, seen_at) if each.kind == "vm" else each.before,
        )
        for each in differences(seen, said)
        if each.kind not in _UNSEEN_KINDS and each.key not in _UNSEEN_KEYS and not _is_silent(each)
    ]


def _is_silent(difference: Difference) -> bool:
    """Say whether what was seen says nothing else: nothing at all, or a part of a list, as the rest was not met."""
    if difference.what is not What.CHANGED:
        return False
    return set(difference.before.split(", ")) - {""} <= set(difference.after.split(", "))


def _known(difference: Difference, seen: MapFile) -> str:
    """The name of a thing, which for one that the map lacks was made of its addresses."""
    vm = seen.vms.get(difference.name) if difference.what is What.VANISHED and difference.kind == "vm" else None
    if vm is None:
        return difference.name
    macs, ips = (next((each for nic in nics_of(vm) for each in getattr(nic, key)), b"") for key in ("mac", "ip"))
    return " ".join(filter(None, (mac_text(macs) if macs else "", ip_or_prefix_text(ips) if ips else "")))


def _places(model: MapFile) -> dict[str, tuple[str, str]]:
    """The TEP and the network of each place."""
    return {name: (model.switches[member.switch].tep, member.network or "") for name, member in members(model).items()}


def _labels(seen: MapFile, names: Names) -> dict[str, str]:
    """What places that were seen are called, in the words of the map that is said."""
    return {
        name: f"{_tep(seen, tep, names)} in {_network(seen, network, names)}"
        for name, (tep, network) in _places(seen).items()
    }


def _tep(seen: MapFile, name: str, names: Names) -> str:
    """A TEP that was seen, by the name that the map has for its address."""
    found = (names.tep(ip) or address_text(ip) for ip in seen.teps[name].ip)
    return next(found, name)


def _network(seen: MapFile, name: str, names: Names) -> str:
    entry = seen.networks.get(name)
    return name if entry is None else network_label(entry.vnid.value, names.network(entry.vnid.value))


def _placed(text: str, labels: Mapping[str, str]) -> str:
    """Places, one or several, each with its time, by other names."""
    return ", ".join(_relabelled(part, labels) for part in text.split(", "))


def _relabelled(place: str, labels: Mapping[str, str]) -> str:
    ends = [*(match.start() for match in _TIMES.finditer(place)), len(place)]
    name = next((place[:end] for end in reversed(ends) if place[:end] in labels), "")
    return labels[name] + place[len(name) :] if name else place


def _networks(model: MapFile, names: Names) -> list[SeenNetwork]:
    places = _places(model)
    teps: dict[str, dict[str, None]] = {}
    vms: Counter[str] = Counter()
    for vm in model.vms.values():
        inside = set()
        for place in (place for nic in nics_of(vm) for place in nic.at):
            tep, network = places[place_name(place)]
            teps.setdefault(network, {})[_tep(model, tep, names)] = None
            inside.add(network)
        vms.update(inside)
    found = [
        SeenNetwork(_network(model, name, names), entry.vnid.value, sorted(teps.get(name, {}), key=natural), vms[name])
        for name, entry in model.networks.items()
    ]
    return sorted(found, key=lambda network: (-network.vms, network.vnid))
