"""The columns of `Packets`, of the frames of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns import MISSING, FrameTable
from dovetool.analysis.columns.places import NOWHERE
from dovetool.capture.batch import Column
from dovetool.following.digests import BEGIN, Digests, digests, mixed, words
from dovetool.following.facts import NO_IP, NONE, Fact, Family, Piece
from dovetool.following.packets import pairs_of, short

_TCP = 6
_PADDED = 46
"""Octets of payload that every Ethernet frame has; shorter ones are filled up with zeros (IEEE 802.3 clause 4.2.3)."""
_ARP_LEN = 28
_WITHOUT_DONT_FRAGMENT = 0xFFFF_BFFF
_FIXED_V6 = 40
_IPV4_LEN, _MAC_LEN = 4, 6


class BatchColumns:
    """The frames of a batch that were found.

    Attributes:
        is_readable: (n,) as much of the packet was captured as it takes to know it again.
        level: the least that was captured of any readable packet: 2 all, 1 the beginning of its payload, 0 its headers.
        mac_ends: digests (n,) of source and destination MAC address.
        tunnel_ends: (m,) digests of the addresses between which tunnels go.
    """

    def __init__(self, frames: FrameTable, fact: Callable[[Fact], Column]) -> None:
        self._frames, self._fact, self._batch = frames, fact, frames.found.batch
        self._octets = self._batch.octets
        self._is_ip = fact(Fact.PROTOCOL) != NONE
        self._is_v6 = self._is_ip & (fact(Fact.FAMILY) == Family.IPV6)
        self._payload = self._fact(Fact.BODY)
        self._end = self._packet_end()
        self.is_readable = self._is_captured()

    def columns(self) -> dict[str, Any]:
        """All but what takes a map."""
        src, dst = self._address("src"), self._address("dst")
        heading = self._heading(src, dst)
        head, body = self._head(heading), self._body()
        ports = self._ports()
        return {
            "number": self._frames.found.numbers,
            "ts_ns": self._batch.told_ns,
            "whole": mixed(head, body.whole),
            "begin": mixed(head, body.begin),
            "head": head,
            "loose": self._loose(heading, body.begin, ports),
            "pair": pairs_of(src, dst),
            "flow": mixed(heading, ports),
            "vnid": self._fact(Fact.VNID),
            "home": self._fact(Fact.HOME),
            "tunnel": short(self._tunnel()),
            "in_group": self._in_group(),
            "macs": self._macs(),
            "tos": self._tos("ip"),
            "outer_tos": self._tos("outer_ip"),
            "ttl": self._by_version(self._number("ip", 8), self._number("ip", 7)),
            "pcp": self._fact(Fact.PCP),
            "length": np.minimum(self._end - self._fact(Fact.PACKET), np.iinfo(np.int32).max),
            "piece": self._fact(Fact.PIECE),
            "seq": np.maximum(self._seq, 0),
            "load": self._load,
            "is_group": self._number("dst_mac", 0) & 1 == 1,
            "is_sure": self._is_sure(),
            "verdict": self._fact(Fact.VERDICT),
        }

    def _number(self, name: str, offset: int, length: int = 1) -> Column:
        """A number of each frame; `NONE` where it is not there."""
        numbers = self._frames.number(name, offset, length)
        told: Column = np.where(numbers == MISSING, NONE, numbers)
        return told

    def _by_version(self, of_ipv4: Column, of_ipv6: Column) -> Column:
        chosen: Column = np.where(self._is_ip, np.where(self._is_v6, of_ipv6, of_ipv4), NONE)
        return chosen

    def _packet_end(self) -> Column:
        """(n,) where the packet ends, in the octets that the frame had on the wire."""
        batch, frames = self._batch, self._frames
        wire_end = batch.wire_len - frames.at("behind")
        told = self._by_version(self._number("ip", 2, 2), self._number("ip", 4, 2))
        length = np.where(told > 0, told + np.where(self._is_v6, _FIXED_V6, 0), NONE)  # 0: longer than the field holds
        end = np.where(length > 0, np.minimum(wire_end, frames.at("ip") + length), wire_end)
        family, packet = self._fact(Fact.FAMILY), self._fact(Fact.PACKET)
        end = np.where(family == Family.ARP, np.minimum(wire_end, packet + _ARP_LEN), end)
        ended: Column = np.where(family == Family.OTHER, np.minimum(wire_end, packet + _PADDED), end)
        return ended

    def _is_captured(self) -> NDArray[np.bool_]:
        caplen = self._batch.caplen
        begun = self._payload
        is_whole, has_begin = self._end <= caplen, np.minimum(self._end, begun + BEGIN) <= caplen
        has_head = np.where(self._is_ip, np.minimum(self._end, begun) <= caplen, is_whole)
        captured: NDArray[np.bool_] = has_head & (begun != NOWHERE)
        self.level = 2 if is_whole[captured].all() else 1 if has_begin[captured].all() else 0
        return captured

    def _address(self, side: str) -> Digests:
        """Of IP or ARP; of all else the MAC address."""
        ip, mac = self._digest_at(f"{side}_ip"), self._digest_at(f"{side}_mac")
        return np.where(ip == 0, mac, ip)

    def _digest_at(self, name: str) -> Digests:
        """Digests of what stands there; 0 for nothing."""
        at, length = self._frames.at(name), self._frames.at(f"{name}_len")
        is_there = (at != NOWHERE) & (at + length <= self._batch.caplen)
        start = self._batch.offset + np.where(is_there, at, 0)
        length = np.where(is_there, length, 0)
        made = mixed(words(self._octets, start, np.minimum(length, 8)), length)
        if (length > 8).any():
            made = np.where(length > 8, mixed(made, words(self._octets, start + 8, length - 8)), made)
        return np.where(is_there, made, np.uint64(0))

    def _heading(self, src: Digests, dst: Digests) -> Digests:
        """Who sends to whom, and what kind of packet."""
        return mixed(mixed(src, dst), self.kind)

    @property
    def kind(self) -> Column:
        """(n,) the protocol of IP; of all else `NO_IP` and the EtherType."""
        kind: Column = np.where(self._is_ip, self._fact(Fact.PROTOCOL), self._fact(Fact.ETHERTYPE) + NO_IP)
        return kind

    def _ports(self) -> Column:
        at = self._frames.at("ports") != NOWHERE
        return np.where(at, self._number("ports", 0, 4), NONE)

    def _head(self, heading: Digests) -> Digests:
        """What else of the headers no hop changes: identification, length, ports, numbers of TCP."""
        named = np.where(self._is_v6, 0, self._number("ip", 4, 4) & _WITHOUT_DONT_FRAGMENT)
        made = mixed(mixed(heading, np.where(self._is_ip, named, 0)), np.where(self._is_ip, self._length, 0))
        begun = self._frames.at("tcp")
        is_tcp = (begun != NOWHERE) & (begun + 16 <= self._batch.caplen)
        start = self._batch.offset + np.where(is_tcp, begun, 0)
        first, second = words(self._octets, start, 8), words(self._octets, start + 8, 8)
        made = np.where(is_tcp, mixed(mixed(made, first), second), mixed(made, self._ports()))
        self._read_tcp(is_tcp)
        return made

    @property
    def _length(self) -> Column:
        return self._end - self._fact(Fact.PACKET)

    def _read_tcp(self, is_tcp: NDArray[np.bool_]) -> None:
        """Sequence number and octets of payload."""
        self._seq = np.where(is_tcp, self._number("tcp", 4, 4), NONE)
        header = (self._number("tcp", 12) >> 4) * 4
        self._load = np.where(is_tcp, np.maximum(self._end - self._frames.at("tcp") - header, 0), NONE)

    def _body(self) -> Any:  # noqa: ANN401  (digests of both kinds)
        captured = np.minimum(self._end, self._batch.caplen)
        length = np.where(self.is_readable, captured - self._payload, 0)
        is_other = (self._fact(Fact.FAMILY) == Family.OTHER) & self.is_readable
        body = digests(self._octets, self._batch.offset + np.where(self.is_readable, self._payload, 0), length)
        if not is_other.any():
            return body
        padded = self._padded(length)
        return body._replace(whole=np.where(is_other, padded, body.whole), begin=np.where(is_other, padded, body.begin))

    def _padded(self, length: Column) -> Digests:
        """Of what is neither IP nor ARP: as if it were filled up with zeros, which is done on the way."""
        start = self._batch.offset + np.where(self.is_readable, self._payload, 0)
        made = np.zeros(len(start), np.uint64)
        for at in range(0, _PADDED, 8):
            made = mixed(made, words(self._octets, start + at, np.clip(length - at, 0, 8)))
        return made

    def _loose(self, heading: Digests, begin: Digests, ports: Column) -> Digests:
        """By the data that it begins with, and its place in a stream of TCP or the identification of IPv4."""
        is_tcp = self._load != NONE
        place = np.where(is_tcp, self._seq, np.where(self._is_v6, 0, self._number("ip", 4, 2)))
        made = mixed(mixed(mixed(heading, ports), place), begin)
        is_later = self._fact(Fact.PIECE) == Piece.LATER
        return np.where(self._is_ip & ~is_later, made, np.uint64(0))

    def _is_sure(self) -> NDArray[np.bool_]:
        """Its sender gave it an identification; without one, what is sent again is the same."""
        sure: NDArray[np.bool_] = self._is_ip & ~self._is_v6 & (self._number("ip", 4, 2) > 0)
        return sure

    def _tunnel(self) -> Digests:
        """Of both ends of the outermost tunnel, whichever of them sends."""
        src, dst = self._digest_at("outer_src"), self._digest_at("outer_dst")
        self.tunnel_ends = np.unique(short(np.concatenate([src, dst])))
        made = mixed(np.minimum(src, dst), np.maximum(src, dst))
        return np.where(self._fact(Fact.IN_TUNNEL) == 1, made, np.uint64(0))

    def _in_group(self) -> NDArray[np.bool_]:
        """The outermost tunnel is for many: by an address of IPv4, IPv6 or Ethernet."""
        first, length = self._number("outer_dst", 0), self._frames.at("outer_dst_len")
        of_ip = np.where(length == _IPV4_LEN, first >> 4 == 0xE, first == 0xFF)
        group: NDArray[np.bool_] = np.where(length == _MAC_LEN, first & 1 == 1, of_ip) & (first != NONE)
        return group

    def _macs(self) -> Digests:
        src, dst = self.mac_ends = self._digest_at("src_mac"), self._digest_at("dst_mac")
        return np.where((src == 0) | (dst == 0), np.uint64(0), pairs_of(src, dst))

    def _tos(self, name: str) -> Column:
        """The octet of differentiated services, of either version of IP."""
        word = self._number(name, 0, 2)
        octet = np.where(word >> 12 == 6, word >> 4 & 0xFF, word & 0xFF)
        found: Column = np.where(word == NONE, NONE, octet)
        return found
