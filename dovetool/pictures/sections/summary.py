"""What there is: span, frames, octets, tenants, what tunnels cost, what is cut or odd."""

from __future__ import annotations

from collections import Counter

from dovetool.pictures.html import Html, element, joined, name
from dovetool.pictures.sections.section import number_cell, section, time_cell
from dovetool.pictures.table import Cell, numbers, table, terms, words
from dovetool.pictures.words import amount, counted, number, percent, rate, span
from dovetool.portrait.portrait import Portrait
from dovetool.portrait.traffic import Traffic


def summary(portrait: Portrait) -> Html:
    """The section."""
    traffic = portrait.traffic
    return section("summary", "Summary", terms(_facts(portrait)), _odd(traffic), _networks(traffic), _encaps(traffic))


def _facts(portrait: Portrait) -> list[tuple[str, object, object]]:
    traffic, seen = portrait.traffic, portrait.maps.seen
    length_ns = traffic.last_ns - traffic.first_ns
    found = Counter(fault.severity for fault in portrait.faults)
    tunnels = traffic.hops.get("underlay", 0)
    in_tunnels = f"{percent(tunnels, traffic.total.frames)} in tunnels" if traffic.total.frames else ""
    tenants = (
        sum(1 for each in traffic.networks if each.vnid is not None) + traffic.networks_in_all - len(traffic.networks)
    )
    odd = sum(traffic.odd.values())
    return [
        ("Frames", number(traffic.total.frames), in_tunnels),
        ("Octets", number(traffic.total.octets), rate(traffic.total.octets, length_ns)),
        ("Time", span(length_ns), ""),
        ("Networks", number(tenants), "tenants seen"),
        ("TEPs", number(seen["teps"]), "tunnel end points seen"),
        ("VMs", number(seen["vms"]), "addresses of tenants seen"),
        (
            "Tunnels and tags cost",
            percent(traffic.overhead, traffic.total.octets) or "0",
            counted(traffic.overhead, "octet"),
        ),
        ("Cut frames", number(traffic.cut), "captured in part"),
        ("Odd frames", number(odd), "not readable to their end"),
        ("Findings", number(len(portrait.faults)), _weights(found)),
    ]


def _weights(found: Counter[str]) -> str:
    return ", ".join(f"{found[weight]} {weight}{'' if found[weight] == 1 else 's'}" for weight in ("error", "warning"))


def _odd(traffic: Traffic) -> Html:
    if not traffic.odd:
        return Html("")
    reasons = (joined(element("code", reason), " ", number(count)) for reason, count in traffic.odd.items())
    parts = [part for reason in reasons for part in (", ", reason)][1:]
    return element("p", "Odd frames, by reason: ", *parts, ".", class_="note")


def _networks(traffic: Traffic) -> Html:
    columns = [
        *words("Network"),
        *numbers("VNID", "Frames", "Octets", "Share", "Overhead", "Mean rate"),
        *words("First frame, UTC", "Last frame, UTC"),
    ]
    rows = [
        (
            Cell(name(each.label), each.label),
            "" if each.vnid is None else each.vnid,
            number_cell(each.amount.frames),
            number_cell(each.amount.octets),
            Cell(percent(each.amount.octets, traffic.total.octets), each.amount.octets),
            Cell(percent(each.overhead, each.amount.octets), each.overhead / (each.amount.octets or 1)),
            Cell(
                rate(each.amount.octets, each.last_ns - each.first_ns),
                each.amount.octets / max(each.last_ns - each.first_ns, 1),
            ),
            time_cell(each.first_ns, traffic),
            time_cell(each.last_ns, traffic),
        )
        for each in traffic.networks
    ]
    left = traffic.networks_in_all - len(traffic.networks)
    others = f"The largest of {number(traffic.networks_in_all)} networks; {number(left)} smaller ones are left out."
    return table("Networks", columns, rows, others if left else "")


def _encaps(traffic: Traffic) -> Html:
    columns = [*words("Headers, the outermost first"), *numbers("Frames", "Octets", "Share", "Overhead a frame")]
    rows = [
        (
            name(each.encap),
            number_cell(each.amount.frames),
            number_cell(each.amount.octets),
            Cell(percent(each.amount.octets, traffic.total.octets), each.amount.octets),
            Cell(amount(each.overhead / each.amount.frames, "octets"), each.overhead / each.amount.frames),
        )
        for each in traffic.encaps
    ]
    return table("Encapsulations", columns, rows)
