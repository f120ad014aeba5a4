"""How a pcapng file tells the virtual network of frames that show it no more: by their interface, or by a comment.

An interface whose description is `dovetool vnid=5001` holds frames of that network alone; the same text as a comment
of a packet tells it of that packet, and so does what `--annotate` writes. (A custom option would need a number of our
own, and no other tool would show it.)
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from dovetool.capture.batch import Annex, Batch, Column, Interface
from dovetool.capture.pcapng_clock import PcapngClock
from dovetool.capture.pcapng_options import (
    COMMENT,
    END_MARK,
    IF_DESCRIPTION,
    IF_NAME,
    distinct_comments,
    emit_option,
    options,
    survey,
)

NO_TENANT = -1
_OURS = b"dovetool "
_MARK = re.compile(r"dovetool (?:vnid=|[a-z]+: VNID )([0-9]{1,8})(?![0-9])")
_LAST_VNID = 0xFFFFFF
_MOST_CHARACTERS, _MOST_OF_NETWORK = 15_000, 1_000  # an option has at most 65,535 octets, and a character up to four


def tenant_mark(vnid: int) -> str:
    """The description of an interface, or the comment of a packet, that tells a virtual network."""
    return f"dovetool vnid={vnid}"


def marked_tenant(text: str) -> int:
    """The virtual network that such a text tells; `NO_TENANT` for any other."""
    match = _MARK.match(text)
    return int(match[1]) if match is not None and int(match[1]) <= _LAST_VNID else NO_TENANT


def tenant_interface(interface: Interface, vnid: int, network: str, clock: object) -> Interface:
    """The interface that holds the frames of one network among those of `interface`.

    Its name is followed by the network's; all else that its options say holds for the other one too.

    Args:
        interface: where the frames were captured.
        vnid: the virtual network that they came in.
        network: what that is called.
        clock: of the section, which tells the byte order of options.
    """
    name, raw = f"{_own_name(interface)[:_MOST_CHARACTERS]} {network[:_MOST_OF_NETWORK]}".strip(), b""
    if isinstance(clock, PcapngClock):
        little = clock.little
        raw = b"".join(
            emit_option(found.code, found.value, little=little)
            for found in options(interface.options, little=little)
            if found.code not in (IF_NAME, IF_DESCRIPTION)
        )
        told = emit_option(IF_NAME, name.encode(), little=little)
        told += emit_option(IF_DESCRIPTION, tenant_mark(vnid).encode(), little=little)
        raw = told + raw + END_MARK
    return replace(interface, name=name, options=raw, tenant=vnid)


def _own_name(interface: Interface) -> str:
    """The name without that of a network behind it."""
    if interface.tenant == NO_TENANT:
        return interface.name
    name, mark = interface.name, f"vnid {interface.tenant}"
    return name.removesuffix(mark).rstrip() if name.endswith(mark) else name.rpartition(" ")[0]


def commented_tenants(annex: Annex | None) -> Column | None:
    """The virtual network (n,) that the last comment to tell one tells of each packet; None where none does."""
    if annex is None or not annex.length.any():
        return None
    rows = np.flatnonzero(survey(annex, COMMENT, _OURS).place >= 0)
    if not len(rows):
        return None
    found, which = distinct_comments(annex.take(rows))
    told = [next(filter(lambda each: each != NO_TENANT, map(marked_tenant, reversed(texts))), -1) for texts in found]
    tenants = np.full(len(annex.offset), NO_TENANT, np.int64)
    tenants[rows] = np.array(told, np.int64)[which]
    return tenants


def tenant_of(batch: Batch, row: int) -> int:
    """The virtual network that is told of the frame of a row; a comment is stronger, as it is the packet's own."""
    told = commented_tenants(batch.annex.take(np.array([row]))) if batch.annex is not None else None
    if told is not None and told[0] != NO_TENANT:
        return int(told[0])
    return batch.interfaces[int(batch.interface[row])].tenant
