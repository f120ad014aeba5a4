"""What `map import`, `map learn` and `map diff` tell."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class Told(TypedDict):
    """What is in a map that was made, and what there is to say of it."""

    networks: int
    """in the map, in number; likewise what follows"""
    teps: int
    switches: int
    vms: int
    policies: int
    vrfs: int
    hosts: int
    guesses: list[str]
    """a line each"""
    contradictions: list[str]
    """a line each"""
    left_out: list[str]
    """a line each"""


class Document(TypedDict):
    """Files of a kind."""

    source: str
    kind: str
    files: int


class ImportSummary(Told):
    """`map import --summary json`."""

    command: Literal["map import"]
    documents: list[Document]
    skipped: int
    """files"""
    empty: int
    """files"""
    statements: int
    """in number"""
    seconds: float


class LearnSummary(Told):
    """`map learn --summary json`."""

    command: Literal["map learn"]
    frames: int
    in_tunnels: int
    tagged: int
    """with a DOVE tag in no tunnel"""
    seconds: float


class Difference(TypedDict):
    """What is different."""

    what: str
    """appeared, vanished, moved or changed"""
    kind: str
    """network, tep, port, vm, policy, vrf, host or tag"""
    name: str
    key: str | None
    before: str | None
    after: str | None


class MapDiff(TypedDict):
    """`map diff --json`."""

    command: Literal["map diff"]
    a: str
    b: str
    appeared: int
    """in number; likewise what follows"""
    vanished: int
    moved: int
    changed: int
    differences: list[Difference]
