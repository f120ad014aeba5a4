"""The way of frames through a network, as a table with a row for each frame.

Names come from a map or a capture; they are shown as they are, and never as markup or control codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from dovetool.analysis.frame_path import PathStep
from dovetool.analysis.single_frame import TunnelEnds, macs_of, tunnel_of
from dovetool.stages.map_selectors import selectors_of
from dovetool.views.plain import printable
from dovetool.views.terminal import make_table
from dovetool.views.tracing.outcome import deliveries, ingress_of, refusals
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.places import networks_by_place, nics_of, place_name
from dovetool.vnid_map.texts import time_text
from dovetool.vnid_map.tunnel_ends import pair_between
from dovetool.wire.fields import BROADCAST, is_group

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile

_UNBROKEN = ("#", "Time", "VNID", "MAC", "IP")
_COLUMNS = ("#", "Time", "From", "For", "Network", "Tunnel", "What happened")


def map_in_short(model: MapFile) -> Iterator[Table]:
    """Yield two small tables: who belongs where, and the tunnel end points."""
    policies = ", ".join(f"{policy.source} -> {policy.target}" for policy in model.policies)
    members = _table(("Network", "VNID", "VM", "MAC", "IP", "Place"), _residents(model))
    yield _with_caption(members, f"Policies: {policies}" if policies else "No policies: no network reaches another.")
    yield _table(("TEP", "IP", "Encap", "Switches"), _teps(model))


def journey_table(vnid_map: VnidMap, journeys: Sequence[Sequence[PathStep]]) -> Table:
    """The table of frames that went from VM to VM, each with its steps; times count from the first frame."""
    start_ns = journeys[0][0].before.ts_ns if journeys else 0
    table = _table(_COLUMNS, map(_Teller(vnid_map, start_ns).row, journeys))
    return _with_caption(table, f"Times are seconds after {time_text(start_ns)}.")


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    table = make_table()
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _UNBROKEN)
    for row in rows:
        table.add_row(*(Text("\n".join(map(printable, cell.split("\n")))) for cell in row))
    return table


def _with_caption(table: Table, text: str) -> Table:
    table.caption, table.caption_justify = Text(printable(text)), "left"
    return table


def _residents(model: MapFile) -> Iterator[tuple[str, ...]]:
    network_of = networks_by_place(model)
    for name, network in model.networks.items():
        row = [name, str(network.vnid)]
        for vm_name, nic in ((vm_name, nic) for vm_name, vm in model.vms.items() for nic in nics_of(vm)):
            if network_of[place_name(nic.at[0])] == name:
                values = nic.model_dump(by_alias=True)
                places = (_place(place) for place in values["at"])
                yield (*row, vm_name, ", ".join(values["mac"]), ", ".join(values["ip"]), "\n".join(places))
                row = ["", ""]
        if row[0]:
            yield (*row, "", "", "", "")


def _place(place: dict[str, str | None]) -> str:
    times = (f" {key} {place[key]}" for key in ("from", "until") if place[key] is not None)
    return "".join((str(place["port"]), *times))


def _teps(model: MapFile) -> Iterator[tuple[str, ...]]:
    for name, tep in model.teps.items():
        switches = (switch for switch, entry in model.switches.items() if entry.tep == name)
        yield name, ", ".join(tep.model_dump()["ip"]) or "layer 2", ", ".join(tep.encap), ", ".join(switches)


class _Teller:
    """Tells what happened to frames, with the names of one map."""

    def __init__(self, vnid_map: VnidMap, start_ns: int) -> None:
        self._map, self._start_ns = vnid_map, start_ns
        self._ports = selectors_of(vnid_map)

    def row(self, steps: Sequence[PathStep]) -> tuple[str, ...]:
        """The cells of one frame."""
        first = steps[0].before
        vnid = next((way.vnid for step in steps for way in step.ways if way.vnid is not None), None)
        network = self._map.network(vnid) if vnid is not None else None
        return (
            str(first.number),
            f"{(first.ts_ns - self._start_ns) / 10**9:.3f}",
            self._sender(steps[0]),
            self._target(steps),
            f"{network.name} {vnid}" if network is not None else "",
            self._tunnels(steps),
            self._outcome(steps),
        )

    def _sender(self, step: PathStep) -> str:
        macs, port = macs_of(step.before), ingress_of(self._map, step)
        if macs is None or port is None:
            return macs[1].hex(":") if macs is not None else step.before.interface
        stations = self._map.stations_by_mac(port.vnid, macs[1], step.before.ts_ns)
        here = [station.vm for station in stations if station.port.index == port.index]
        return f"{here[0] if here else stations[0].vm if stations else macs[1].hex(':')} @ {port.name}"

    def _target(self, steps: Sequence[PathStep]) -> str:
        macs = macs_of(steps[0].before)
        if macs is None:
            return ""
        if is_group(macs[0]):
            return "broadcast" if macs[0] == BROADCAST else macs[0].hex(":")
        receivers = [name for way in steps[-1].ways for name in way.receivers]
        owners = [station.vm for station in self._map.stations_with_mac(macs[0], steps[0].before.ts_ns)]
        return " or ".join(dict.fromkeys(receivers or owners)) or macs[0].hex(":")

    def _tunnels(self, steps: Sequence[PathStep]) -> str:
        """The tunnels that the copies went through; `local` for a copy that went through none."""
        copies = [step.after[0] for step in steps if step.stage == "decap" and step.after and step.after[0].local]
        cells = ["local"] * len(copies)
        for step in steps:
            ends = tunnel_of(step.before, self._ports) if step.stage == "decap" else None
            if ends is not None:
                cells.append(f"{self._ends(ends)} {ends.encap.upper()}")
        return "\n".join([f"{len(cells)} copies:", *cells] if len(cells) > 1 else cells)

    def _ends(self, ends: TunnelEnds) -> str:
        teps = pair_between(self._map, ends.source, ends.target, ends.vnid)
        named = zip(teps, (ends.source, ends.target), strict=True)
        return " -> ".join(self._end(address) if tep is None else tep.name for tep, address in named)

    def _end(self, address: bytes) -> str:
        is_group = bool(address[0] & 1) if len(address) == 6 else self._map.group_networks(address)
        return "group" if is_group else address.hex()

    def _outcome(self, steps: Sequence[PathStep]) -> str:
        refused = [
            f"{each.reason} by {each.stage}" + (f": {each.words}" if each.words else "")
            for each in refusals(self._map, steps)
        ]
        delivered = [f"{each.vm} @ {each.port}" for each in deliveries(self._map, steps)]
        if not refused and not delivered:
            return "nobody there to get it"
        together = ",\n".join(delivered)
        return "\n".join([*refused, *([f"delivered: {together}"] if delivered else [])])
