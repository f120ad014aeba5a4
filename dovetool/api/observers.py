"""What needs no map: tunnels come off, or become others."""

from __future__ import annotations

from typing import BinaryIO, Unpack, overload

from dovetool.api import asking, checks, options
from dovetool.api.asking import PathLike, Words
from dovetool.api.maps import eyes_by, eyes_of, file_of, loaded
from dovetool.api.summary import Summary
from dovetool.api.through import Asked, Given, Rewritten, carried_out
from dovetool.jobs.looking import Looking
from dovetool.jobs.stripping import stripping
from dovetool.jobs.tenant_form import TenantForm
from dovetool.jobs.translation import translation
from dovetool.observe.names import Names


@overload
def strip(source: Given, target: PathLike | BinaryIO, **chosen: Unpack[options.Strip]) -> Summary: ...
@overload
def strip(source: Given, target: None = None, **chosen: Unpack[options.Strip]) -> Rewritten: ...
def strip(
    source: Given,
    target: PathLike | BinaryIO | None = None,
    *,
    vnid_map: options.GivenMap | None = None,
    depth: int = 8,
    decode_as: Words | None = None,
    tpid: int | str | None = None,
    tenant: options.Tenant | None = None,
    vlan: Words | None = None,
    rejects: PathLike | None = None,
    annotate: bool = False,
    jobs: int = 0,
    fragment_memory: int = 64,
    fragment_packets: int = 4096,
    fragment_timeout: float = 30.0,
) -> Summary | Rewritten:
    """Take off overlay headers and tags; inner frames come out, as `dovetool strip` makes them.

    Frames that carry no overlay pass unchanged. Frames keep the network that they came in: `frame.vnid`, and in pcapng
    an interface for each.

    Args:
        source: a path or several, a file object in binary mode, a capture, or frames (`Frame`, or octets of Ethernet
            frames).
        target: the capture to write, by path or file object; the suffix of its name chooses the format, without one it
            is that of the source. A file appears under its name only once it is whole. None: frames are handed out.
        vnid_map: gives networks their names; a map, or the path of a map file.
        depth: tunnels to take off a frame at most, 1..64.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        tpid: TPID of the DOVE tag; None: the map's, or 0x88B5.
        tenant: where a frame's VNID is kept: interface, vlan, comment or none; None: interface, where OUT is pcapng.
        vlan: VLANs of networks, as `"5001=100"`.
        rejects: keep rejected frames in this pcapng file, with the reason as comment.
        annotate: comment each packet, in pcapng.
        jobs: threads; 0: as many as there are cores.
        fragment_memory: MB for pieces of packets that are not whole.
        fragment_packets: such packets at a time.
        fragment_timeout: seconds, in capture time, until one is given up.

    Returns:
        With a target the summary, else an iterator of frames that has it.

    Raises:
        CorruptCaptureError: the source is damaged; all before was written, and `partial` is the summary of that.
        CaptureError: the source is no capture, or the target cannot be written.
        UsageError: a value is none of its kind, or a file would be for two things.
        MapError: the map has mistakes.

    >>> import dovetool
    >>> frames = dovetool.strip("samples/demo/taps/3-underlay.pcapng")
    >>> frame = next(frames)
    >>> frame.length, frame.overlays, frame.vnid, frame.inner.src_ip
    (42, (), 5001, '10.1.0.10')
    """
    checks.checked(depth=(depth, 1, 64))
    with asking.in_python():
        names = Names(loaded(vnid_map))
        form = None if tenant is None else TenantForm(asking.one_of("tenant", tenant, TenantForm))
        words = asking.words_of(decode_as)
        selectors, number = Looking.marks(names.vnid_map, words, asking.tpid_word(tpid))
        plan = stripping(selectors, number, depth, names, form, asking.words_of(vlan), annotate=annotate)
    bounds = asking.bounds_of(fragment_memory, fragment_packets, fragment_timeout)
    eyes = eyes_of(names.vnid_map, selectors, number)
    asked = Asked(source, target, file_of(vnid_map), rejects, bounds=bounds, jobs=jobs, eyes=eyes)
    return carried_out(plan, asked)


@overload
def translate(source: Given, target: PathLike | BinaryIO, **chosen: Unpack[options.Translate]) -> Summary: ...
@overload
def translate(source: Given, target: None = None, **chosen: Unpack[options.Translate]) -> Rewritten: ...
def translate(
    source: Given,
    target: PathLike | BinaryIO | None = None,
    *,
    to: str | None = None,
    vnid_map: options.GivenMap | None = None,
    tep: str | None = None,
    checksums: options.Checksums = "verify",
    decode_as: Words | None = None,
    rejects: PathLike | None = None,
    annotate: bool = False,
    jobs: int = 0,
    fragment_memory: int = 64,
    fragment_packets: int = 4096,
    fragment_timeout: float = 30.0,
) -> Summary | Rewritten:
    """Turn one encapsulation into another, as `dovetool translate` does.

    Without a map every overlay packet gets the encapsulation `to`, and other frames pass unchanged. With a map, the
    gateway takes what is sent to it, and sends it on to the TEP of the target.

    Args:
        source: as for `strip`.
        target: likewise.
        to: encapsulation to translate into: vxlan, vxlan-gpe, geneve, nvgre or gretap; with a map, else as it says.
        vnid_map: do the work of a gateway in this map; a map, or the path of a map file.
        tep: the gateway at work, by name; None: the only one.
        checksums: what becomes of wrong outer checksums: verify rejects them, ignore asks none.
        decode_as: what else marks an overlay, as `"udp.port==4799,vxlan"`, or several of these.
        rejects: keep rejected frames in this pcapng file, with the reason as comment.
        annotate: comment each packet, in pcapng.
        jobs: threads; 0: as many as there are cores.
        fragment_memory: MB for pieces of packets that are not whole.
        fragment_packets: such packets at a time.
        fragment_timeout: seconds, in capture time, until one is given up.

    Returns:
        With a target the summary, whose `loss` has what the new header has no place for; else an iterator of frames.

    Raises:
        DovetoolError: as for `strip`.

    >>> import dovetool
    >>> frame = next(dovetool.translate("samples/demo/taps/3-underlay.pcapng", to="geneve"))
    >>> frame.overlays[0].encap, frame.vnid
    ('geneve', 5001)
    """
    checks.texts(to=to, tep=tep)
    verifies = asking.one_of("checksums", checksums, ("verify", "ignore")) == "verify"
    with asking.in_python():
        known, words = loaded(vnid_map), asking.words_of(decode_as)
        plan = translation(to, known, tep, words, annotate=annotate, verifies=verifies)
        eyes = eyes_by(known, words)
    bounds = asking.bounds_of(fragment_memory, fragment_packets, fragment_timeout)
    asked = Asked(source, target, file_of(vnid_map), rejects, bounds=bounds, jobs=jobs, eyes=eyes)
    return carried_out(plan, asked)
