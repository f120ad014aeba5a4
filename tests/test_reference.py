"""Any network: by `run`, frame by frame, and by each hop's command in turn, VMs get what the map means them to get."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from random_networks import Network, octets_of, random_networks
from reference_network import Reference

from dovetool.analysis.frame_path import journey
from dovetool.analysis.single_frame import KnownFrame
from dovetool.capture.batch import SLACK, Batch, Interface, Path
from dovetool.capture.framing import BARE
from dovetool.capture.pcap import PcapFormat
from dovetool.engine.stage_runner import StageRunner
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.path import vm_to_vm
from dovetool.stages.relay import Relay
from dovetool.stages.stage import Stage
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.verdict.verdict import Frame
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.model import MapFile

Deliveries = Counter[tuple[str, bytes]]
NANOSECONDS = PcapFormat(1, nanoseconds=True)


def expected(network: Network, *, with_local: bool) -> Deliveries:
    """Who gets what, by the reference; what stays behind its TEP is only seen on the whole way."""
    reference = Reference(network.raw)
    return Counter(
        (got.vm, octets_of(sent, number, has_vlan=got.has_vlan))
        for number, sent in enumerate(network.frames)
        for got in reference.deliveries(sent)
        if with_local or not got.is_local
    )


def batch_of(network: Network) -> Batch:
    """The frames as they come in, each by the interface that is its port."""
    frames = [octets_of(sent, number, has_vlan=sent.has_vlan) for number, sent in enumerate(network.frames)]
    names = sorted({sent.port for sent in network.frames})
    length = np.array([len(octets) for octets in frames], np.int64)
    interface = np.array([names.index(sent.port) for sent in network.frames], np.int64)
    times = np.array([sent.time * 10**9 for sent in network.frames], np.int64)
    return Batch(
        octets=np.frombuffer(b"".join([*frames, bytes(SLACK)]), np.uint8).copy(),
        offset=np.cumsum(length) - length,
        caplen=length,
        orig_len=length,
        stamp=NANOSECONDS.from_ns(times, interface),
        interface=interface,
        interfaces=tuple(Interface(1, name=name) for name in names),
        clock=NANOSECONDS,
    )


def carried(batch: Batch, stages: Sequence[Stage]) -> tuple[Batch, Deliveries]:
    """A batch through stages, as `run` and the commands of each hop have them work."""
    if len(stages) > 1:
        nowhere = np.full(len(batch), -1, np.int64)
        batch = dataclasses.replace(batch, path=Path(nowhere, nowhere, nowhere, nowhere + 1, nowhere))
    got: Deliveries = Counter()
    for stage in stages:
        if not len(batch):
            break
        runner = StageRunner(stage)
        (outcome,) = runner.process(batch, BARE)
        batch = outcome.forwarded
        for row, number in enumerate(outcome.verdicts.tolist()):
            got.update((vm, batch.frame(row)) for vm in runner.forward(number).receivers)
        runner.tally()
    return dataclasses.replace(batch, path=None), got


def by_hand(network: Network, vnid_map: VnidMap) -> Deliveries:
    """By tag, encap, translate at each gateway, and decap and untag at each TEP."""
    ports = selectors_of(vnid_map)
    batch, _ = carried(batch_of(network), [Tag(vnid_map)])
    batch, _ = carried(batch, [Encap(vnid_map)])
    batch = dataclasses.replace(batch, interfaces=tuple(Interface(each.link_type) for each in batch.interfaces))
    for gateway in vnid_map.gateways:
        batch, _ = carried(batch, [Relay(vnid_map, gateway, ports), Encap(vnid_map, relay=True)])
    got: Deliveries = Counter()
    for tep in vnid_map.teps:
        received, _ = carried(batch, [Decap(vnid_map, tep, ports)])
        got += carried(received, [Untag(vnid_map, tep, name_receivers=True)])[1]
    return got


def frame_by_frame(network: Network, vnid_map: VnidMap) -> Deliveries:
    """By the way that `trace` goes."""
    stages = vm_to_vm(vnid_map, name_receivers=True)
    got: Deliveries = Counter()
    for number, sent in enumerate(network.frames):
        octets = octets_of(sent, number, has_vlan=sent.has_vlan)
        known = KnownFrame(Frame(octets, len(octets)), ts_ns=sent.time * 10**9, interface=sent.port)
        for step in journey(known, stages):
            got.update((vm, step.after[0].frame.octets) for way in step.ways for vm in way.receivers)
    return got


@settings(max_examples=150)
@given(network=random_networks())
def test_vms_get_what_the_map_means_them_to_get(network: Network) -> None:
    vnid_map = VnidMap.from_model(MapFile.model_validate(network.raw))
    on_the_whole_way = expected(network, with_local=True)
    assert carried(batch_of(network), vm_to_vm(vnid_map, name_receivers=True))[1] == on_the_whole_way
    assert frame_by_frame(network, vnid_map) == on_the_whole_way
    assert by_hand(network, vnid_map) == expected(network, with_local=False)
