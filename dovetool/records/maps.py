"""What `map import`, `map learn` and `map diff` tell."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class Told(TypedDict):
    """What is in a map that was made, and what there is to say of it."""

    networks: int
    teps: int
    switches: int
    vms: int
    policies: int
    vrfs: int
    hosts: int
    guesses: list[str]
    contradictions: list[str]
    left_out: list[str]


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
    empty: int
    statements: int
    seconds: float


class LearnSummary(Told):
    """`map learn --summary json`."""

    command: Literal["map learn"]
    frames: int
    in_tunnels: int
    tagged: int
    seconds: float


class Difference(TypedDict):
    """What is different."""

    what: str
    kind: str
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
    vanished: int
    moved: int
    changed: int
    differences: list[Difference]
