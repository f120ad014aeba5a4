"""Who talks to whom: TEPs by network, and VMs within a network."""

from __future__ import annotations

from dovetool.pictures.html import Html, element, name
from dovetool.pictures.picture import Picture
from dovetool.pictures.sections.section import end_cell, figure, number_cell, paragraph, section, time_cell
from dovetool.pictures.table import Cell, numbers, table, words
from dovetool.pictures.words import counted, number, percent
from dovetool.portrait.portrait import Portrait
from dovetool.portrait.talks import Talks
from dovetool.portrait.traffic import Traffic


def talks(portrait: Portrait, teps: Picture | None, vms: Picture | None) -> Html:
    """The section."""
    return section(
        "talks",
        "Who talks to whom",
        element("h3", "TEPs"),
        figure(teps, "Network") or paragraph("No tunnel between addresses was seen."),
        _table("TEPs, by network and direction", portrait.tep_talks, portrait.traffic, with_encap=True),
        element("h3", "VMs within a network"),
        figure(vms, "Network") or paragraph("No addresses were seen."),
        _table("VMs, by network and direction", portrait.vm_talks, portrait.traffic, with_encap=False),
    )


def _table(caption: str, found: Talks, traffic: Traffic, *, with_encap: bool) -> Html:
    columns = [
        *words("Network", "From", "To", *(["Encapsulation"] if with_encap else [])),
        *numbers("Frames", "Octets", "Share"),
        *words("First frame, UTC", "Last frame, UTC"),
    ]
    rows = [
        (
            name(each.network),
            end_cell(each.src),
            end_cell(each.dst),
            *([each.encap] if with_encap else []),
            number_cell(each.amount.frames),
            number_cell(each.amount.octets),
            Cell(percent(each.amount.octets, traffic.total.octets), each.amount.octets),
            time_cell(each.first_ns, traffic),
            time_cell(each.last_ns, traffic),
        )
        for each in found.rows
    ]
    return table(caption, columns, rows, _others(found))


def _others(found: Talks) -> str:
    if not found.others.frames:
        return ""
    at_least = "at least " if found.is_bounded else ""
    bounded = (
        " There were so many that small ones were given up on the way: what they had counts there."
        if found.is_bounded
        else ""
    )
    others = counted(found.others_count, "other")
    return (
        f"These are the {number(len(found.rows))} with the most octets; {at_least}{others} sum up to"
        f" {counted(found.others.frames, 'frame')} and {counted(found.others.octets, 'octet')}.{bounded}"
    )
