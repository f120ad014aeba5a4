"""Rate over time, the spread of source ports, and packet sizes."""

from __future__ import annotations

from dovetool.pictures.html import Html, element
from dovetool.pictures.picture import Picture
from dovetool.pictures.sections.section import end_cell, figure, number_cell, paragraph, section
from dovetool.pictures.sizes_picture import class_text
from dovetool.pictures.table import Cell, Column, numbers, table, words
from dovetool.pictures.words import counted, number, percent
from dovetool.portrait.portrait import Portrait
from dovetool.portrait.ports import Ports
from dovetool.portrait.sizes import Sizes

_SECOND = 10**9


def rates(portrait: Portrait, picture: Picture | None) -> Html:
    """The section of rates."""
    width = f"{portrait.rates.width_ns / _SECOND:g} s"
    hint = element(
        "p",
        f"Octets on the wire in spans of {width}. Drag over the strip below to choose a part of the time; drag the part"
        " to move it, and double-click to have all of it again.",
        class_="hint",
    )
    numbers_of_it = element(
        "details", element("summary", "The numbers"), element("div", class_="table later", data_rates=True)
    )
    return section("rates", "Rate over time", hint, figure(picture), numbers_of_it)


def ports(portrait: Portrait, picture: Picture | None) -> Html:
    """The section of source ports."""
    found = portrait.ports
    if picture is None:
        return section("ports", "ECMP: spread of source ports", paragraph("No tunnel over UDP was seen."))
    told = paragraph(
        "Routers spread tunnels over paths of equal cost by their outer addresses and ports, of which only the source"
        f" port differs between flows (RFC 7348 section 5). {counted(found.frames, 'frame')} have"
        f" {counted(found.ports, 'different port')}. Evenness is the entropy of frames over the ports in use, as a part"
        " of the most that so many ports can have: 1.00 is best, and few ports or a busy one keep paths idle."
    )
    return section("ports", "ECMP: spread of source ports", told, figure(picture, "Tunnels"), _pairs(found))


def _pairs(found: Ports) -> Html:
    columns = [
        *words("From", "To", "Encapsulation"),
        *numbers("Frames", "Ports", "Evenness", "Busiest port", "Its share"),
    ]
    rows = [
        (
            end_cell(each.src),
            end_cell(each.dst),
            each.encap,
            number_cell(each.frames),
            number_cell(each.ports),
            f"{each.evenness:.2f}",
            each.busiest,
            Cell(percent(each.busiest_frames, each.frames), each.busiest_frames / each.frames),
        )
        for each in found.uses
    ]
    left, more = found.pairs - len(rows), "more than " if found.has_more else ""
    others = f"The {number(len(rows))} pairs with the most frames, of {more}{number(found.pairs)}." if left > 0 else ""
    bounded = (
        " So many ports were in use that those of small pairs were given up on the way." if found.is_bounded else ""
    )
    return table("Source ports, by pair of TEPs", columns, rows, others + bounded)


def sizes(portrait: Portrait, picture: Picture | None) -> Html:
    """The section of packet sizes."""
    found = portrait.sizes
    told = paragraph(
        "Octets of a packet, from its IP header on. Tenants' packets are the innermost of each frame; those of the"
        f" underlay carry a tunnel. The longest are {number(found.longest_tenant)} and"
        f" {counted(found.longest_underlay, 'octet')}. What was captured on the sending host may be longer than what"
        " went on the wire: its network card still had to cut it up."
    )
    return section("sizes", "Packet sizes and MTU", told, figure(picture), _fits(found), _classes(found))


def _fits(found: Sizes) -> Html:
    columns = [
        Column("MTU", is_number=True),
        *numbers("Tenants' packets longer", "Share", "Underlay packets longer", "Share"),
    ]
    rows = [
        (
            number_cell(each.mtu),
            number_cell(each.tenant),
            Cell(percent(each.tenant, found.tenant), each.tenant),
            number_cell(each.underlay),
            Cell(percent(each.underlay, found.underlay), each.underlay),
        )
        for each in found.fits
    ]
    return table("What does not fit into an MTU", columns, rows)


def _classes(found: Sizes) -> Html:
    columns = [Column("Octets"), *numbers("Tenants' packets", "Underlay packets")]
    rows = [
        (Cell(class_text(each), f"{each.first:06d}"), number_cell(each.tenant), number_cell(each.underlay))
        for each in found.classes
    ]
    return element("details", element("summary", "The numbers"), table("Packets by size", columns, rows))
