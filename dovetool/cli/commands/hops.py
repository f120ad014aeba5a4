"""The commands that do the work of one hop: tag, encap, decap, untag."""

from __future__ import annotations

import typer

from dovetool.cli import options
from dovetool.cli.command import add
from dovetool.cli.options import ChecksumCare


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

    A frame comes in by the port --ingress; or by that of its pcapng interface, if this is named SWITCH/PORT; or at the
    place of the one VM that has its source MAC address.
    """
    from dovetool.cli.rewriting import rewrite
    from dovetool.jobs.hops import tagging
    from dovetool.vnid_map import VnidMap

    return rewrite(tagging(VnidMap.load(map_file), ingress, annotate=asked.annotate), asked, map_file, jobs=jobs)


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

    The packet is addressed to the tunnel end point (TEP) of the target.
    """
    from dovetool.cli.rewriting import rewrite
    from dovetool.jobs.hops import encapsulation
    from dovetool.vnid_map import VnidMap

    plan = encapsulation(VnidMap.load(map_file), tep, encap, enforce=enforce, annotate=asked.annotate)
    return rewrite(plan, asked, map_file, jobs=jobs)


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
    from dovetool.cli.rewriting import rewrite
    from dovetool.jobs.hops import decapsulation
    from dovetool.vnid_map import VnidMap

    verifies = checksums is ChecksumCare.VERIFY
    plan = decapsulation(
        VnidMap.load(map_file), tep, decode_as, verifies=verifies, enforce=enforce, annotate=asked.annotate
    )
    return rewrite(plan, asked, map_file, pieces=pieces, jobs=jobs)


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
    from dovetool.cli.rewriting import Places, rewrite
    from dovetool.jobs.hops import untagging
    from dovetool.vnid_map import VnidMap

    plan = untagging(
        VnidMap.load(map_file), tep, name_receivers=split is not None, enforce=enforce, annotate=asked.annotate
    )
    return rewrite(plan, asked, map_file, places=Places(None, split, overwrite), jobs=jobs)
