"""Capture files of other formats, told by how they begin: what they are called, and what makes pcapng of them."""

from __future__ import annotations

import shlex
import struct

from dovetool.values import dataclass

PEEK = 80
"""Octets that are enough to tell."""
EDITCAP, ETL2PCAPNG = "editcap", "etl2pcapng"
_COMMANDS = {EDITCAP: "editcap -F pcapng", ETL2PCAPNG: "etl2pcapng"}
_NAMES = {
    b"snoop\0\0\0": "a snoop file",
    bytes.fromhex("34cdb2a1"): "a modified pcap file",  # of Alexey Kuznetzov's libpcap
    bytes.fromhex("a1b2cd34"): "a modified pcap file",
    bytes.fromhex("ac01001c"): "a pcap file of Ixia's",
    bytes.fromhex("1c0001ac"): "a pcap file of Ixia's",
    bytes.fromhex("ab01001c"): "a pcap file of Ixia's",
    bytes.fromhex("1c0001ab"): "a pcap file of Ixia's",
    b"RTSS": "a NetMon file",
    b"GMBU": "a NetMon file",
    b"iptrace 1.0": "an iptrace file",
    b"iptrace 2.0": "an iptrace file",
    b"btsnoop\0": "a btsnoop file",
    b"EyeSDN": "an EyeSDN file",
    b"TRSNIFF data    \x1a": "a Sniffer file",
    b"XCP\0": "a Sniffer file of Windows",
    b"VL\0\0": "a NetXRay file",
    b"ObserverPktBuffe": "an Observer file",
    b"\x7fver": "an EtherPeek file",
    b"\x05VNF": "a Visual Networks file",
    bytes.fromhex("aaaaaaaa"): "a 5View file",
    bytes.fromhex("01104c00"): "a LANalyzer file",
}
_ERF_LEN = 16  # octets of a record's header
_TEXT, _LEAST_OF_TEXT = 256, 9
_MOST_ERF_TYPE = 48
_ERF_YEARS = range(631_152_000, 4_102_444_800)  # 1990 to 2100, in seconds since 1970
_ETL_EVENT_AT = 0x48
_ETL_EVENTS = (b"\x02\x00\x01\xc0", b"\x02\x00\x02\xc0")  # the version of a system header, its kind, its marker
_ETL_SUFFIX = ".etl"


@dataclass(slots=True)
class Conversion:
    """Whether a capture of another format is converted on its way in; it holds for the one input of a command."""

    is_wanted: bool = False


CONVERSION = Conversion()


@dataclass(frozen=True, slots=True)
class Foreign:
    """A format that dovetool does not read.

    Attributes:
        title: what a file of it is called, with its article.
        converter: the program that makes pcapng of it.
    """

    title: str
    converter: str = EDITCAP

    def advice(self, path: str) -> str:
        """The command that makes a capture of a file that dovetool reads."""
        command = f"{_COMMANDS[self.converter]} {shlex.quote(path)} OUT.pcapng"
        return f"{command} makes one of it" + (", or give --convert" if self.converter == EDITCAP else "")


def foreign_format(head: bytes, name: str) -> Foreign | None:
    """What a file is that is neither pcap nor pcapng; None: nothing that is known here.

    Args:
        head: how it begins; `PEEK` octets, or all there are.
        name: what it is called; a trace of Windows may show by its suffix alone.
    """
    title = next((title for magic, title in _NAMES.items() if head.startswith(magic)), None)
    if title is not None:
        return Foreign(title)
    if _is_etl(head, name):
        return Foreign("an ETL trace of Windows", ETL2PCAPNG)
    return Foreign("an ERF file") if _is_erf(head) else None


def _is_etl(head: bytes, name: str) -> bool:
    """It begins with the size of its buffers, a power of two, and with an event of the system."""
    size = int.from_bytes(head[:4], "little")
    if not 1 << 10 <= size <= 1 << 24 or size & (size - 1):
        return False
    return head[_ETL_EVENT_AT:].startswith(_ETL_EVENTS) or name.lower().endswith(_ETL_SUFFIX)


def _is_erf(head: bytes) -> bool:
    """It has no magic number, so its records have to be plausible; text may be so, and has no octet below 9.

    fraction 32, seconds 32 (both little-endian) | type 8 | flags 8 | record length 16 | lost 16 | wire length 16
    """
    if min(head[:_TEXT], default=0) >= _LEAST_OF_TEXT:
        return False
    at = 0
    while len(head) - at >= _ERF_LEN:
        _, seconds = struct.unpack_from("<II", head, at)
        kind, _, length, _, wire = struct.unpack_from("!BBHHH", head, at + 8)
        if not (1 <= kind & 0x7F <= _MOST_ERF_TYPE and seconds in _ERF_YEARS and length >= _ERF_LEN and wire):
            return False
        at += length
    return at > 0
