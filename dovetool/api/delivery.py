"""What arrives by a map: untag, and the whole way at once."""

from __future__ import annotations

from typing import BinaryIO, Unpack, overload

from dovetool.api import asking, checks, options
from dovetool.api.asking import PathLike
from dovetool.api.maps import eyes_by, file_of, needed
from dovetool.api.summary import Summary
from dovetool.api.through import Asked, Given, Rewritten, carried_out
from dovetool.jobs import hops


@overload
def untag(
    source: Given, target: PathLike | BinaryIO, vnid_map: options.GivenMap, **chosen: Unpack[options.Untag]
) -> Summary: ...
@overload
def untag(
    source: Given, target: None = None, *, vnid_map: options.GivenMap, **chosen: Unpack[options.Untag]
) -> Rewritten: ...
def untag(
    source: Given,
    target: PathLike | BinaryIO | None = None,
    vnid_map: options.GivenMap | None = None,
    *,
    tep: str | None = None,
    split: PathLike | None = None,
    overwrite: bool = False,
    enforce: bool = False,
    rejects: PathLike | None = None,
    annotate: bool = False,
    jobs: int = 0,
) -> Summary | Rewritten:
    """Switch, incoming: take off the tag, find the VM's port, as `dovetool untag` does.

    Args:
        source: as for `strip`.
        target: likewise.
        vnid_map: who belongs where; a map, or the path of a map file.
        tep: tunnel end point that the switches are behind, by name; None: told frame by frame.
        split: also write one capture a VM into this directory; with a target only.
        overwrite: captures of `split` may take the place of others.
        enforce: reject what `validate` calls an error, too; else it is among the notes.
        rejects: keep rejected frames in this pcapng file, with the reason as comment.
        annotate: comment each packet, in pcapng.
        jobs: threads; 0: as many as there are cores.

    Returns:
        With a target the summary, else an iterator of frames that has it.

    Raises:
        DovetoolError: as for `strip`.
    """
    known = needed(vnid_map)
    checks.texts(tep=tep)
    with asking.in_python():
        plan = hops.untagging(known, tep, name_receivers=split is not None, enforce=enforce, annotate=annotate)
    eyes = eyes_by(known)
    asked = Asked(source, target, file_of(vnid_map), rejects, split=split, overwrite=overwrite, jobs=jobs, eyes=eyes)
    return carried_out(plan, asked)


@overload
def run(
    source: Given, target: PathLike | BinaryIO, vnid_map: options.GivenMap, **chosen: Unpack[options.Run]
) -> Summary: ...
@overload
def run(
    source: Given, target: None = None, *, vnid_map: options.GivenMap, **chosen: Unpack[options.Run]
) -> Rewritten: ...
def run(
    source: Given,
    target: PathLike | BinaryIO | None = None,
    vnid_map: options.GivenMap | None = None,
    *,
    ingress: str | None = None,
    encap: str | None = None,
    checksums: options.Checksums = "verify",
    taps: PathLike | None = None,
    split: PathLike | None = None,
    overwrite: bool = False,
    enforce: bool = False,
    rejects: PathLike | None = None,
    annotate: bool = False,
    jobs: int = 0,
) -> Summary | Rewritten:
    """All stages at once, from VM to VM: tag, encap, decap, untag, as `dovetool run` has them.

    Args:
        source: as for `strip`.
        target: likewise.
        vnid_map: who belongs where; a map, or the path of a map file.
        ingress: port that the frames come in by, as `"sw1/p1"`; None: told frame by frame.
        encap: encapsulation to use; None: the first that both sides know.
        checksums: what becomes of wrong outer checksums: verify rejects them, ignore asks none.
        taps: also write one capture a hop into this directory; with a target only.
        split: also write one capture a VM into this directory; with a target only.
        overwrite: captures of `split` may take the place of others.
        enforce: reject what `validate` calls an error, too.
        rejects: keep rejected frames in this pcapng file, with the reason as comment.
        annotate: comment each packet, in pcapng.
        jobs: threads; 0: as many as there are cores.

    Returns:
        With a target the summary, which has each stage; else an iterator of frames.

    Raises:
        DovetoolError: as for `strip`.

    >>> import dovetool
    >>> frames = list(dovetool.run("samples/demo/in.pcapng", vnid_map="samples/demo/map.yaml"))
    >>> frames[0].octets == dovetool.open("samples/demo/in.pcapng").frame(1).octets
    True
    """
    known = needed(vnid_map)
    verifies = asking.one_of("checksums", checksums, ("verify", "ignore")) == "verify"
    checks.texts(ingress=ingress, encap=encap)
    with asking.in_python():
        plan = hops.delivery(
            known,
            ingress,
            encap,
            verifies=verifies,
            name_receivers=split is not None,
            enforce=enforce,
            annotate=annotate,
        )
    eyes = eyes_by(known)
    asked = Asked(source, target, file_of(vnid_map), rejects, taps, split, overwrite=overwrite, jobs=jobs, eyes=eyes)
    return carried_out(plan, asked)
