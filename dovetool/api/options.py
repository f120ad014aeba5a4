"""The keywords of what rewrites frames, for type checkers; docs and defaults stand in the functions."""

from __future__ import annotations

from typing import Literal, TypedDict

from dovetool.api.asking import PathLike, Words
from dovetool.vnid_map import VnidMap

GivenMap = VnidMap | PathLike
Checksums = Literal["verify", "ignore"]
Tenant = Literal["interface", "vlan", "comment", "none"]


class Writing(TypedDict, total=False):
    """What all of them have."""

    rejects: PathLike | None
    annotate: bool
    jobs: int


class Pieces(TypedDict, total=False):
    """How much is held of packets that are not whole."""

    fragment_memory: int
    fragment_packets: int
    fragment_timeout: float


class Strip(Writing, Pieces, total=False):
    """Those of `strip`."""

    vnid_map: GivenMap | None
    depth: int
    decode_as: Words | None
    tpid: int | str | None
    tenant: Tenant | None
    vlan: Words | None


class Translate(Writing, Pieces, total=False):
    """Those of `translate`."""

    to: str | None
    vnid_map: GivenMap | None
    tep: str | None
    checksums: Checksums
    decode_as: Words | None


class Dedup(TypedDict, total=False):
    """Those of `dedup`."""

    window: str
    across_networks: bool
    depth: int
    decode_as: Words | None
    tpid: int | str | None
    rejects: PathLike | None
    jobs: int


class Tag(Writing, total=False):
    """Those of `tag`."""

    ingress: str | None


class Encap(Writing, total=False):
    """Those of `encap`."""

    tep: str | None
    encap: str | None
    enforce: bool


class Decap(Writing, Pieces, total=False):
    """Those of `decap`."""

    tep: str | None
    checksums: Checksums
    decode_as: Words | None
    enforce: bool


class Untag(Writing, total=False):
    """Those of `untag`."""

    tep: str | None
    split: PathLike | None
    overwrite: bool
    enforce: bool


class Run(Writing, total=False):
    """Those of `run`."""

    ingress: str | None
    encap: str | None
    checksums: Checksums
    taps: PathLike | None
    split: PathLike | None
    overwrite: bool
    enforce: bool
