"""What a capture is for who reads it: one file, or several that have become one."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from dovetool.capture.batch import Batch, Interface, Passage
    from dovetool.capture.pcap import PcapFormat


class OpenCapture(Protocol):
    """An open capture; iterate to get its batches, and a passage for each block that holds no frame."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def pcap(self) -> PcapFormat | None:
        """The file header of pcap; None for pcapng."""

    @property
    def size(self) -> int | None:
        """Octets of the files; None when one is a pipe."""

    @property
    def link_types(self) -> set[int]:
        """Those of the frames read so far."""

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """The interfaces that pcap implies; those of pcapng are among the blocks."""

    @property
    def is_short(self) -> bool:
        """It is not worth another thread."""

    @property
    def position(self) -> int:
        """Octets taken so far."""

    def __iter__(self) -> Iterator[Batch | Passage]:
        """Read on; raises a CorruptCaptureError after what is good."""

    def close(self) -> None:
        """Close the files."""

    def __enter__(self) -> Self:
        """Itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files."""
