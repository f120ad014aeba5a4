"""Captures are opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from dovetool.api import asking, checks
from dovetool.api.capture import Capture
from dovetool.api.given import source_of
from dovetool.api.reading import Reading
from dovetool.jobs.looking import Looking

if TYPE_CHECKING:
    from dovetool.vnid_map import VnidMap


def open(  # noqa: A001  (it is `dovetool.open`)
    source: asking.PathLike | Sequence[asking.PathLike] | BinaryIO,
    vnid_map: VnidMap | asking.PathLike | None = None,
    *,
    decode_as: asking.Words | None = None,
    tpid: int | str | None = None,
    depth: int = 8,
) -> Capture:
    """Open a capture: pcap or pcapng, plain or compressed with gzip, zstd or lz4; from any hop.

    Args:
        source: its path, or a file object in binary mode, which is read from where it stands. Several paths, or that of
            a folder with captures, are read as one, merged in the order of time.
        vnid_map: gives names, and a verdict on each frame; a map, or the path of a map file.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag; None: the map's, or 0x88B5.
        depth: tunnels looked into at most, 1..64.

    Raises:
        CaptureError: it cannot be opened, is no capture, or ends before any frame can be.
        MapError: the map has mistakes.
        UsageError: a value is none of its kind.
        TypeError: the source is no path and no file object, or a file that was opened in text mode.

    >>> import dovetool
    >>> capture = dovetool.open("samples/strip-mixed/in.pcap")
    >>> sorted({overlay.vnid for frame in capture for overlay in frame.overlays})
    [100, 200, 5001, 5002, 16777215]
    """
    checks.checked(depth=(depth, 1, 64))
    words = asking.words_of(decode_as)
    with asking.in_python():
        looking = Looking.of(source_of(source), asking.map_of(vnid_map), words, asking.tpid_word(tpid), depth)
        if looking.inputs.can_be_read_twice:
            looking.check()
    return Capture(Reading(looking, words or ()))
