"""What the compiled core does to digest frames, in plain Python; the digests are others, and as equal."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from dovetool.engine.plain_kernel import Column, Numbers, Octets, Words

_LEN = 16


def digest_frames(
    octets: Octets,
    offset: Column,
    end: Column,
    kinds: Numbers,
    begins: Column,
    holes: Column,
    secret: Words,
    out: Words,
) -> None:
    """Digest a part of each frame; see `core.digests`."""
    key = secret.tobytes()
    for row, (start, stop, kind) in enumerate(zip(offset.tolist(), end.tolist(), kinds.tolist(), strict=True)):
        at, hashed, total = int(begins[kind]), blake2b(digest_size=_LEN, key=key), 0
        edges = holes[kind].tolist()
        for begin, behind in zip((*edges[::2], stop), (*edges[1::2], stop), strict=True):
            if at < stop:
                part = octets[start + at : start + max(at, min(begin, stop))].tobytes()
                total += len(part)
                hashed.update(part + total.to_bytes(8, "little"))
            at = max(behind, at)
        out[:, row] = np.frombuffer(hashed.digest(), np.uint64)
