"""Capture files asked about themselves: each is opened, read, and closed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.analysis.file_facts import About, Clerk
from dovetool.capture.merging.opening import Inputs
from dovetool.capture.names import name_of
from dovetool.capture.reader import CaptureReader
from dovetool.engine.reading import read_through
from dovetool.engine.threads import THREADS
from dovetool.errors import CaptureError, CorruptCaptureError, UsageError
from dovetool.jobs.watch import Watch
from dovetool.observe.observe import Detail, Observe
from dovetool.values import dataclass

if TYPE_CHECKING:
    from dovetool.frame.selectors import Selectors
    from dovetool.frame.view import FrameView


@dataclass(frozen=True, slots=True)
class Informing:
    """What is asked.

    Attributes:
        inputs: the files.
        selectors: what marks an overlay packet.
        tpid: TPID of the DOVE tag.
        looks_at_all: every frame is asked for its encapsulations, and not a share of many.
        hashes: the content of each file is hashed.
        watch: who is told meanwhile.
    """

    inputs: Inputs
    selectors: Selectors
    tpid: int
    looks_at_all: bool = False
    hashes: bool = False
    watch: Watch = Watch()

    def carry_out(self) -> Iterator[About | CaptureError]:
        """What is to be told about each file, in order; of one among several that is no capture, why it is not.

        Raises:
            UsageError: a pipe is to be hashed.
            CaptureError: the only file is no capture.
        """
        self.refuse_read_once()
        for path in self.inputs.paths:
            try:
                yield self.about(path)
            except CaptureError as error:
                if self.inputs.single is not None:
                    raise
                yield error

    def refuse_read_once(self) -> None:
        """Raise a UsageError where a file is to be hashed that can be read but once."""
        if self.hashes and not self.inputs.can_be_read_twice:
            raise UsageError("--hash reads a file twice; a pipe can be read once")

    def about(self, path: Path) -> About:
        """What is to be told about one of them; raises a CaptureError where it is no capture."""
        observe = Observe(self.selectors, self.tpid, detail=Detail.TUNNELS)

        def encap_of(view: FrameView) -> str:
            return "/".join(overlay.encap for overlay in observe.observe(view).overlays) or "none"

        clerk = Clerk(encap_of, looks_at_all=self.looks_at_all)
        with CaptureReader(path, ahead=THREADS.count > 1) as reader:
            clerk.begin(reader.interfaces)
            with self.watch.show("info", reader.size) as progress:
                damage: CorruptCaptureError | None = read_through(reader, clerk.take, clerk.meet, progress)
            compression, size, pcap = reader.compression, reader.size, reader.pcap
        self.watch.tell_links(reader.link_types)
        digest = _sha256(path) if self.hashes else None
        return About(name_of(path), clerk.facts, pcap, compression, size, digest, damage)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror}") from error
