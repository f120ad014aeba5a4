"""Who moved, and the map as seen against the map as said."""

from __future__ import annotations

from dovetool.pictures.html import Html, element, joined, name
from dovetool.pictures.picture import Picture
from dovetool.pictures.sections.section import end_cell, figure, number_cell, paragraph, section
from dovetool.pictures.table import Cell, numbers, table, terms, words
from dovetool.pictures.words import counted, moment, number
from dovetool.portrait.maps import WHATS, Discord, Maps
from dovetool.portrait.moves import Place
from dovetool.portrait.portrait import Portrait


def moves(portrait: Portrait, picture: Picture | None) -> Html:
    """The section of migrations."""
    found = portrait.moves
    came = f" {counted(found.at_once, 'address', 'addresses')} came from several TEPs in turn, which is no move."
    at_once = came if found.at_once else ""
    if not found.movers:
        return section("moves", "Migrations", paragraph(f"Nobody moved from one TEP to another.{at_once}"))
    told = (
        "A VM has moved when its frames come from one TEP and later from another. Filled: as seen, from its first to"
        f" its last frame there. Hollow: as the map has it.{at_once}"
    )
    rows = [
        (name(each.network), end_cell(each.vm), _stays(each.seen), _stays(each.said) or Html("&mdash;"))
        for each in found.movers
    ]
    left = found.in_all - len(rows)
    others = f"{counted(left, 'other')} that moved are left out." if left else ""
    columns = words("Network", "VM", "As seen, UTC", "As the map has it, UTC")
    return section("moves", "Migrations", paragraph(told), figure(picture), table("Who moved", columns, rows, others))


def _stays(places: list[Place]) -> Html:
    lines = []
    for place in places:
        begin = f" from {moment(place.first_ns)}" if place.first_ns is not None else ""
        end = f" to {moment(place.last_ns)}" if place.last_ns is not None else ""
        frames = f", {counted(place.frames, 'frame')}" if place.frames else ""
        lines.append(joined(name(place.tep), element("small", f"{begin}{end}{frames}")))
    return joined(*[Html(part) for line in lines for part in ("<br>", line)][1:])


def belonging(portrait: Portrait) -> Html:
    """The section of maps."""
    found = portrait.maps
    beyond = (
        paragraph(
            f"Captures show more senders than are kept account of; {counted(found.beyond, 'frame')} behind these are in"
            " neither this section nor that of migrations."
        )
        if found.beyond
        else ""
    )
    facts = terms(
        (title, number(found.seen[key]), f"{number(found.said[key])} in the map" if found.said else "seen")
        for key, title in (("networks", "Networks"), ("teps", "TEPs"), ("vms", "VMs"))
    )
    if not found.said:
        told = paragraph(
            "No map was given. This is what captures show of who belongs where; ",
            element("code", "dovetool map learn"),
            " makes a map of it, to hold later captures against.",
        )
        return section("map", "The map, as seen", told, facts, beyond, _networks(found))
    return section(
        "map", "The map: as seen, and as said", _verdict(found), facts, beyond, _discords(found), _networks(found)
    )


def _verdict(found: Maps) -> Html:
    against = sum(found.counts.get(what, 0) for what in WHATS[:3])
    unseen = found.counts.get(WHATS[3], 0)
    parts = ", ".join(f"{number(found.counts[what])} {what}" for what in WHATS[:3] if found.counts.get(what))
    said = f"What was seen is not as the map has it: {parts}." if against else "All that was seen is as the map has it."
    verb = "was" if unseen == 1 else "were"
    rest = f" {counted(unseen, 'thing')} of the map {verb} not seen, which may be as it should."
    return paragraph(
        said,
        rest if unseen else "",
        " Names, ports of switches and policies do not show in captures, and are left out.",
    )


def _discords(found: Maps) -> Html:
    columns = words("What", "Kind", "Name", "Of it", "As the map says", "As seen")
    rows = [
        (Cell(each.what, f"{WHATS.index(each.what)}"), _kind(each), name(each.name), each.key, each.said, each.seen)
        for each in found.discords
    ]
    left = sum(found.counts.values()) - len(rows)
    others = f"{counted(left, 'other difference')} {'is' if left == 1 else 'are'} left out." if left else ""
    return table("Differences, the weightiest first", columns, rows, others)


def _kind(discord: Discord) -> str:
    return {"tep": "TEP", "vm": "VM"}.get(discord.kind, discord.kind)


def _networks(found: Maps) -> Html:
    columns = [*words("Network"), *numbers("VNID", "VMs", "TEPs"), *words("Behind")]
    rows = [
        (
            name(each.name),
            each.vnid,
            number_cell(each.vms),
            number_cell(len(each.teps)),
            ", ".join(each.teps[:8]) + (f" and {len(each.teps) - 8} more" if len(each.teps) > 8 else ""),
        )
        for each in found.networks
    ]
    left = found.seen["networks"] - len(rows)
    return table("Networks, as seen", columns, rows, f"{counted(left, 'other')} left out." if left > 0 else "")
