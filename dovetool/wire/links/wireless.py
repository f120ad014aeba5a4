"""IEEE 802.11 data frames, by themselves and behind the headers that capturing puts before them.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |Subtype|Typ|Ver|O|P|D|M|R|F|X|T|           Duration            |
    |  Address 1, address 2, address 3 (6 octets each) ...          |
    |  Sequence (12) and fragment (4)   | Address 4 (6), if X and T |
    |  QoS control (2), if the subtype says so | HT control (4), if then O |

O: order, P: protected, D: more data, M: power management, R: retry, F: more fragments, X and T: from and to the
distribution system. Then, perhaps padded to a multiple of four, comes LLC, unless the frame has no data, is encrypted,
is a fragment, or has several frames in it (A-MSDU). Whatever may stand at its end lies behind the IP packet.

    Radiotap:  | Version 0 (1) | Pad (1) | Length (2) | Present (4, more while bit 31) | fields      little-endian
    Prism:     | Message code (4) | Length (4) | ...                                  the byte order of the host
    AVS:       | Version 0x802110xx (4) | Length (4) | ...

Source: IEEE 802.11-2020 section 9.2.4; https://www.radiotap.org; https://www.tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from dovetool.wire.fields import Readable
from dovetool.wire.links.ground import LLC, Ground, Step, behind, little_word, within

IEEE802_11 = 105
_LAYER, _RADIOTAP = "802.11", "radiotap"
_CONTROL = b"\xff\xc7"  # all but Retry, power Management and more Data
_KIND, _DATA = 0x0F, 0x08  # type and version: data, version 0
_NO_DATA, _QOS = 0x40, 0x80  # of the subtype
_TO, _FROM, _MORE_FRAGMENTS, _PROTECTED, _ORDER = 0x01, 0x02, 0x04, 0x40, 0x80
_PLAIN_LEN, _ADDRESS_LEN, _QOS_LEN, _HT_LEN = 24, 6, 2, 4
_SEQUENCE_AT = 22
_SEVERAL = b"\x80"
_TSFT, _FLAGS, _MORE_PRESENT = 1 << 0, 1 << 1, 1 << 31
_PRESENT_SEEN, _PRESENT_MORE_SEEN, _MOST_PRESENT = b"\x03\0\0\x80", b"\0\0\0\x80", 8
_TSFT_LEN = 8
_PADDED = b"\x20"
_AVS = b"\x80\x21\x10"


def wireless(frame: Readable, start: int, link_type: int) -> Ground:
    """An 802.11 frame."""
    return _wireless(frame, start, is_padded=False)


def _wireless(frame: Readable, start: int, *, is_padded: bool) -> Ground:
    kind, flags = frame.take(start, 2, _CONTROL, layer=_LAYER)
    end = start + _PLAIN_LEN
    if kind & _KIND != _DATA or kind & _NO_DATA or flags & (_PROTECTED | _MORE_FRAGMENTS):
        return behind(IEEE802_11, start, end)
    if flags & _TO and flags & _FROM:
        end += _ADDRESS_LEN
    is_readable = not frame.take(start + _SEQUENCE_AT, 1, b"\x0f", layer=_LAYER)[0]  # it is no later fragment
    if kind & _QOS:
        is_readable = is_readable and not frame.take(end, 1, _SEVERAL, layer=_LAYER)[0]
        end += _QOS_LEN + (_HT_LEN if flags & _ORDER else 0)
    if is_padded:
        end += -(end - start) % 4
    return behind(IEEE802_11, start, end, LLC if is_readable else 0)


def radiotap(frame: Readable, start: int, link_type: int) -> Ground:
    """A radiotap header and the 802.11 frame behind it."""
    version = frame.take(start, 1, layer=_RADIOTAP)[0]
    end = start + little_word(frame, start + 2, _RADIOTAP)
    if version:
        return behind(link_type, start, start)
    return within(Step(link_type, start, end), _wireless(frame, end, is_padded=_is_padded(frame, start, end)))


def _is_padded(frame: Readable, start: int, end: int) -> bool:
    """Say whether the flags of a radiotap header tell of padding behind the 802.11 header."""
    present = more = int.from_bytes(frame.take(start + 4, 4, _PRESENT_SEEN, layer=_RADIOTAP), "little")
    at = start + 8
    for _ in range(_MOST_PRESENT):
        if not more & _MORE_PRESENT:
            break
        more = int.from_bytes(frame.take(at, 4, _PRESENT_MORE_SEEN, layer=_RADIOTAP), "little")
        at += 4
    if present & _TSFT:
        at += -(at - start) % _TSFT_LEN + _TSFT_LEN
    return bool(present & _FLAGS and at < end and frame.take(at, 1, _PADDED, layer=_RADIOTAP)[0])


def monitored(frame: Readable, start: int, link_type: int) -> Ground:
    """A Prism or an AVS header, both of which drivers put under either number, and the 802.11 frame behind it."""
    octets = frame.take(start + 4, 4, layer="monitor mode header")
    length = int.from_bytes(octets, "big")
    if frame.take(start, 3, layer="monitor mode header") != _AVS:
        length = min(length, int.from_bytes(octets, "little"))
    end = start + length
    return within(Step(link_type, start, end), _wireless(frame, end, is_padded=False))
