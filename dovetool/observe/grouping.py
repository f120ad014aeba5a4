"""What a frame counts for when traffic is summed up: its network, its tunnel, its ends, its conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from dovetool.frame.view import FrameView
from dovetool.observe.by import By
from dovetool.observe.frame_filter import FrameFilter
from dovetool.observe.located import Located
from dovetool.observe.names import Names
from dovetool.observe.observation import Observation
from dovetool.observe.observe import Detail, Observe
from dovetool.observe.protocols import protocol_name
from dovetool.values import dataclass
from dovetool.vnid_map import Tep
from dovetool.wire.addresses import address_text

Key = tuple[str | int | None, ...]
Sides = tuple[bytes, bytes, str | None, bytes, bytes, str | None]
"""The ends A and B of a conversation: address, port and the name of the VM; empty octets where there is none."""
Conversation = tuple[tuple[int | None, str | None, str], Sides]
"""A conversation before it is put into words: VNID, network and protocol, and its ends."""

COLUMNS: Mapping[By, tuple[str, ...]] = {
    By.VNID: ("vnid", "network"),
    By.TEP: ("tep", "address"),
    By.HOST: ("host", "tep", "address"),
    By.PAIR: ("src_tep", "src", "dst_tep", "dst", "encap"),
    By.VM: ("vnid", "network", "vm", "mac"),
    By.ENCAP: ("encap",),
    By.CONVERSATION: ("vnid", "network", "protocol", "vm_a", "a", "port_a", "vm_b", "b", "port_b"),
    By.TIME: ("time",),
}
"""What a key of each kind is made of."""
DETAILS: Mapping[By, Detail] = {
    By.VNID: Detail.TUNNELS,
    By.TEP: Detail.UNDERLAY,
    By.HOST: Detail.UNDERLAY,
    By.PAIR: Detail.UNDERLAY,
    By.VM: Detail.MACS,
    By.ENCAP: Detail.TUNNELS,
    By.CONVERSATION: Detail.TUNNELS,
    By.TIME: Detail.TUNNELS,
}
"""What has to be seen of a frame for that."""


def key_names(words: Sequence[str]) -> tuple[str, ...]:
    """What a key of several is made of; a word is one of `By`, or the name of a column."""
    return tuple(dict.fromkeys(name for word in words for name in (COLUMNS[By(word)] if word in _WORDS else (word,))))


_WORDS = frozenset(By)


def detail_of(by: By, names: Names) -> Detail:
    """The same; where VMs share the MAC addresses of their nodes' devices, it takes the IP addresses to name them."""
    shares_macs = names.vnid_map is not None and names.vnid_map.devices is not None
    return DETAILS[by] | Detail.IPS if by is By.VM and shares_macs else DETAILS[by]


LATER: Mapping[By, Detail] = {
    **dict.fromkeys(By, Detail.TUNNELS),
    By.CONVERSATION: Detail.MACS | Detail.IPS | Detail.PORTS,
}
"""What has to be located, so that conversations do not split flows."""
TWO_WAYS = frozenset({By.TEP, By.HOST, By.VM, By.CONVERSATION})
"""Where frames of the one and of the other direction are told apart."""


class Where(Protocol):
    """When and where a frame was seen."""

    @property
    def ts_ns(self) -> int:
        """Its time in ns since 1970."""

    @property
    def interface(self) -> str:
        """Name of the interface that it came by."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a frame counts for.

    Attributes:
        keys: the groups, and whether the frame goes back in them: to a tunnel end point or a VM, or from B to A.
        overhead: octets of it that its tunnels and tags cost.
        port_at: where its outer UDP source port stands; None without one.
        seen: what the frame is, when its group is found by what is only located; see `Grouping.conversations`.
    """

    keys: tuple[tuple[Key, bool], ...]
    overhead: int = 0
    port_at: int | None = None
    seen: Observation | None = None


_NOTHING = Share(())


