"""The commands that rewrite captures: strip, translate and run; those of a single hop are beside them."""

from __future__ import annotations

import typer

from dovetool.cli import options
from dovetool.cli.command import add
from dovetool.cli.configured import IN_FORCE
from dovetool.cli.options import ChecksumCare
from dovetool.cli.selection import OptionalTpid


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    add(
        app,
        strip,
        "strip underlay.pcap inner.pcap",
        "strip -d udp.port==4799,vxlan in.pcapng out.pcapng",
        "strip in.pcap out.pcap --vlan 5001=100",
        "strip leaf1.pcapng leaf2.pcapng inner.pcapng --dedup",
        "tcpdump -U -i eth0 -w - | dovetool strip - inner.pcapng.zst --rotate-size 100MB --ring 50",
    )
    add(
        app,
        translate,
        "translate vxlan.pcap geneve.pcapng --to geneve",
        "translate in.pcap out.pcap -m map.yaml --tep gw1",
    )
    add(app, run, "run vms.pcap delivered.pcap -m map.yaml --taps hops --rejects lost.pcapng", without={"range_size"})


def strip(
    depth: options.Depth = 8,
    decode_as: options.DecodeAs = None,
    tpid: OptionalTpid = None,
    map_file: options.NamesMap = None,
    tenant: options.Tenant = None,
    vlan: options.Vlans = None,
    *,
    deduplicating: options.Deduplicating,
    asked: options.Rewriting,
    jobs: options.Jobs = 0,
    pieces: options.Pieces,
) -> int:
    """Take off overlay headers and tags, and write the inner frames.

    No map is needed. Nested tunnels come off down to --depth. Frames that carry no overlay pass unchanged; frames of a
    link type that dovetool does not read are rejected. In pcapng, frames keep their VNID: each network has an interface
    of its own. Captures named .zst or .lz4 need the extra `compression`; .gz needs nothing.
    """
    from dovetool.cli.rewriting import rewrite
    from dovetool.jobs.looking import Looking
    from dovetool.jobs.maps import loaded_map
    from dovetool.jobs.stripping import stripping

    roles = IN_FORCE.roles()
    vnid_map = loaded_map(map_file, tpid) if map_file is not None else None
    looking = Looking.by(asked.inputs(), vnid_map, decode_as, tpid, depth, roles)
    seen = looking.selectors, looking.tpid, looking.depth, looking.names
    duplicates = deduplicating.duplicates(looking)
    plan = stripping(*seen, tenant, vlan, duplicates, annotate=asked.annotate)
    return rewrite(plan, asked, map_file, pieces=pieces, jobs=jobs, roles=roles)


def translate(
    to: options.ToEncap = None,
    map_file: options.OptionalMap = None,
    tep: options.GatewayName = None,
    checksums: options.Checksums = ChecksumCare.VERIFY,
    decode_as: options.DecodeAs = None,
    *,
    asked: options.Rewriting,
    jobs: options.Jobs = 0,
    pieces: options.Pieces,
) -> int:
    """Turn one encapsulation into another, as a gateway does.

    Without a map, every overlay packet gets the encapsulation --to; addresses, VNID, DSCP, ECN, TTL and source port
    stay, and other frames pass unchanged. With a map, this is the gateway --tep: it takes what is sent to it and sends
    it on to the tunnel end point of the target; everything else passes unchanged. What the new header has no place for
    is counted as loss, and in pcapng named in the packet's comment.
    """
    from dovetool.cli.rewriting import rewrite
    from dovetool.jobs.translation import translation

    vnid_map = None
    if map_file is not None:
        from dovetool.vnid_map import VnidMap

        vnid_map = VnidMap.load(map_file)
    verifies = checksums is ChecksumCare.VERIFY
    plan = translation(to, vnid_map, tep, decode_as, annotate=asked.annotate, verifies=verifies)
    return rewrite(plan, asked, map_file, pieces=pieces, jobs=jobs)


def run(
    map_file: options.MapPath,
    ingress: options.Ingress = None,
    encap: options.EncapName = None,
    checksums: options.Checksums = ChecksumCare.VERIFY,
    taps: options.TapsDir = None,
    split: options.SplitDir = None,
    overwrite: options.Overwrite = False,
    enforce: options.Enforce = False,
    *,
    asked: options.Rewriting,
) -> int:
    """All stages at once, from VM to VM: tag, encap, decap, untag.

    IN is what VMs send, OUT what VMs get. A frame for a VM behind the same tunnel end point is delivered without
    entering the underlay. With --taps, the directory gets 1-vm.pcapng, 2-tagged.pcapng, 3-underlay.pcapng,
    4-received.pcapng and 5-delivered.pcapng; with gateways in the map, these are 4-gateway.pcapng, 5-underlay.pcapng,
    6-received.pcapng and 7-delivered.pcapng from the fourth on.
    """
    from dovetool.cli.rewriting import Places, rewrite
    from dovetool.jobs.hops import delivery
    from dovetool.vnid_map import VnidMap

    plan = delivery(
        VnidMap.load(map_file),
        ingress,
        encap,
        verifies=checksums is ChecksumCare.VERIFY,
        name_receivers=split is not None,
        enforce=enforce,
        annotate=asked.annotate,
    )
    return rewrite(plan, asked, map_file, places=Places(taps, split, overwrite))
