"""The headers of a frame one behind the other, as they are put in and taken out.

A tag is put in with its EtherType before it, so that number is a part of it here, and not of the header before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dovetool.frame.view import FrameView
from dovetool.observe.dissection.dissect import dissect
from dovetool.observe.dissection.tree import Dissection, Field, Layer
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe
from dovetool.values import dataclass

PAYLOAD, TYPE = "payload", "EtherType"
_TAGS = ("vlan", "ieee8021ad", "dove", "vntag", "cmd")
_WITH_TYPE = ("eth", *_TAGS)
_TYPE_LEN = 2
_OF_IP = (
    ("ip.dsfield.dscp", "DSCP"),
    ("ip.dsfield.ecn", "ECN"),
    ("ipv6.tclass.dscp", "DSCP"),
    ("ipv6.tclass.ecn", "ECN"),
)
_IS_FRAGMENT = frozenset({"ip.flags.mf", "ip.frag_offset"})


@dataclass(frozen=True, slots=True)
class HeaderPart:
    """A header.

    Attributes:
        offset: where it begins.
        length: octets of it.
        label: what it is, a word or two.
        detail: what it says; empty where that is not told.
    """

    offset: int
    length: int
    label: str
    detail: str = ""

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.offset + self.length


def header_parts(view: FrameView, observe: Observe) -> list[HeaderPart]:
    """The headers of a frame, as far as they can be read; what follows them is one more part, the payload."""
    return list(_parts([layer for layer in dissect(view, observe, Names()).layers if layer.length]))


def outer_facts(dissection: Dissection) -> list[str]:
    """What the IP and UDP headers around all tunnels say besides addresses."""
    facts: list[str] = []
    for layer in dissection.layers:
        if layer.level == 0 and layer.name in ("ip", "ipv6"):
            facts += _ip_facts(layer)
        elif layer.level == 0 and layer.name == "udp":
            facts.append(layer.title.replace(",", "", 1))
    return facts


def _parts(layers: Sequence[Layer]) -> Iterator[HeaderPart]:
    moved = end = 0
    for number, layer in enumerate(layers):
        if layer.offset > end:
            yield HeaderPart(end, layer.offset - end, PAYLOAD)
        start, end = layer.offset - moved, layer.offset + layer.length
        kind = _last_type(layer)
        moved = _TYPE_LEN if kind is not None and _is_tag_at(layers[number + 1 :], end) else 0
        own = end - (_TYPE_LEN if kind is not None else 0)
        yield HeaderPart(start, own - start, *_words(layer))
        if kind is not None and not moved:
            yield HeaderPart(own, _TYPE_LEN, TYPE, kind.shown)


def _last_type(layer: Layer) -> Field | None:
    """The EtherType, or length, that a header ends with."""
    if layer.name not in _WITH_TYPE or not layer.fields:
        return None
    last = layer.fields[-1]
    return last if last.offset + _TYPE_LEN == layer.offset + layer.length and last.length == _TYPE_LEN else None


def _is_tag_at(layers: Sequence[Layer], at: int) -> bool:
    return bool(layers) and layers[0].name in _TAGS and layers[0].offset == at


def _words(layer: Layer) -> tuple[str, str]:
    if layer.name in ("data", "trailer"):
        return (PAYLOAD if layer.name == "data" else "trailer"), ""
    label, _, detail = layer.title.partition(", ")
    if layer.name == "dove":
        detail = _tag_text({each.name: each for each in layer.fields}) or detail
    facts = _ip_facts(layer) if layer.name in ("ip", "ipv6") else []
    return label, ", ".join([detail, *facts] if detail else facts)


def _tag_text(fields: Mapping[str, Field]) -> str:
    """What matters most in a tag; it has to stand beside the octets."""
    if not {"dove.vnid", "dove.pcp"} <= fields.keys():
        return ""
    dei = ", drop eligible" if "dove.dei" in fields and fields["dove.dei"].value else ""
    return f"VNID {fields['dove.vnid'].shown}, priority {fields['dove.pcp'].shown}{dei}"


def _ip_facts(layer: Layer) -> list[str]:
    set_fields = {each.name: each.value for each in layer.fields if each.value}
    facts = [f"{label} {set_fields[name]!s}" for name, label in _OF_IP if name in set_fields]
    return [*facts, *(["a fragment"] if not _IS_FRAGMENT.isdisjoint(set_fields) else [])]
