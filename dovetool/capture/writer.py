"""Write captures: batches in, records out, in the container that the file's name asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from dovetool.capture.batch import Batch, Framing, Passage
from dovetool.capture.framing import Records, fitted, record_sizes
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.pcap import RECORDS, PcapFormat, fill_records, grown
from dovetool.capture.pcapng import PcapngWriter
from dovetool.capture.target import Sink
from dovetool.errors import UsageError
from dovetool.wire.links import link_name

LINKTYPE_ETHERNET = 1
COMPRESSIONS = (".gz", ".zst", ".lz4")


class CaptureWriter(Protocol):
    """What takes the batches and passages of a capture and writes them."""

    sink: Sink

    @property
    def framing(self) -> Framing:
        """The room that records need around frames."""

    def pass_on(self, passage: Passage) -> None:
        """Take a block without a frame to the same place in the output, where the container has such."""

    def records(self, batch: Batch) -> Records:
        """The records of n frames, one at least, which are not written; what they need before them is."""

    def octets_ahead(self, batch: Batch) -> list[tuple[int, int]]:
        """What `write` will put before n frames, one at least: the rows that it comes before, and its octets."""

    def write(self, batch: Batch) -> None:
        """Write frames."""


class PcapWriter:
    """Writes a pcap file."""

    framing = RECORDS

    def __init__(self, sink: Sink, file_format: PcapFormat) -> None:
        self.sink, self._format = sink, file_format

    def begin(self) -> None:
        """Write the file header."""
        self.sink(self._format.emit())

    def pass_on(self, passage: Passage) -> None:
        """Pcap has no such blocks."""

    def records(self, batch: Batch) -> Records:
        """The records of n frames, one at least."""
        return Records(fill_records(fitted(batch, RECORDS), self._format), record_sizes(batch, RECORDS))

    def octets_ahead(self, batch: Batch) -> list[tuple[int, int]]:
        """Nothing: the file header is there."""
        return []

    def write(self, batch: Batch) -> None:
        """Write frames."""
        if len(batch):
            self.sink(self.records(batch).octets)


class FirstLinkWriter(PcapWriter):
    """Writes pcap frames of any link type, as long as all have that of the first one; it begins when that comes."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink, PcapFormat(LINKTYPE_ETHERNET, nanoseconds=True))
        self._has_begun = False

    def end(self) -> None:
        """No more frames come: an empty file of Ethernet is what it is without any."""
        if not self._has_begun:
            self.begin()

    def octets_ahead(self, batch: Batch) -> list[tuple[int, int]]:
        """The file header, before the first frame."""
        return [] if self._has_begun else [(0, PcapFormat.LEN)]

    def records(self, batch: Batch) -> Records:
        """The records of n frames, one at least.

        Raises:
            UsageError: a frame has another link type than the first one.
        """
        if not self._has_begun:
            first = batch.interfaces[int(batch.interface[0])].link_type
            self._format, self._has_begun = replace(self._format, link_type=first), True
            self.begin()
        refuse_other_links(self._format.link_type, batch.link_types)
        return super().records(batch)


def refuse_other_links(link_type: int, link_types: set[int]) -> None:
    """Raise a UsageError where frames are of other link types than that of the pcap file that they go to."""
    others = sorted(link_types - {link_type})
    if others:
        both = f"{link_name(link_type)} and {link_name(others[0])}"
        raise UsageError(f"frames of link types {both} do not fit into one pcap file; pcapng takes them all")


def wants_pcapng(path: Path, reader: OpenCapture) -> bool:
    """True when the output is to be pcapng: by the name's suffix, else as the input."""
    suffixes = [suffix for suffix in path.suffixes[-2:] if suffix not in COMPRESSIONS]
    if suffixes and suffixes[-1] in (".pcap", ".pcapng"):
        return suffixes[-1] == ".pcapng"
    return reader.pcap is None


def pcap_format_like(reader: OpenCapture, *, grows: bool, keeps_link: bool = False) -> PcapFormat:
    """The format of a pcap output: as the input's, with room for longer frames when they grow.

    Its link type is Ethernet, unless the frames of a pcap input keep theirs.
    """
    source = reader.pcap
    if source is None:
        return PcapFormat(LINKTYPE_ETHERNET, nanoseconds=True)
    if source.link_type != LINKTYPE_ETHERNET and not keeps_link:
        source = replace(source, link_type=LINKTYPE_ETHERNET)
    return grown(source) if grows else source


def create_writer(
    sink: Sink, path: Path, reader: OpenCapture, *, grows: bool = False, keeps_link: bool = False
) -> CaptureWriter:
    """A writer for the output `path` of what `reader` reads; its header is written at once.

    Args:
        sink: takes the octets.
        path: the output's name; its suffix tells the container.
        reader: the input.
        grows: frames may become longer than the input's snap length.
        keeps_link: frames keep their link type.
    """
    if wants_pcapng(path, reader):
        return create_pcapng(sink, reader, grows=grows)
    writer = PcapWriter(sink, pcap_format_like(reader, grows=grows, keeps_link=keeps_link))
    writer.begin()
    return writer


def create_alike(sink: Sink, reader: OpenCapture, *, to_pcapng: bool) -> CaptureWriter:
    """A writer for frames that stay as `reader` reads them; its header is written as soon as it is known.

    Args:
        sink: takes the octets.
        reader: the input.
        to_pcapng: write pcapng, else pcap.
    """
    if to_pcapng:
        return create_pcapng(sink, reader)
    if reader.pcap is None:
        return FirstLinkWriter(sink)
    writer = PcapWriter(sink, reader.pcap)
    writer.begin()
    return writer


def create_pcapng(
    sink: Sink, reader: OpenCapture, *, grows: bool = False, rename: Callable[[str], str] | None = None
) -> PcapngWriter:
    """A pcapng writer for what `reader` reads; its section comes from the input where that is pcapng."""
    writer = PcapngWriter(sink, grows=grows, rename=rename)
    if reader.pcap is not None:
        writer.begin()
        for interface in reader.interfaces:
            writer.declare(interface, reader.pcap)
    return writer
