"""The pcapng file format, in both directions; `pcapng_blocks` shows how its blocks look.

Everything that is no frame passes through as it was read: names, statistics, secrets, comments, unknown blocks and
options. Times stay ticks of the resolution that the interface chose.

Source: draft-ietf-opsawg-pcapng.
"""

from dovetool.capture.pcapng_blocks import INTERFACE, SECTION, SECTION_MAGIC
from dovetool.capture.pcapng_clock import PcapngClock
from dovetool.capture.pcapng_options import changed, commented, distinct_comments
from dovetool.capture.pcapng_reader import PcapngBlocks
from dovetool.capture.pcapng_writer import PcapngWriter

__all__ = [
    "INTERFACE",
    "SECTION",
    "SECTION_MAGIC",
    "PcapngBlocks",
    "PcapngClock",
    "PcapngWriter",
    "changed",
    "commented",
    "distinct_comments",
]
