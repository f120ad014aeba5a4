"""What is wrong: the findings of `validate`, with their frames and what they rest on."""

from __future__ import annotations

from dovetool.pictures.html import Html, element
from dovetool.pictures.sections.section import number_cell, paragraph, section
from dovetool.pictures.table import Cell, numbers, table, words
from dovetool.portrait.portrait import Portrait
from dovetool.views.frame_places import frame_places

_WEIGHTS = ("error", "warning", "info")
_MARKS = dict(zip(_WEIGHTS, "■▲●", strict=True))


def troubles(portrait: Portrait) -> Html:
    """The section."""
    basis = (
        "Frames were held against the map, and against the standards of their headers."
        if portrait.map_name
        else "Without a map (-m MAP) it is the form of frames that was looked at: headers, lengths, checksums."
    )
    if not portrait.faults:
        return section("findings", "Findings", paragraph(basis, " Nothing was found."))
    columns = [*words("Weight", "Finding", "What was found"), *numbers("Frames"), *words("First of them", "Rests on")]
    rows = [
        (
            Cell(_weight(fault.severity), _WEIGHTS.index(fault.severity)),
            element("code", fault.reason, title=f"The frame {fault.about}."),
            fault.text,
            number_cell(fault.frames),
            frame_places(fault.places, fault.frames, "…"),
            fault.basis,
        )
        for fault in portrait.faults
    ]
    return section("findings", "Findings", paragraph(basis), table("Findings, the weightiest first", columns, rows))


def _weight(severity: str) -> Html:
    return element("span", element("span", _MARKS[severity], aria_hidden="true"), f" {severity}", class_=severity)
