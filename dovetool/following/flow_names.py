"""What flows are called: the addresses and ports that a digest stands for, each kept once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns import FrameTable
from dovetool.analysis.columns.places import NOWHERE
from dovetool.capture.batch import Column
from dovetool.following.digests import Digests
from dovetool.following.facts import NO_IP
from dovetool.wire.addresses import address_text

_ADDRESS, _PORTS = 16, 4
_SRC, _DST, _PORTS_AT, _LENGTHS = 0, _ADDRESS, 2 * _ADDRESS, 2 * _ADDRESS + _PORTS
_KIND, _KIND_LEN = _LENGTHS + 2, 3
_ROW = _KIND + _KIND_LEN
_MOST_WAITING = 1 << 16


class Ends(NamedTuple):
    """A flow.

    Attributes:
        src: text of its source address.
        dst: that of its destination address.
        ethertype: of what is no IP; None for that.
        protocol: of IP; None without.
        src_port: its source port; None without.
        dst_port: its destination port.
    """

    src: str
    dst: str
    ethertype: int | None = None
    protocol: int | None = None
    src_port: int | None = None
    dst_port: int | None = None


class FlowNames:
    """The flows of captures by their digest."""

    def __init__(self) -> None:
        self._keys: Digests = np.zeros(0, np.uint64)
        self._rows = np.zeros((0, _ROW), np.uint8)
        self._waiting: list[tuple[Digests, NDArray[np.uint8]]] = []
        self._count = 0

    def note(self, frames: FrameTable, rows: Column, flow: Digests, kind: Column) -> None:
        """Take in the flows of the frames `rows` (m,) among n, given their flows (n,) and kinds of packet (n,)."""
        keys, first = np.unique(flow[rows], return_index=True)
        first = rows[first]
        if len(self._keys):
            at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            is_new = self._keys[at] != keys
            keys, first = keys[is_new], first[is_new]
        if not len(keys):
            return
        self._waiting.append((keys, _rows(frames, first, kind[first])))
        self._count += len(keys)
        if self._count > _MOST_WAITING or self._count > len(self._keys):
            self._settle()

    def _settle(self) -> None:
        keys = np.concatenate([self._keys, *(keys for keys, _ in self._waiting)])
        rows = np.concatenate([self._rows, *(rows for _, rows in self._waiting)])
        self._keys, first = np.unique(keys, return_index=True)
        self._rows, self._waiting, self._count = rows[first], [], 0

    def ends(self, flow: int) -> Ends:
        """The flow that has a digest."""
        if self._waiting:
            self._settle()
        at = int(np.searchsorted(self._keys, np.uint64(flow)))
        row = self._rows[at].tobytes()
        src_len, dst_len = row[_LENGTHS:_KIND]
        kind = int.from_bytes(row[_KIND:], "big")
        ports = row[_PORTS_AT:_LENGTHS]
        ends = (_text(row[_SRC : _SRC + src_len]), _text(row[_DST : _DST + dst_len]))
        if kind >= NO_IP:
            return Ends(*ends, kind - NO_IP)
        if ports == bytes(_PORTS):
            return Ends(*ends, None, kind)
        return Ends(*ends, None, kind, int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big"))


def _text(address: bytes) -> str:
    return address_text(address) if address else "?"


def _rows(frames: FrameTable, rows: Column, kind: Column) -> NDArray[np.uint8]:
    """Addresses, ports, the lengths of both addresses, and the kinds of packet."""
    made = np.zeros((len(rows), _ROW), np.uint8)
    for side, at in (("src", _SRC), ("dst", _DST)):
        ip, mac = frames.at(f"{side}_ip")[rows], frames.at(f"{side}_mac")[rows]
        is_ip = ip != NOWHERE
        length = np.where(is_ip, frames.at(f"{side}_ip_len")[rows], np.where(mac != NOWHERE, 6, 0))
        made[:, at : at + _ADDRESS] = _octets(frames, rows, np.where(is_ip, ip, mac), length)
        made[:, _LENGTHS + (side == "dst")] = length
    ports = frames.at("ports")[rows]
    there = np.where(ports != NOWHERE, _PORTS, 0)
    made[:, _PORTS_AT:_LENGTHS] = _octets(frames, rows, ports, there)[:, :_PORTS]
    made[:, _KIND:] = kind[:, None] >> np.arange(_KIND_LEN - 1, -1, -1) * 8 & 0xFF
    return made


def _octets(frames: FrameTable, rows: Column, at: Column, length: Column) -> NDArray[np.uint8]:
    """(m, 16) the octets that stand there, filled up with zeros."""
    batch, steps = frames.found.batch, np.arange(_ADDRESS)
    start = batch.offset[rows] + np.where(length > 0, at, 0)
    found: NDArray[np.uint8] = batch.octets[start[:, None] + steps] * (steps < length[:, None]).astype(np.uint8)
    return found
