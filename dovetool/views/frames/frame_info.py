"""What else there is to say about a frame, in one short line: the Info of a list of packets.

One observation serves a whole flow, but flags, sequence numbers and the like differ from frame to frame. Looking at
them through the flow's view would split the flow at every change; so an observation holds only where they stand, and
they are read from the octets of each frame when its line is made. What was cut off is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial

from dovetool.observe.observation import Level, Observation, Overlay
from dovetool.observe.protocols import arp_text
from dovetool.values import dataclass
from dovetool.verdict.verdict import Frame
from dovetool.views.frames.icmp_words import icmp_text, icmpv6_text
from dovetool.wire.addresses import address_text
from dovetool.wire.geneve import GeneveHeader
from dovetool.wire.geneve_option import CILIUM_DSR, OVN_PORTS

_ICMP, _TCP, _ICMPV6 = 1, 6, 58
_TCP_LEN = 20
_SEEN = 24  # octets behind IP that anything is read from
_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE")  # RFC 9293 section 3.1, RFC 9768
_Part = str | Callable[[Frame], str]


@dataclass(frozen=True, slots=True)
class Info:
    """What is said about the frames of a flow.

    Attributes:
        parts: what all of them share, and what has to be read from each.
    """

    parts: tuple[_Part, ...]

    @classmethod
    def of(cls, seen: Observation) -> Info:
        """What there is to say about frames that were seen to be this; what matters most comes first.

        What was only located is read from each frame.
        """
        return cls(tuple(_parts(seen)))

    def text(self, frame: Frame) -> str:
        """The line of one frame."""
        return ", ".join(filter(None, (part if isinstance(part, str) else part(frame) for part in self.parts)))


def _parts(seen: Observation) -> Iterator[_Part]:
    inner = seen.inner
    if inner.protocol in _READERS and not inner.is_later:
        yield partial(_READERS[inner.protocol], inner)
    elif inner.has("ports"):
        yield partial(_ports_text, inner)
    if inner.arp_operation is not None:
        yield partial(_arp_text, inner)
    if inner.is_fragment:
        yield "later fragment" if inner.is_later else "first fragment"
    if inner.vlans:
        yield f"VLAN {'/'.join(map(str, inner.vlans))}"
    for overlay in seen.overlays:
        yield from (_extra(overlay, name) for name in overlay.extras)
    if any(overlay.has_pad for overlay in seen.overlays):
        yield "pad bits set"
    if seen.problem is not None:
        yield str(seen.problem)


def _extra(overlay: Overlay, name: str) -> _Part:
    """What an overlay header carries besides."""
    reader = {"group-policy": _group_policy, "geneve-options": _geneve_options}.get(name)
    return name.replace("-", " ") if reader is None else partial(reader, overlay.at)


def _group_policy(at: int, frame: Frame) -> str:
    """The group policy ID of VXLAN (draft-smith-vxlan-group-policy-05 section 2.1)."""
    return f"GBP {int.from_bytes(frame.octets[at + 2 : at + 4], 'big')}"


def _geneve_options(at: int, frame: Frame) -> str:
    """The logical ports of OVN, the service that Cilium answers for, and whether there are options of others."""
    options = GeneveHeader.parse(frame.octets, at).options
    texts = [_OPTIONS[option.kind](option.data) for option in options if option.kind in _OPTIONS]
    others = any(option.kind not in _OPTIONS and not option.is_priority for option in options)
    return ", ".join([*texts, *(["geneve options"] * others)])


def _ovn_ports(data: bytes) -> str:
    word = int.from_bytes(data, "big")
    return f"OVN {word >> 16 & 0x7FFF} > {word & 0xFFFF}"


def _cilium_service(data: bytes) -> str:
    ip, port = data[:-4], int.from_bytes(data[-4:-2], "big")
    text = address_text(ip)
    return f"DSR of {f'[{text}]' if len(ip) == 16 else text}:{port}"


_OPTIONS: Mapping[tuple[int, int, int], Callable[[bytes], str]] = {
    OVN_PORTS: _ovn_ports,
    **dict.fromkeys(CILIUM_DSR, _cilium_service),
}
"""What is said of options that are known."""


def _behind_ip(level: Level, frame: Frame) -> tuple[bytes, int]:
    """What IP carries: its first octets, as far as they were captured, and how many it had on the wire."""
    octets, at = frame.octets, level.payload_at
    end = max(frame.orig_len, len(octets)) - level.behind
    is_ipv4 = octets[level.ip_at] >> 4 == 4
    field_at, base = (level.ip_at + 2, level.ip_at) if is_ipv4 else (level.ip_at + 4, level.ip_at + 40)
    length = octets[field_at] << 8 | octets[field_at + 1]
    if length:  # 0: a big frame that a card is to cut up
        end = min(end, base + length)
    end = max(end, at)
    return octets[at : min(end, at + _SEEN)], end - at


def _ports_text(level: Level, frame: Frame) -> str:
    ports = level.value("ports", frame.octets)
    return f"{ports[0] << 8 | ports[1]} > {ports[2] << 8 | ports[3]}" if ports else ""


def _arp_text(level: Level, frame: Frame) -> str:
    addresses = (level.value(name, frame.octets) for name in ("src_mac", "src_ip", "dst_ip"))
    return arp_text(level.arp_operation or 0, *map(address_text, addresses))


def _tcp_text(level: Level, frame: Frame) -> str:
    """Ports, flags and octets of data, as Wireshark writes them."""
    ports = _ports_text(level, frame)
    octets, length = _behind_ip(level, frame)
    if len(octets) < 14:
        return ports
    text = f"{ports} [{_flags_text((octets[12] & 1) << 8 | octets[13])}]"
    header_len = octets[12] >> 4 << 2
    is_told = not level.is_fragment and _TCP_LEN <= header_len <= length
    return f"{text} Len={length - header_len}" if is_told else text


@lru_cache(maxsize=1 << len(_FLAGS))
def _flags_text(bits: int) -> str:
    return ", ".join(name for at, name in enumerate(_FLAGS) if bits >> at & 1) or "<None>"


def _icmp(level: Level, frame: Frame) -> str:
    return icmp_text(_behind_ip(level, frame)[0])


def _icmpv6(level: Level, frame: Frame) -> str:
    return icmpv6_text(_behind_ip(level, frame)[0])


_READERS: dict[int | None, Callable[[Level, Frame], str]] = {_ICMP: _icmp, _TCP: _tcp_text, _ICMPV6: _icmpv6}
