"""The commands that do the work of one hop: tag, encap, decap, untag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dovetool.cli import options
from dovetool.cli.command import add
from dovetool.cli.options import ChecksumCare

if TYPE_CHECKING:
    from dovetool.stages.stage import Stage


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    add(app, tag, "tag vm.pcap tagged.pcap -m map.yaml --ingress sw1/p1")
    add(app, encap, "encap tagged.pcap underlay.pcap -m map.yaml --rejects lost.pcapng")
    add(app, decap, "decap underlay.pcap tagged.pcap -m map.yaml --tep tep2")
    add(app, untag, "untag tagged.pcap vm.pcap -m map.yaml --split by-vm")


def tag(
    map_file: options.MapPath,
    ingress: options.Ingress = None,
    *,
    asked: options.Rewriting,
    jobs: options.Jobs = 0,
) -> int:
    """Switch, outgoing: tag frames with their target's VNID.

    The port of a frame is --ingress, or its pcapng interface when that is named SWITCH/PORT, or the place of the one VM
    that has its source MAC address.
    """
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import map_annotator, port_named
    from dovetool.stages.switch import Tag
    from dovetool.vnid_map import VnidMap

    vnid_map = VnidMap.load(map_file)
    stage = Tag(vnid_map, port_named(vnid_map, ingress))
    job = Job("tag", asked, map_file=map_file, jobs=jobs, grows=True, annotator=map_annotator(asked.annotate, vnid_map))
    return job.carry_out(lambda _: [stage])


def encap(
    map_file: options.MapPath,
    tep: options.TepName = None,
    encap: options.EncapName = None,
    enforce: options.Enforce = False,
    *,
    asked: options.Rewriting,
    jobs: options.Jobs = 0,
) -> int:
    """TEP, outgoing: turn the tag into an overlay header.

    It is addressed to the tunnel end point of the target.
    """
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import encap_named, map_annotator, require_macs, tep_named
    from dovetool.stages.encap import Encap
    from dovetool.stages.ingress import underlay_names
    from dovetool.vnid_map import VnidMap

    vnid_map = VnidMap.load(map_file)
    local = tep_named(vnid_map, tep)
    require_macs(vnid_map, local)
    stage = Encap(vnid_map, local, encap_named(encap))
    job = Job(
        "encap",
        asked,
        map_file=map_file,
        jobs=jobs,
        grows=True,
        annotator=map_annotator(asked.annotate, vnid_map),
        underlay_name=underlay_names(vnid_map),
    )
    stages: list[Stage] = [stage]
    if enforce:
        from dovetool.audit.enforced import enforced

        stages = enforced([stage], vnid_map)
    return job.carry_out(lambda _: stages)


def decap(
    map_file: options.MapPath,
    tep: options.TepName = None,
    checksums: options.Checksums = ChecksumCare.VERIFY,
    decode_as: options.DecodeAs = None,
    enforce: options.Enforce = False,
    *,
    asked: options.Rewriting,
    jobs: options.Jobs = 0,
    pieces: options.Pieces,
) -> int:
    """TEP, incoming: turn the overlay header into the tag."""
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import fragment_bounds, map_annotator, map_selectors, tep_named
    from dovetool.stages.decap import Decap
    from dovetool.vnid_map import VnidMap

    vnid_map = VnidMap.load(map_file)
    verifies, selectors = checksums is ChecksumCare.VERIFY, map_selectors(vnid_map, decode_as)
    stage = Decap(vnid_map, tep_named(vnid_map, tep), selectors, verifies=verifies)
    job = Job(
        "decap",
        asked,
        map_file=map_file,
        jobs=jobs,
        bounds=fragment_bounds(pieces),
        annotator=map_annotator(asked.annotate, vnid_map, decode_as),
    )
    stages: list[Stage] = [stage]
    if enforce:
        from dovetool.audit.enforced import enforced

        stages = enforced([stage], vnid_map, selectors, verifies=verifies)
    return job.carry_out(lambda _: stages)


def untag(
    map_file: options.MapPath,
    tep: options.TepName = None,
    split: options.SplitDir = None,
    overwrite: options.Overwrite = False,
    enforce: options.Enforce = False,
    *,
    asked: options.Rewriting,
    jobs: options.Jobs = 0,
) -> int:
    """Switch, incoming: take off the tag, find the VM's port."""
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import map_annotator, tep_named
    from dovetool.stages.untag import Untag
    from dovetool.vnid_map import VnidMap

    vnid_map = VnidMap.load(map_file)
    stage = Untag(vnid_map, tep_named(vnid_map, tep), name_receivers=split is not None)
    job = Job(
        "untag",
        asked,
        map_file=map_file,
        jobs=jobs,
        split=split,
        overwrite=overwrite,
        annotator=map_annotator(asked.annotate, vnid_map),
    )
    stages: list[Stage] = [stage]
    if enforce:
        from dovetool.audit.enforced import enforced

        stages = enforced([stage], vnid_map)
    return job.carry_out(lambda _: stages)
