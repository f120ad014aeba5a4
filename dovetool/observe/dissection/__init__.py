"""A frame taken apart, layer by layer and bit by bit, for people to look at.

`tree` holds what comes out, `layout` describes headers as runs of bit fields, the other modules hold the descriptions,
and `dissect` walks through a frame. Where headers begin is found by the same functions that the stages decide with.
"""

from dovetool.observe.dissection.dissect import dissect
from dovetool.observe.dissection.parts import PAYLOAD, TYPE, HeaderPart, header_parts, outer_facts
from dovetool.observe.dissection.tree import Dissection, Field, Layer, Note

__all__ = [
    "PAYLOAD",
    "TYPE",
    "Dissection",
    "Field",
    "HeaderPart",
    "Layer",
    "Note",
    "dissect",
    "header_parts",
    "outer_facts",
]
