"""Maps that are made of captures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from dovetool.api import asking
from dovetool.api.asking import PathLike, Words
from dovetool.api.given import source_of
from dovetool.jobs.learning import LearnJob
from dovetool.vnid_map import VnidMap


def learn(
    source: PathLike | Sequence[PathLike] | BinaryIO,
    target: PathLike | None = None,
    *,
    decode_as: Words | None = None,
    tpid: int | str = 0x88B5,
) -> VnidMap:
    """Make a map of what captures show, as `dovetool map learn` does: TEPs, networks, VMs, where and when.

    Args:
        source: the captures: a path or several, in any order, or a file object in binary mode.
        target: also write the map to this file, with comments about what is guessed.
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
    with asking.in_python():
        job = LearnJob(source_of(source), asking.path_of(target))
        learnt = job.carry_out(asking.words_of(decode_as), str(tpid))
    return asking.undamaged(VnidMap.compiled(learnt.result.model), learnt.damage)
