"""What capture files are, and what becomes of packets from one to the next."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.analysis.file_facts import About
from dovetool.api import asking, checks
from dovetool.api.asking import PathLike, Words
from dovetool.api.given import places_named
from dovetool.capture.merging.finding import captures_of
from dovetool.capture.merging.opening import Inputs
from dovetool.errors import CaptureError, DamagedInputsError
from dovetool.following.following import By
from dovetool.jobs.following import FollowJob, places_of
from dovetool.jobs.informing import Informing
from dovetool.jobs.looking import Looking
from dovetool.records.following import Following
from dovetool.records.info import Info
from dovetool.views.file_facts import info_record
from dovetool.views.following.follow_json import follow_record
from dovetool.vnid_map import VnidMap


def info(
    source: PathLike | Sequence[PathLike],
    *,
    encaps: bool = False,
    hash: bool = False,  # noqa: A002  (as the option is called)
    decode_as: Words | None = None,
    tpid: int | str | None = None,
    jobs: int = 0,
) -> Info:
    """Say what capture files are, and what is in them, as `dovetool info --json` prints it.

    Args:
        source: a path or several; a folder stands for the captures in it. Each file is told about by itself.
        encaps: look at every frame for encapsulations; else of many frames at a share.
        hash: also the SHA-256 of each file.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag; None: 0x88B5.
        jobs: threads; 0: as many as there are cores.

    Raises:
        CorruptCaptureError: files are damaged, or some of several are no captures; `partial` is what is known.
        CaptureError: it is no capture.
        UsageError: a value is none of its kind.

    >>> import dovetool
    >>> about = dovetool.info("samples/demo/taps/3-underlay.pcapng")["files"][0]
    >>> about["format"], about["frames"], about["encapsulations"]
    ('pcapng', 13, {'vxlan': 13})
    """
    with asking.in_python():
        asking.work_with(jobs)
        inputs = Inputs(captures_of(places_named(source)), in_time_order=False)
        selectors, number = Looking.marks(None, asking.words_of(decode_as), asking.tpid_word(tpid))
        found = list(Informing(inputs, selectors, number, encaps, hash).carry_out())
    abouts = [each for each in found if isinstance(each, About)]
    record = info_record(abouts)
    damages = [each if isinstance(each, CaptureError) else each.damage for each in found]
    told = [damage for damage in damages if damage is not None]
    return asking.undamaged(record, DamagedInputsError(told, exit_code=3 if abouts else 2) if told else None)


def follow(
    captures: PathLike | Sequence[PathLike],
    vnid_map: VnidMap | PathLike | None = None,
    *,
    by: str = "network",
    top: int | None = None,
    rejects: PathLike | None = None,
    decode_as: Words | None = None,
    tpid: int | str | None = None,
    depth: int = 8,
    jobs: int = 0,
) -> Following:
    """Follow packets from capture to capture, as `dovetool follow --json` prints it: lost, late, changed.

    Args:
        captures: paths in the order of the way; a folder holds those of one place, or if it is all, one for each.
        vnid_map: who is behind which TEP; a map, or the path of a map file.
        by: what packets are summed up by in `groups`: network, pair or flow.
        top: so many groups; None: all.
        rejects: keep the lost frames in this pcapng file, with the hop as comment.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag; None: the map's, or 0x88B5.
        depth: tunnels looked into at most, 1..64.
        jobs: threads; 0: as many as there are cores.

    Raises:
        CorruptCaptureError: a capture is damaged; `partial` is what became of all before.
        CaptureError: one is no capture.
        UsageError: a value is none of its kind, or no packet is at two places.
        MapError: the map has mistakes.

    >>> import dovetool
    >>> for hop in dovetool.follow("samples/demo/taps", "samples/demo/map.yaml")["hops"]:
    ...     print(hop["from"].rpartition("/")[2], hop["seen"], hop["lost"])
    1-vm.pcapng 15 1
    2-tagged.pcapng 12 0
    3-underlay.pcapng 13 0
    4-received.pcapng 15 0
    """
    checks.checked(depth=(depth, 1, 64), **({} if top is None else {"top": (top, 0, 1 << 62)}))
    chosen = By(asking.one_of("by", by, By))
    with asking.in_python():
        asking.work_with(jobs)
        places = places_of(places_named(captures))
        words = asking.words_of(decode_as)
        looking = Looking.of(places[0], asking.map_of(vnid_map), words, asking.tpid_word(tpid), depth)
        followed, damages = FollowJob(looking, places, asking.path_of(rejects)).carry_out()
        record = follow_record(followed.summed_up(chosen, top or None))
    return asking.undamaged(record, damages[0] if damages else None)
