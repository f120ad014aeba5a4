"""The commands that rewrite captures: strip, tag, encap, decap, untag, translate, run."""

from __future__ import annotations

import typer

from dovetool.cli import options
from dovetool.cli.options import SummaryForm


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command, examples in (
        (strip, ("strip underlay.pcap inner.pcap", "strip -d udp.port==4799,vxlan in.pcapng out.pcapng")),
        (tag, ("tag vm.pcap tagged.pcap -m map.yaml --ingress sw1/p1",)),
        (encap, ("encap tagged.pcap underlay.pcap -m map.yaml --rejects lost.pcapng",)),
        (decap, ("decap underlay.pcap tagged.pcap -m map.yaml --tep tep2",)),
        (untag, ("untag tagged.pcap vm.pcap -m map.yaml --split by-vm",)),
        (
            translate,
            (
                "translate vxlan.pcap geneve.pcapng --to geneve",
                "translate in.pcap out.pcap -m map.yaml --tep gw1",
            ),
        ),
        (run, ("run vms.pcap delivered.pcap -m map.yaml --taps hops --rejects lost.pcapng",)),
    ):
        lines = "\n\n".join(f"dovetool {example}" for example in examples)
        app.command(epilog=f"Examples:\n\n{lines}")(command)


def strip(
    source: options.Source,
    target: options.Target,
    depth: options.Depth = 8,
    decode_as: options.DecodeAs = None,
    tpid: options.Tpid = "0x88B5",
    rejects: options.RejectsPath = None,
    summary: options.Summary = SummaryForm.TABLE,
    strict: options.Strict = False,
    jobs: options.Jobs = 0,
    fragment_memory: options.FragmentMemory = 64,
    fragment_packets: options.FragmentPackets = 4096,
    fragment_timeout: options.FragmentTimeout = 30.0,
) -> int:
    """Take overlay headers and DOVE tags off: out come the inner Ethernet frames.

    Nested tunnels come off down to --depth. Frames that carry no overlay pass unchanged. No map is needed.
    """
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import decode_as_ports, fragment_bounds, tpid_number
    from dovetool.stages.gateway import Strip

    bounds = fragment_bounds(fragment_memory, fragment_packets, fragment_timeout)
    job = Job("strip", source, target, rejects=rejects, summary=summary, strict=strict, processes=jobs, bounds=bounds)
    ports, number = decode_as_ports(decode_as), tpid_number(tpid)
    return job.carry_out(lambda to_pcapng: [Strip(ports, depth, number, ethernet_only=not to_pcapng)])


def tag(
    source: options.Source,
    target: options.Target,
    map_file: options.MapPath,
    ingress: options.Ingress = None,
    rejects: options.RejectsPath = None,
    summary: options.Summary = SummaryForm.TABLE,
    strict: options.Strict = False,
    jobs: options.Jobs = 0,
) -> int:
    """Switch, outgoing: tag the frames of VMs with the VNID of the network that their target belongs to.

    The port of a frame is --ingress, or its pcapng interface when that is named SWITCH/PORT, or the place of the one VM
    that has its source MAC address.
    """
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import port_named
    from dovetool.stages.switch import Tag
    from dovetool.vnid_map import VnidMap

    vnid_map = VnidMap.load(map_file)
    stage = Tag(vnid_map, port_named(vnid_map, ingress))
    job = Job("tag", source, target, rejects=rejects, summary=summary, strict=strict, processes=jobs, grows=True)
    return job.carry_out(lambda _: [stage])


def encap(
    source: options.Source,
    target: options.Target,
    map_file: options.MapPath,
    tep: options.TepName = None,
    encap: options.EncapName = None,
    rejects: options.RejectsPath = None,
    summary: options.Summary = SummaryForm.TABLE,
    strict: options.Strict = False,
    jobs: options.Jobs = 0,
) -> int:
    """TEP, outgoing: turn the tag into an overlay header, addressed to the tunnel end point of the target."""
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import encap_named, tep_named
    from dovetool.stages.encap import Encap
    from dovetool.vnid_map import VnidMap

    vnid_map = VnidMap.load(map_file)
    stage = Encap(vnid_map, tep_named(vnid_map, tep), encap_named(encap))
    job = Job("encap", source, target, rejects=rejects, summary=summary, strict=strict, processes=jobs, grows=True)
    return job.carry_out(lambda _: [stage])