@dataclass(frozen=True, slots=True)
class Grouping:
    """Says what a frame counts for.

    Attributes:
        by: what traffic is summed up by.
        observe: says what a frame is, in at least the detail that this needs, now or `LATER`.
        names: gives names.
        wanted: chooses the frames that count.
    """

    by: By
    observe: Observe
    names: Names
    wanted: FrameFilter | None = None

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """When a frame of the same octets may count for something else; a VM has come, gone or moved."""
        by_vm = self.by in (By.VM, By.CONVERSATION) or (self.wanted is not None and self.wanted.by_vm)
        return self.names.change_times_ns if by_vm else ()

    def share(self, view: FrameView) -> Share:
        """What one frame counts for; it counts for nothing when it is not wanted."""
        seen = self.observe.observe(view)
        if self.wanted is not None and not self.wanted.chooses(seen, view.ts_ns, view.interface):
            return _NOTHING
        port_at = seen.overlays[0].port_at if seen.overlays else None
        if self.by is By.CONVERSATION:
            return Share((), seen.overhead, port_at, seen)
        return Share(_KEYS[self.by](self.names, seen, self._at(seen, view)), seen.overhead, port_at)

    def whole(self, seen: Observation, where: Where) -> tuple[tuple[Key, bool], ...]:
        """The groups of a frame of which all was seen, and whether it goes back in them."""
        if self.by is By.CONVERSATION:
            return tuple((key_of(each), back) for each, back in self.conversations(seen, where, Located(1, {})))
        return _KEYS[self.by](self.names, seen, self._at(seen, where))

    def conversations(self, seen: Observation, view: Where, located: Located) -> list[tuple[Conversation, bool]]:
        """The conversation of each of some frames that were seen to be this, and whether it goes back in it.

        Both directions have one; A is the lower of its ends, by address and then by port.

        Args:
            seen: what they are.
            view: one of them, in whose interface and time all agree.
            located: what each has for itself.
        """
        inner, (ts_ns, vnid) = seen.inner, self._at(seen, view)
        kind, name = ("ip", self.names.vm_by_ip) if inner.has("src_ip") else ("mac", self.names.vm)
        sources, targets, ports = (located.of(inner, what) for what in (f"src_{kind}", f"dst_{kind}", "ports"))
        head = *self.names.common(vnid), protocol_name(inner)
        vms = {end: name(vnid, end, ts_ns) for end in {*sources, *targets}}
        return [
            ((head, (dst, port[2:], vms[dst], src, port[:2], vms[src])), True)
            if (src, port[:2]) > (dst, port[2:])
            else ((head, (src, port[:2], vms[src], dst, port[2:], vms[dst])), False)
            for src, dst, port in zip(sources, targets, ports, strict=True)
        ]

    def _at(self, seen: Observation, view: Where) -> _At:
        return _At(view.ts_ns, self.names.home(seen, view.interface))


_Keys = tuple[tuple[Key, bool], ...]


class _At(NamedTuple):
    """When a frame was seen, and the network that it is in or came from."""

    ts_ns: int
    vnid: int | None


def _vnid(names: Names, seen: Observation, _: _At) -> _Keys:
    vnid = names.vnid(seen)
    return (((vnid, names.network(vnid)), False),)


def _tep(names: Names, seen: Observation, _: _At) -> _Keys:
    overlay = seen.overlays[0] if seen.overlays else None
    if overlay is None or not overlay.src:
        return (((None, None), False),)
    src, dst = names.teps(overlay)
    return ((src, address_text(overlay.src)), False), ((dst, address_text(overlay.dst)), True)


def _host(names: Names, seen: Observation, _: _At) -> _Keys:
    """The hosts of the outermost tunnel's ends; an end without one counts for itself."""
    overlay = seen.overlays[0] if seen.overlays else None
    if overlay is None or not overlay.src:
        return (((None, None, None), False),)
    src, dst = names.ends_of(overlay)
    return (_host_key(names, src, overlay.src), False), (_host_key(names, dst, overlay.dst), True)


def _host_key(names: Names, tep: Tep | None, address: bytes) -> Key:
    host = names.host(tep)
    return (host, None, None) if host is not None else (None, None if tep is None else tep.name, address_text(address))


def _pair(names: Names, seen: Observation, _: _At) -> _Keys:
    if not seen.overlays:
        return (((None, None, None, None, "none"), False),)
    overlay = seen.overlays[0]
    src, dst = names.teps(overlay)
    ends = src, address_text(overlay.src) or None, dst, address_text(overlay.dst) or None
    return (((*ends, overlay.encap), False),)


def _vm(names: Names, seen: Observation, at: _At) -> _Keys:
    inner, (ts_ns, vnid) = seen.inner, at
    network = names.network(vnid)
    ends = ((inner.src_mac, inner.src_ip, False), (inner.dst_mac, inner.dst_ip, True))
    return tuple(
        ((vnid, network, names.vm(vnid, mac, ts_ns, ip), address_text(mac) or None), back) for mac, ip, back in ends
    )


def _encap(_: Names, seen: Observation, __: _At) -> _Keys:
    return ((("/".join(overlay.encap for overlay in seen.overlays) or "none",), False),)


def key_of(group: Key | Conversation) -> Key:
    """A group in words."""
    if not isinstance(group[0], tuple):
        return group  # only a conversation begins with a tuple
    head, (a, port_a, vm_a, b, port_b, vm_b) = group
    return (*head, vm_a, address_text(a), _number(port_a), vm_b, address_text(b), _number(port_b))


def _number(port: bytes) -> int | None:
    return int.from_bytes(port, "big") if port else None


def _all(_: Names, __: Observation, ___: _At) -> _Keys:
    return (((), False),)


_KEYS: Mapping[By, Callable[[Names, Observation, _At], _Keys]] = {
    By.VNID: _vnid,
    By.TEP: _tep,
    By.HOST: _host,
    By.PAIR: _pair,
    By.VM: _vm,
    By.ENCAP: _encap,
    By.TIME: _all,
}
