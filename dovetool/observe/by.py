"""What traffic can be summed up by. The command line offers these words, so this module imports next to nothing."""

from __future__ import annotations

from enum import StrEnum


class By(StrEnum):
    """What traffic is summed up by."""

    VNID = "vnid"
    TEP = "tep"
    HOST = "host"
    PAIR = "pair"
    VM = "vm"
    ENCAP = "encap"
    CONVERSATION = "conversation"
    TIME = "time"
