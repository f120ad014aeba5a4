"""What a codec looked at in a frame: the bits that the flow cache tells frames apart by."""

from __future__ import annotations

from dovetool.frame.view import FrameView
from dovetool.wire import CODECS, ENCAPSULATIONS, Carrier, OverlayHeader


def read_octets(name: str, octets: bytes, behind: bytes = b"", carrier: Carrier | None = None) -> OverlayHeader:
    """A header as that encapsulation reads it, with octets before and behind that are not its own."""
    codec = ENCAPSULATIONS[name] if carrier is None else CODECS[name, carrier]
    read = codec.read(FrameView(b"\xff" * 3 + octets + behind), 3)
    assert read is not None
    return read


def looked_at(name: str, octets: bytes) -> str:
    """The mask of the bits that decided, in hexadecimal, for a header at the start of a frame."""
    view = FrameView(octets)
    ENCAPSULATIONS[name].read(view, 0)
    shape = view.shape()
    mask = bytearray(max(shape.extent, len(octets)))
    for at, word in shape.words:
        mask[at : at + 8] = word.to_bytes(8, "little")
    return mask[: len(octets)].hex()
