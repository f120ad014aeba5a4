"""One frame in full: its layers field by field, as Wireshark draws them, and its octets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from dovetool.analysis.found_frames import SeenFrame
from dovetool.observe.dissection import Dissection, Field, Layer
from dovetool.views.plain import printable
from dovetool.vnid_map.texts import time_text

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = ("cyan", "green", "yellow", "magenta", "blue", "bright_red", "bright_cyan", "bright_green")
_NOTE_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
_PER_LINE = 16
_GAPS = (" ",) * 7 + ("  ",) + (" ",) * 8
"""What stands behind each octet of a line."""


def frame_title(frame: SeenFrame) -> str:
    """The frame in one line."""
    known = frame.known
    captured, wire = len(known.frame.octets), max(known.frame.orig_len, len(known.frame.octets))
    cut = f" ({captured} captured)" if captured < wire else ""
    where = f", {known.interface}" if known.interface else ""
    return printable(f"Frame {known.number}: {wire} octets{cut}, {time_text(known.ts_ns)}{where}")


def detail(frame: SeenFrame, dissection: Dissection) -> Iterator[Text]:
    """The layers of a frame; what was worked out, and stands nowhere in it, is in brackets."""
    from rich.text import Text

    yield Text(frame_title(frame), style="bold")
    for comment in frame.comments:
        yield Text(f"[Comment: {printable(comment)}]", style="italic")
    styles = layer_styles(dissection)
    for number, layer in enumerate(dissection.layers):
        indent = "  " * layer.level
        title = f"[{layer.title}]" if dissection.is_placed and not layer.length else layer.title
        yield Text(f"{indent}{printable(title)}", style=f"bold {styles[number]}")
        for each in layer.fields:
            yield _field(each, indent, is_generated=dissection.is_placed and each.is_generated)
        for note in layer.notes:
            yield Text(f"{indent}    [{note.severity}: {printable(note.text)}]", style=_NOTE_STYLES[note.severity])
    if frame.sighting.verdict is not None:
        verdict = ", ".join(frame.sighting.verdict)
        yield Text(f"[Map: {printable(verdict) or 'ok'}]", style="red" if verdict else "green")


def _field(each: Field, indent: str, *, is_generated: bool) -> Text:
    from rich.text import Text

    text = f"{each.label}: {printable(each.shown)}"
    if is_generated:
        return Text(f"{indent}    [{text}]", style="dim")
    line = Text(f"{indent}    ")
    if each.bits:
        line.append(f"{each.bits} = ", style="dim")
    return line.append(text)


def layer_styles(dissection: Dissection) -> list[str]:
    """A colour for each layer."""
    return [_STYLES[number % len(_STYLES)] for number in range(len(dissection.layers))]


def hex_view(octets: bytes, dissection: Dissection) -> Iterator[Text]:
    """The octets of a frame, 16 a line, each in the colour of its layer, and what the colours stand for."""
    from rich.text import Text

    styles, owners = layer_styles(dissection), _owners(octets, dissection)
    for start in range(0, len(octets), _PER_LINE):
        line, letters = Text(f"{start:04x}  "), Text("")
        for owner, run in groupby(range(start, min(start + _PER_LINE, len(octets))), owners.__getitem__):
            places = list(run)
            style = styles[owner] if owner >= 0 else ""
            line.append("".join(f"{octets[at]:02x}{_GAPS[at % _PER_LINE]}" for at in places), style=style)
            letters.append("".join(chr(octets[at]) if 32 <= octets[at] < 127 else "." for at in places), style=style)
        line.append(" " * (6 + _PER_LINE * 3 + 2 - len(line.plain)))
        yield line.append(letters)
    legend = Text("      ")
    for number, layer in enumerate(dissection.layers):
        if layer.length:
            legend.append(f"{_range(layer)} {layer.name}", style=styles[number]).append("  ")
    legend.rstrip()
    yield legend


def _range(layer: Layer) -> str:
    return f"{layer.offset:x}-{layer.offset + layer.length - 1:x}"


def _owners(octets: bytes, dissection: Dissection) -> list[int]:
    """The number of the layer that each octet belongs to; -1 for none."""
    owners = [-1] * len(octets)
    for number, layer in enumerate(dissection.layers):
        end = min(layer.offset + layer.length, len(octets))
        owners[layer.offset : end] = [number] * max(end - layer.offset, 0)
    return owners
