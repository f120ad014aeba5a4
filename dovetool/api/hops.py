"""What a hop does by a map on the way out, and a TEP on the way in: tag, encap, decap."""

from __future__ import annotations

from typing import BinaryIO, Unpack, overload

from dovetool.api import asking, checks, options
from dovetool.api.asking import PathLike, Words
from dovetool.api.maps import eyes_by, file_of, needed
from dovetool.api.summary import Summary
from dovetool.api.through import Asked, Given, Rewritten, carried_out
from dovetool.jobs import hops


@overload
def tag(
    source: Given, target: PathLike | BinaryIO, vnid_map: options.GivenMap, **chosen: Unpack[options.Tag]
) -> Summary: ...
@overload
def tag(
    source: Given, target: None = None, *, vnid_map: options.GivenMap, **chosen: Unpack[options.Tag]
) -> Rewritten: ...
def tag(
    source: Given,
    target: PathLike | BinaryIO | None = None,
    vnid_map: options.GivenMap | None = None,
    *,
    ingress: str | None = None,
    rejects: PathLike | None = None,
    annotate: bool = False,
    jobs: int = 0,
) -> Summary | Rewritten:
    """Switch, outgoing: tag frames with their target's VNID, as `dovetool tag` does.

    Args:
        source: as for `strip`.
        target: likewise.
        vnid_map: who belongs where; a map, or the path of a map file.
        ingress: port that the frames come in by, as `"sw1/p1"`; None: told frame by frame.
        rejects: keep rejected frames in this pcapng file, with the reason as comment.
        annotate: comment each packet, in pcapng.
        jobs: threads; 0: as many as there are cores.

    Returns:
        With a target the summary, else an iterator of frames that has it.

    Raises:
        DovetoolError: as for `strip`.

    >>> import dovetool
    >>> frames = dovetool.tag("samples/demo/in.pcapng", vnid_map="samples/demo/map.yaml")
    >>> next(frames).overlays[0].encap
    'dove'
    """
    known = needed(vnid_map)
    checks.texts(ingress=ingress)
    with asking.in_python():
        plan = hops.tagging(known, ingress, annotate=annotate)
    eyes = eyes_by(known)
    return carried_out(plan, Asked(source, target, file_of(vnid_map), rejects, jobs=jobs, eyes=eyes))


@overload
def encap(
    source: Given, target: PathLike | BinaryIO, vnid_map: options.GivenMap, **chosen: Unpack[options.Encap]
) -> Summary: ...
@overload
def encap(
    source: Given, target: None = None, *, vnid_map: options.GivenMap, **chosen: Unpack[options.Encap]
) -> Rewritten: ...
def encap(
    source: Given,
    target: PathLike | BinaryIO | None = None,
    vnid_map: options.GivenMap | None = None,
    *,
    tep: str | None = None,
    encap: str | None = None,
    enforce: bool = False,
    rejects: PathLike | None = None,
    annotate: bool = False,
    jobs: int = 0,
) -> Summary | Rewritten:
    """TEP, outgoing: turn the tag into an overlay header, as `dovetool encap` does.

    Args:
        source: as for `strip`.
        target: likewise.
        vnid_map: who belongs where; a map, or the path of a map file.
        tep: tunnel end point at work, by name; None: told frame by frame.
        encap: encapsulation to use; None: the first that both sides know.
        enforce: reject what `validate` calls an error, too.
        rejects: keep rejected frames in this pcapng file, with the reason as comment.
        annotate: comment each packet, in pcapng.
        jobs: threads; 0: as many as there are cores.

    Returns:
        With a target the summary, else an iterator of frames that has it.

    Raises:
        DovetoolError: as for `strip`.
    """
    known = needed(vnid_map)
    checks.texts(tep=tep, encap=encap)
    with asking.in_python():
        plan = hops.encapsulation(known, tep, encap, enforce=enforce, annotate=annotate)
    eyes = eyes_by(known)
    return carried_out(plan, Asked(source, target, file_of(vnid_map), rejects, jobs=jobs, eyes=eyes))


@overload
def decap(
    source: Given, target: PathLike | BinaryIO, vnid_map: options.GivenMap, **chosen: Unpack[options.Decap]
) -> Summary: ...
@overload
def decap(
    source: Given, target: None = None, *, vnid_map: options.GivenMap, **chosen: Unpack[options.Decap]
) -> Rewritten: ...
def decap(
    source: Given,
    target: PathLike | BinaryIO | None = None,
    vnid_map: options.GivenMap | None = None,
    *,
    tep: str | None = None,
    checksums: options.Checksums = "verify",
    decode_as: Words | None = None,
    enforce: bool = False,
    rejects: PathLike | None = None,
    annotate: bool = False,
    jobs: int = 0,
    fragment_memory: int = 64,
    fragment_packets: int = 4096,
    fragment_timeout: float = 30.0,
) -> Summary | Rewritten:
    """TEP, incoming: turn the overlay header into the tag, as `dovetool decap` does.

    Args:
        source: as for `strip`.
        target: likewise.
        vnid_map: who belongs where; a map, or the path of a map file.
        tep: tunnel end point at work, by name; None: told frame by frame.
        checksums: what becomes of wrong outer checksums: verify rejects them, ignore asks none.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        enforce: reject what `validate` calls an error, too; else it is among the notes.
        rejects: keep rejected frames in this pcapng file, with the reason as comment.
        annotate: comment each packet, in pcapng.
        jobs: threads; 0: as many as there are cores.
        fragment_memory: MB for pieces of packets that are not whole.
        fragment_packets: such packets at a time.
        fragment_timeout: seconds, in capture time, until one is given up.

    Returns:
        With a target the summary, else an iterator of frames that has it.

    Raises:
        DovetoolError: as for `strip`.
    """
    known, words = needed(vnid_map), asking.words_of(decode_as)
    verifies = asking.one_of("checksums", checksums, ("verify", "ignore")) == "verify"
    checks.texts(tep=tep)
    with asking.in_python():
        plan = hops.decapsulation(known, tep, words, verifies=verifies, enforce=enforce, annotate=annotate)
        eyes = eyes_by(known, words)
    bounds = asking.bounds_of(fragment_memory, fragment_packets, fragment_timeout)
    asked = Asked(source, target, file_of(vnid_map), rejects, bounds=bounds, jobs=jobs, eyes=eyes)
    return carried_out(plan, asked)
