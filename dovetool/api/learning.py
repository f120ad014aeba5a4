"""Maps that are made of captures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from dovetool.api import asking
from dovetool.api.asking import PathLike, Words
from dovetool.api.given import source_of
from dovetool.jobs.learning import LearnJob
from dovetool.jobs.window import window_of
from dovetool.vnid_map import VnidMap


def learn(
    source: PathLike | Sequence[PathLike] | BinaryIO,
    target: PathLike | None = None,
    *,
    from_: str | int | None = None,
    to: str | int | None = None,
    decode_as: Words | None = None,
    tpid: int | str = 0x88B5,
) -> VnidMap:
    """Make a map of what captures show, as `dovetool map learn` does: TEPs, networks, VMs, where and when.

    Args:
        source: the captures: a path or several, in any order, or a file object in binary mode.
        target: also write the map to this file, with comments about what is guessed.
        from_: only from here on: a frame number, "+1.5" seconds after the first frame, or "2026-01-01T00:00:10Z".
        to: only up to here, and this one too; likewise.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag.

    Raises:
        CorruptCaptureError: a capture is damaged; `partial` is the map of all before.
        CaptureError: it is no capture, or the file cannot be written.
        UsageError: a value is none of its kind.

    >>> import dovetool
    >>> seen = dovetool.learn("samples/demo/taps/3-underlay.pcapng")
    >>> dovetool.validate("samples/demo/taps/3-underlay.pcapng", seen).ok
    True
    """
    ends = (None if end is None else str(end) for end in (from_, to))
    with asking.in_python():
        job = LearnJob(source_of(source), asking.path_of(target), window_of(None, *ends))
        learnt = job.carry_out(asking.words_of(decode_as), str(tpid))
    return asking.undamaged(VnidMap.compiled(learnt.result.model), learnt.damage)
