"""An open capture around another one, for whoever changes what is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from dovetool.capture.batch import Batch, Interface, Passage
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.pcap import PcapFormat


class WrappedReader(ABC):
    """An open capture; closing it closes the one that it is made of.

    Attributes:
        reader: that one.
    """

    def __init__(self, reader: OpenCapture) -> None:
        self.reader = reader

    @abstractmethod
    def __iter__(self) -> Iterator[Batch | Passage]:
        """Read on."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.reader.name

    @property
    def pcap(self) -> PcapFormat | None:
        """The file header of pcap; None for pcapng."""
        return self.reader.pcap

    @property
    def size(self) -> int | None:
        """Octets of the files; None when one is a pipe."""
        return self.reader.size

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """The interfaces that pcap implies."""
        return self.reader.interfaces

    @property
    def link_types(self) -> set[int]:
        """Those of the frames read so far."""
        return self.reader.link_types

    @property
    def is_short(self) -> bool:
        """It is not worth another thread."""
        return self.reader.is_short

    @property
    def position(self) -> int:
        """Octets taken so far."""
        return self.reader.position

    def close(self) -> None:
        """Close the capture."""
        self.reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
