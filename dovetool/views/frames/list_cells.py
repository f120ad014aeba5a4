"""The cells of a list of packets: what frames that look the same share, and what each has for itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import field
from typing import TypeVar

from dovetool.analysis.summaries import Look
from dovetool.observe.located import Located
from dovetool.observe.names import Names
from dovetool.observe.protocols import protocol_name
from dovetool.values import dataclass
from dovetool.views.frames.frame_info import Info
from dovetool.views.plain import printable
from dovetool.wire.addresses import address_text
from dovetool.wire.fields import BROADCAST

NUMBER, TIME, HOP, FROM, TO, ENCAP, VNID, NETWORK, SOURCE, DESTINATION, PROTOCOL, LENGTH, INFO, VERDICT = range(14)
_MOST_KNOWN = 1 << 15
_Key = TypeVar("_Key", bound=Hashable)


class Texts(dict[_Key, str]):
    """Texts that are made when they are asked for first; when there are too many, all are forgotten."""

    def __init__(self, make: Callable[[_Key], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: _Key) -> str:
        if len(self) > _MOST_KNOWN:
            self.clear()
        text = self[key] = self._make(key)
        return text


@dataclass(slots=True)
class LookCells:
    """The cells of frames with the same look.

    Attributes:
        look: what they are.
        names: gives names.
        info: what else there is to say about each.
        shared: by the column, what all of them have in it.
    """

    look: Look
    names: Names
    info: Info = field(init=False)
    shared: dict[int, str] = field(init=False)
    _tep: Texts[bytes] = field(init=False)
    _source: Texts[tuple[bytes, bytes]] = field(init=False)
    _destination: Texts[tuple[bytes, bytes]] = field(init=False)

    def __post_init__(self) -> None:
        seen, names, ts_ns = self.look.seen, self.names, self.look.ts_ns
        overlays, vnids = seen.overlays, seen.vnids
        cells = {
            HOP: seen.hop,
            ENCAP: "/".join([overlay.encap for overlay in overlays]),
            VNID: "/".join(map(str, vnids)),
            NETWORK: "/".join([names.network(vnid) or "?" for vnid in vnids]) if names.vnid_map else "",
            PROTOCOL: protocol_name(seen.inner),
            VERDICT: _verdict(self.look.verdict),
        }
        self.info, self.shared = Info.of(seen), {at: printable(cell) for at, cell in cells.items()}
        home, is_ip = names.home(seen, self.look.interface), seen.inner.protocol is not None

        def source(ends: tuple[bytes, bytes]) -> str:
            return printable(names.sender(home, *ends, ts_ns) or address_text(ends[is_ip]))

        def destination(ends: tuple[bytes, bytes]) -> str:
            address = "broadcast" if ends[0] == BROADCAST else address_text(ends[is_ip])
            return printable(names.receiver(home, *ends, ts_ns) or address)

        self._tep = Texts(lambda address: printable(names.tep(address) or address_text(address)))
        self._source, self._destination = Texts(source), Texts(destination)

    def own(self, located: Located) -> dict[int, Sequence[str]]:
        """By the column, what each of some frames has in it: who sends it to whom."""
        inner, columns = self.look.seen.inner, self._teps(located)
        for at, side, texts in ((SOURCE, "src", self._source), (DESTINATION, "dst", self._destination)):
            ends_of_both = zip(located.of(inner, f"{side}_mac"), located.of(inner, f"{side}_ip"), strict=True)
            columns[at] = [texts[ends] for ends in ends_of_both]
        return columns

    def _teps(self, located: Located) -> dict[int, Sequence[str]]:
        """The two columns about the outermost tunnel."""
        overlay = next(iter(self.look.seen.overlays), None)
        if overlay is None:
            return {FROM: [""] * located.count, TO: [""] * located.count}
        sources, targets = located.of(overlay, "src"), located.of(overlay, "dst")
        if self.names.vnid_map is None or not self.names.vnid_map.repeats_ips:
            return {FROM: [self._tep[end] for end in sources], TO: [self._tep[end] for end in targets]}
        ends = [overlay._replace(src=src, dst=dst) for src, dst in zip(sources, targets, strict=True)]
        named = [(each, self.names.teps(each)) for each in ends]
        return {
            FROM: [printable(src or address_text(each.src)) for each, (src, _) in named],
            TO: [printable(dst or address_text(each.dst)) for each, (_, dst) in named],
        }


def _verdict(reasons: tuple[str, ...] | None) -> str:
    """The first reason, and how many more there are."""
    if not reasons:
        return "" if reasons is None else "ok"
    return reasons[0] if len(reasons) == 1 else f"{reasons[0]} +{len(reasons) - 1}"
