"""Frame check sequences: where a capture says that its frames end in one, it is taken off as they are read.

So nothing behind the reader meets one, and nothing that is written declares one. Inside a tunnel there is none.

Three places may tell its length: the upper four bits of the link type word of a pcap file, if bit 26 is set (words of
16 bits); the option `if_fcslen` of a pcapng interface; bits 5 to 8 of `epb_flags`, which hold for one packet and
override that option (octets).

Source: draft-ietf-opsawg-pcap section 4; draft-ietf-opsawg-pcapng sections 4.2 and 4.3.1.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dovetool.capture.batch import Annex, Batch, Column
from dovetool.capture.copying import gather, scatter
from dovetool.capture.pcapng_options import IF_FCSLEN, changed, options, without_option

_PRESENT = 0x0400_0000
_LENGTH_SHIFT, _ETHERNET_OCTETS = 28, 4
_LONGEST = 15  # octets, as many as `epb_flags` can tell
_FLAGS_LEN, _FLAGS_MASK, _FLAGS_SHIFT = 4, 0x1E0, 5


def fcs_of_word(word: int) -> int:
    """Octets of the frame check sequence that the link type word of a pcap file tells.

    A 4 there is meant as octets, as earlier drafts had it: none has eight.
    """
    if not word & _PRESENT:
        return 0
    length = word >> _LENGTH_SHIFT
    return length if length == _ETHERNET_OCTETS else 2 * length


def fcs_of_interface(raw: bytes, *, little: bool) -> tuple[int, bytes]:
    """Octets of the frame check sequence that the options of an interface tell, and the options without that one.

    The draft has bits and Wireshark octets, so a number that is too large for octets is taken for bits.
    Raises an OptionError when an option reaches beyond the others.
    """
    told = next((found.value[0] for found in options(raw, little=little) if found.code == IF_FCSLEN and found.value), 0)
    if not told:
        return 0, raw
    return told if told <= _LONGEST else told // 8, without_option(raw, IF_FCSLEN, little=little)


def fcs_of_packets(annex: Annex, place: Column, fcs: Column) -> Column:
    """Octets of the frame check sequence of n packets by their own flags, which tell none from then on.

    Args:
        annex: the options of the packets.
        place: (n,) where the flags of each packet stand among them; -1 for none.
        fcs: (n,) octets that the interfaces tell.
    """
    rows = np.flatnonzero(place >= 0)
    length = gather(annex.octets, place[rows] - 2, 2).view("<u2" if annex.little else ">u2")
    rows = rows[length == _FLAGS_LEN]
    if not len(rows):
        return fcs
    word = np.dtype("<u4" if annex.little else ">u4")
    flags = gather(annex.octets, place[rows], 4).view(word)
    told = (flags & _FLAGS_MASK) >> _FLAGS_SHIFT
    telling = np.flatnonzero(told)
    if len(telling):
        fcs = fcs.copy()
        fcs[rows[telling]] = told[telling]
        cleared = flags[telling] & ~np.uint32(_FLAGS_MASK)  # in the byte order of this machine
        scatter(annex.octets, place[rows[telling]], cleared.astype(word), 4)
    return fcs


def without_fcs(batch: Batch, fcs: Column) -> Batch:
    """The frames without what `fcs` (n,) octets they end in; of one that capturing cut, some or all may be missing."""
    had = fcs > 0
    if not had.any():
        return batch
    wire = np.maximum(batch.wire_len - fcs, 0)
    return replace(
        batch,
        caplen=np.minimum(batch.caplen, np.where(had, wire, batch.caplen)),
        orig_len=np.where(had, wire, batch.orig_len),
        annex=changed(batch.annex, had) if batch.annex is not None else None,
        had_fcs=had,
        framed_for=None,
    )
