"""A map that notes every question it is asked, and answers as ever: what a stage looked up is what it decided by."""

from __future__ import annotations

from collections.abc import Callable

from dovetool.values import dataclass
from dovetool.vnid_map.lookup import VnidMap

QUESTIONS = (
    "network",
    "port",
    "trunk_at",
    "has_switch",
    "tep",
    "tep_by_ip",
    "teps_by_ip",
    "tep_by_mac",
    "teps_by_router_mac",
    "group_networks",
    "station_by_mac",
    "station_by_ip",
    "stations_by_mac",
    "stations_by_ip",
    "stations_with_mac",
    "stations_with_ip",
    "stations_of",
    "route",
    "reachable",
    "policy",
    "encap_between",
    "gateway_between",
)
"""The methods of a map that are noted: all that answer something."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question and its answer.

    Attributes:
        question: name of the method of `VnidMap`.
        key: its arguments.
        answer: what it returned.
    """

    question: str
    key: tuple[object, ...]
    answer: object


class RecordingMap(VnidMap):
    """The same map as another one, with a note of each question."""

    def __init__(self, vnid_map: VnidMap) -> None:
        vars(self).update(vars(vnid_map))  # a map never changes, so the two can share what they hold
        self._noted: list[Lookup] = []

    def note(self, lookup: Lookup) -> None:
        """Keep a question with its answer."""
        self._noted.append(lookup)

    def take(self) -> tuple[Lookup, ...]:
        """Return what was asked since the last time, in the order of asking."""
        noted = tuple(self._noted)
        self._noted.clear()
        return noted


def _noting(question: str) -> Callable[..., object]:
    ask = getattr(VnidMap, question)

    def asked(self: RecordingMap, *key: object) -> object:
        answer = ask(self, *key)
        self.note(Lookup(question, key, answer))
        return answer

    return asked


for _question in QUESTIONS:
    setattr(RecordingMap, _question, _noting(_question))