def decap(
    source: options.Source,
    target: options.Target,
    map_file: options.MapPath,
    tep: options.TepName = None,
    decode_as: options.DecodeAs = None,
    rejects: options.RejectsPath = None,
    summary: options.Summary = SummaryForm.TABLE,
    strict: options.Strict = False,
    jobs: options.Jobs = 0,
    fragment_memory: options.FragmentMemory = 64,
    fragment_packets: options.FragmentPackets = 4096,
    fragment_timeout: options.FragmentTimeout = 30.0,
) -> int:
    """TEP, incoming: turn the overlay header into the tag."""
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import fragment_bounds, map_ports, tep_named
    from dovetool.stages.decap import Decap
    from dovetool.vnid_map import VnidMap

    vnid_map = VnidMap.load(map_file)
    stage = Decap(vnid_map, tep_named(vnid_map, tep), map_ports(vnid_map, decode_as))
    bounds = fragment_bounds(fragment_memory, fragment_packets, fragment_timeout)
    job = Job("decap", source, target, rejects=rejects, summary=summary, strict=strict, processes=jobs, bounds=bounds)
    return job.carry_out(lambda _: [stage])


def untag(
    source: options.Source,
    target: options.Target,
    map_file: options.MapPath,
    tep: options.TepName = None,
    split: options.SplitDir = None,
    rejects: options.RejectsPath = None,
    summary: options.Summary = SummaryForm.TABLE,
    strict: options.Strict = False,
    jobs: options.Jobs = 0,
) -> int:
    """Switch, incoming: take the tag off and give the frame to the port of its target VM."""
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import tep_named
    from dovetool.stages.switch import Untag
    from dovetool.vnid_map import VnidMap

    vnid_map = VnidMap.load(map_file)
    stage = Untag(vnid_map, tep_named(vnid_map, tep), name_receivers=split is not None)
    job = Job("untag", source, target, rejects=rejects, summary=summary, strict=strict, processes=jobs, split=split)
    return job.carry_out(lambda _: [stage])


def translate(
    source: options.Source,
    target: options.Target,
    to: options.ToEncap = None,
    map_file: options.OptionalMap = None,
    tep: options.GatewayName = None,
    decode_as: options.DecodeAs = None,
    rejects: options.RejectsPath = None,
    summary: options.Summary = SummaryForm.TABLE,
    strict: options.Strict = False,
    jobs: options.Jobs = 0,
    fragment_memory: options.FragmentMemory = 64,
    fragment_packets: options.FragmentPackets = 4096,
    fragment_timeout: options.FragmentTimeout = 30.0,
) -> int:
    """Turn one encapsulation into another, as a gateway between two kinds of tunnel end points does.

    Without a map, every overlay packet gets the encapsulation --to; addresses, VNID, DSCP, ECN, TTL and source port
    stay, and other frames pass unchanged. With a map, the gateway --tep takes what is sent to it, and sends it on to
    the tunnel end point of the target. What the new header has no place for is counted as loss; in pcapng, it is the
    packet's comment too.
    """
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import fragment_bounds
    from dovetool.cli.translation import translation

    make_stages = translation(to, map_file, tep, decode_as)
    bounds = fragment_bounds(fragment_memory, fragment_packets, fragment_timeout)
    job = Job(
        "translate",
        source,
        target,
        rejects=rejects,
        summary=summary,
        strict=strict,
        processes=jobs,
        grows=True,
        keeps_link=map_file is None,
        bounds=bounds,
    )
    return job.carry_out(make_stages)


def run(
    source: options.Source,
    target: options.Target,
    map_file: options.MapPath,
    ingress: options.Ingress = None,
    encap: options.EncapName = None,
    taps: options.TapsDir = None,
    split: options.SplitDir = None,
    rejects: options.RejectsPath = None,
    summary: options.Summary = SummaryForm.TABLE,
    strict: options.Strict = False,
) -> int:
    """All stages at once, from VM to VM: tag, encap, decap, untag.

    Frames for a VM behind the same tunnel end point never leave it, and are delivered all the same. With --taps, the
    directory gets 1-vm.pcapng, 2-tagged.pcapng, 3-underlay.pcapng, 4-received.pcapng and 5-delivered.pcapng.
    """
    from dovetool.cli.job import Job
    from dovetool.cli.parsing import encap_named, port_named
    from dovetool.stages.path import vm_to_vm
    from dovetool.vnid_map import VnidMap

    vnid_map = VnidMap.load(map_file)
    stages = vm_to_vm(vnid_map, port_named(vnid_map, ingress), encap_named(encap), name_receivers=split is not None)
    job = Job("run", source, target, rejects=rejects, summary=summary, strict=strict, taps=taps, split=split)
    return job.carry_out(lambda _: stages)
