"""The DOVE tag, with all that there is to say about it; the Wireshark dissector says the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dovetool.frame.tags import MOST_TAGS
from dovetool.frame.view import FrameView
from dovetool.observe.dissection.layout import length_of, read_fields
from dovetool.observe.dissection.overlay_headers import DOVE, DOVE_LENGTH, DOVE_TYPE
from dovetool.observe.dissection.tree import Field, Layer, Note, NoteSeverity
from dovetool.observe.names import Names

_LONGEST = 1500
"""What lies between this and the first EtherType is no length either (IEEE 802.3-2022 section 3.2.6)."""
TAG_LEN = length_of(DOVE) + length_of(DOVE_TYPE)
"""Octets of the tag without its TPID, and of the EtherType or length that follows."""


def tag_layer(view: FrameView, at: int, end: int, tpid: int, names: Names, *, too_deep: bool) -> Layer:
    """The tag at octet `at`, behind its TPID, in a frame that ends at octet `end` on the wire.

    Behind a tag that is one too many in its frame, nothing is looked into.
    """
    octets = view.octets[at : min(at + TAG_LEN, end)]
    ethertype = int.from_bytes(octets[4:6], "big")
    is_length = len(octets) == TAG_LEN and ethertype <= _LONGEST
    layout = DOVE if too_deep else DOVE + (DOVE_LENGTH if is_length else DOVE_TYPE)
    fields = list(read_fields(layout, octets, at)) if len(octets) >= length_of(DOVE) else []
    values = {field.name: field.value for field in fields}
    vnid = values.get("dove.vnid")
    network = names.network(vnid) if isinstance(vnid, int) else None
    generated = [Field("dove.tpid", "TPID", tpid, f"0x{tpid:04x}")]
    if network is not None:
        generated.append(Field("dove.vnid_name", "Network", network, network))
    if is_length and not too_deep and end > at + TAG_LEN + ethertype:
        generated.append(_trailing(view, at + TAG_LEN + ethertype, end))
    notes = [*_cut(view, at, end), *_notes(values)]
    if too_deep and len(octets) == TAG_LEN:
        notes.append(
            Note("dove.expert.depth", NoteSeverity.WARNING, f"More than {MOST_TAGS} tags in a frame: not looked into")
        )
    elif is_length and at + TAG_LEN + ethertype > end:
        notes.append(Note("dove.expert.length", NoteSeverity.ERROR, "The length is beyond the frame"))
    return Layer("dove", _title(values, network), at, len(octets), (*generated, *fields), tuple(notes))


def _trailing(view: FrameView, at: int, end: int) -> Field:
    octets = view.octets[at:end]
    return Field("dove.trailing", "Octets behind the length", octets, octets.hex(), at, len(octets), 0, octets)


def _title(values: Mapping[str, object], network: str | None) -> str:
    if "dove.vnid" not in values:
        return "DOVE tag"
    name = f" ({network})" if network is not None else ""
    return f"DOVE tag, PCP: {values['dove.pcp']}, DEI: {values['dove.dei']:d}, VNID: {values['dove.vnid']}{name}"


def _cut(view: FrameView, at: int, end: int) -> Iterator[Note]:
    """Which end was met: that of the frame, or that of what was captured of it."""
    if end < at + TAG_LEN:
        yield Note("dove.expert.short", NoteSeverity.ERROR, "The frame ends inside the tag")
    elif len(view.octets) < end:
        yield Note(
            "dove.expert.cut", NoteSeverity.NOTE, f"Cut by the snap length: {end - len(view.octets)} octets are missing"
        )


def _notes(values: Mapping[str, object]) -> Iterator[Note]:
    if values.get("dove.pad"):
        yield Note("dove.expert.pad", NoteSeverity.WARNING, "Pad bits are set")
    if values.get("dove.vnid") == 0:
        yield Note("dove.expert.vnid_zero", NoteSeverity.NOTE, "VNID 0 is no network")
