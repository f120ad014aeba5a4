"""Frames, as `inspect` tells of them."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class Overlay(TypedDict):
    """An overlay header or a tag."""

    encap: str
    """`dove` is the tag"""
    vnid: int | None
    network: str | None
    src: str | None
    dst: str | None
    src_tep: str | None
    dst_tep: str | None
    pcp: int | None
    dei: int | bool | None
    extras: list[str]


class Level(TypedDict):
    """The frame as captured, or one in a tunnel."""

    src_mac: str | None
    dst_mac: str | None
    vlans: list[int]
    ethertype: int | None
    src_ip: str | None
    dst_ip: str | None
    ip_protocol: int | None
    src_port: int | None
    dst_port: int | None


class Field(TypedDict):
    """A field of a header; what was worked out has no place."""

    name: str
    """Wireshark's"""
    label: str
    value: str | int | float | bool | None
    shown: str
    offset: NotRequired[int]
    """unless it was worked out; likewise what follows"""
    length: NotRequired[int]
    mask: NotRequired[str]


class Note(TypedDict):
    """What is odd about a layer."""

    name: str
    severity: str
    text: str


class Layer(TypedDict):
    """A header, or what a frame carries."""

    name: str
    title: str
    offset: int
    length: int
    tunnels_around: int
    fields: list[Field]
    notes: list[Note]


class Frame(TypedDict):
    """`inspect --jsonl`, a line; `layers` with -V."""

    number: int
    time_ns: int
    time: str
    length: int
    """on the wire"""
    captured: int
    """octets that were captured of it"""
    interface: str | None
    comments: list[str]
    """of the packet, in pcapng"""
    hop: str
    """underlay, tagged or untagged"""
    vnid: int | None
    """of the innermost frame"""
    network: str | None
    """of the innermost frame"""
    protocol: str | None
    src_vm: str | None
    dst_vm: str | None
    overlays: list[Overlay]
    """the outermost first"""
    frames: list[Level]
    """the frame as captured, then those in tunnels"""
    info: str | None
    problem: str | None
    """why it could not be read to its end"""
    verdict: list[str] | None
    """reasons as of `validate`; null without a map, and for a frame that the map does not cover"""
    layers: NotRequired[list[Layer]]
    """only with -V"""
