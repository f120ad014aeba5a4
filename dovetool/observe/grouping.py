"""What a frame counts for when traffic is summed up: its network, its tunnel, its ends, its conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dovetool.frame.view import FrameView
from dovetool.observe.by import By
from dovetool.observe.frame_filter import FrameFilter
from dovetool.observe.names import Names
from dovetool.observe.observation import Observation
from dovetool.observe.observe import Detail, Observe
from dovetool.observe.protocols import protocol_name
from dovetool.wire.addresses import address_text

Key = tuple[str | int | None, ...]


COLUMNS: Mapping[By, tuple[str, ...]] = {
    By.VNID: ("vnid", "network"),
    By.TEP: ("tep", "address"),
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
    By.PAIR: Detail.UNDERLAY,
    By.VM: Detail.MACS,
    By.ENCAP: Detail.TUNNELS,
    By.CONVERSATION: Detail.TUNNELS,
    By.TIME: Detail.TUNNELS,
}
"""What has to be seen of a frame for that."""
LATER: Mapping[By, Detail] = {
    **dict.fromkeys(By, Detail.TUNNELS),
    By.CONVERSATION: Detail.MACS | Detail.IPS | Detail.PORTS,
}
"""What has to be located, so that conversations do not split flows."""
TWO_WAYS = frozenset({By.TEP, By.VM, By.CONVERSATION})
"""Where frames of the one and of the other direction are told apart."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a frame counts for.

    Attributes:
        keys: the groups, and whether the frame goes back in them: to a tunnel end point or a VM, or from B to A.
        overhead: octets of it that its tunnels and tags cost.
        port_at: where its outer UDP source port stands; None without one.
        seen: what the frame is, when its group is found by what is only located; see `Grouping.completed`.
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

    def completed(self, seen: Observation, view: FrameView) -> tuple[Key, bool]:
        """The conversation of one of the frames that were seen to be this, and whether it goes back in it."""
        whole = seen.completed(view.octets)
        return _conversation(self.names, whole, self._at(whole, view))

    def _at(self, seen: Observation, view: FrameView) -> _At:
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
    ends = [(end, back) for overlay in seen.overlays[:1] for end, back in ((overlay.src, False), (overlay.dst, True))]
    return tuple(((names.tep(end), address_text(end)), back) for end, back in ends if end) or (((None, None), False),)


def _pair(names: Names, seen: Observation, _: _At) -> _Keys:
    if not seen.overlays:
        return (((None, None, None, None, "none"), False),)
    overlay = seen.overlays[0]
    ends = (part for end in (overlay.src, overlay.dst) for part in (names.tep(end), address_text(end) or None))
    return (((*ends, overlay.encap), False),)


def _vm(names: Names, seen: Observation, at: _At) -> _Keys:
    inner, (ts_ns, vnid) = seen.inner, at
    network = names.network(vnid)
    macs = ((inner.src_mac, False), (inner.dst_mac, True))
    return tuple(((vnid, network, names.vm(vnid, mac, ts_ns), address_text(mac) or None), back) for mac, back in macs)


def _encap(_: Names, seen: Observation, __: _At) -> _Keys:
    return ((("/".join(overlay.encap for overlay in seen.overlays) or "none",), False),)


def _conversation(names: Names, seen: Observation, at: _At) -> tuple[Key, bool]:
    """Both directions have one key; A is the lower of its ends, by address and then by port."""
    inner, (ts_ns, vnid) = seen.inner, at
    if inner.src_ip:
        ends = [(ip, names.vm_by_ip(vnid, ip, ts_ns)) for ip in (inner.src_ip, inner.dst_ip)]
    else:
        ends = [(mac, names.vm(vnid, mac, ts_ns)) for mac in (inner.src_mac, inner.dst_mac)]
    (src, src_vm), (dst, dst_vm) = ends
    sides = (src_vm, address_text(src), inner.src_port), (dst_vm, address_text(dst), inner.dst_port)
    back = (src, inner.ports[:2]) > (dst, inner.ports[2:])
    a, b = reversed(sides) if back else sides
    return (vnid, names.network(vnid), protocol_name(inner), *a, *b), back


def _all(_: Names, __: Observation, ___: _At) -> _Keys:
    return (((), False),)


_KEYS: Mapping[By, Callable[[Names, Observation, _At], _Keys]] = {
    By.VNID: _vnid,
    By.TEP: _tep,
    By.PAIR: _pair,
    By.VM: _vm,
    By.ENCAP: _encap,
    By.TIME: _all,
}
