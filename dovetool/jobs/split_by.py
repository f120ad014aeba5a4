"""What `split` can be asked for."""

from __future__ import annotations

from enum import StrEnum


class SplitBy(StrEnum):
    """What frames are sorted by."""

    VNID = "vnid"
    VM = "vm"
    TEP = "tep"
    ENCAP = "encap"
    REASON = "reason"


class Format(StrEnum):
    """The format of the captures."""

    PCAP = "pcap"
    PCAPNG = "pcapng"
