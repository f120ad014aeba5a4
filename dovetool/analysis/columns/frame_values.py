"""The columns that are about frames alone, whatever they carry; and the hash, which is of the whole packet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b

import numpy as np

from dovetool.analysis.columns.cells import Cells
from dovetool.analysis.found_frames import FoundFrames
from dovetool.analysis.time_bins import SECOND
from dovetool.observe.observation import DOVE, Observation
from dovetool.vnid_map.texts import time_text
from dovetool.wire.dove_tag import DoveTag

_HASH_LEN = 8


def _times(found: FoundFrames) -> Cells:
    times = list(found.batch.exact_times())
    return Cells(np.arange(len(times)), times)


def _time_texts(found: FoundFrames) -> Cells:
    """As `time_text` writes them; what frames of the same second share is written once."""
    seconds: dict[int, str] = {}
    texts = []
    for ts_ns in found.batch.exact_times():
        second, fraction = divmod(ts_ns, SECOND)
        begin = seconds.get(second)
        if begin is None:
            begin = seconds[second] = time_text(second * SECOND).removesuffix("Z")
        texts.append(f"{begin}.{fraction:09d}".rstrip("0") + "Z" if fraction else f"{begin}Z")
    return Cells(np.arange(len(texts)), texts)


def _comments(found: FoundFrames) -> Cells:
    told, count = found.comments(), len(found)
    if told is None:
        return Cells(np.zeros(count, np.int64), _NO_COMMENTS)
    return Cells(np.arange(count), [told(row) for row in range(count)])


_NO_COMMENTS: list[tuple[str, ...]] = [()]


def _hashes(found: FoundFrames) -> Cells:
    """Of the packet from its IP header to the end that this tells; of other frames all but tags of ours."""
    looks = found.look_numbers().tolist() if len(found) else []
    texts = []
    for look, frame in zip(looks, found.frames(), strict=True):
        seen = found.sightings.looks[look].seen
        end = max(frame.orig_len, len(frame.octets)) - seen.inner.behind
        packet = _packet(seen, frame.octets[: max(end, 0)])
        texts.append(blake2b(packet, digest_size=_HASH_LEN).hexdigest())
    return Cells(np.arange(len(texts)), texts)


def _packet(seen: Observation, octets: bytes) -> bytes:
    inner = seen.inner
    if inner.protocol is not None:
        return _ip_packet(octets[inner.ip_at :])
    for at in reversed([overlay.at for overlay in inner.overlays if overlay.encap == DOVE]):
        octets = octets[:at] + octets[at + DoveTag.LEN :]
    return octets[inner.start :]


def _ip_packet(octets: bytes) -> bytes:
    """Without what stands behind its end: padding."""
    is_ipv4 = octets[0] >> 4 == 4
    length = int.from_bytes(octets[2:4] if is_ipv4 else octets[4:6], "big")
    return octets[: length + (0 if is_ipv4 else 40)] if length else octets


OF_FRAMES: Mapping[str, Callable[[FoundFrames], Cells]] = {
    "number": lambda found: Cells(found.numbers),
    "time": _time_texts,
    "time_ns": _times,
    "length": lambda found: Cells(found.batch.wire_len),
    "captured": lambda found: Cells(found.batch.caplen),
    "comments": _comments,
    "hash": _hashes,
}
"""What frames have in these columns."""
