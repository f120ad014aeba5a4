"""The same as in `test_reference`, for a few networks, by the commands themselves and through files."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from in_process import dovetool
from plain_capture import Captured, read_capture, write_pcapng
from random_networks import Network, octets_of, random_networks
from reference_network import Reference
from test_reference import Deliveries, expected


def delivered(folder: Path) -> Deliveries:
    """What the captures of the VMs hold."""
    return Counter((path.stem, frame.octets) for path in folder.iterdir() for frame in read_capture(path))


def captured(network: Network, folder: Path) -> Path:
    """The frames as they come in, each by the interface that is its port."""
    frames = []
    for number, sent in enumerate(network.frames):
        octets = octets_of(sent, number, has_vlan=sent.has_vlan)
        frames.append(Captured(sent.time * 10**9, len(octets), octets, 1, sent.port))
    return write_pcapng(folder / "in.pcapng", frames)


@settings(max_examples=8)
@given(network=random_networks())
def test_run_and_the_commands_one_by_one(network: Network) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        source, words = captured(network, folder), ("-m", folder / "map.json")
        (folder / "map.json").write_text(json.dumps(network.raw))
        run = ("run", source, folder / "out.pcapng", *words, "--taps", folder / "taps", "--split", folder / "vms")
        dovetool(*run)
        assert delivered(folder / "vms") == expected(network, with_local=True)
        dovetool("tag", source, folder / "tagged.pcapng", *words)
        dovetool("encap", folder / "tagged.pcapng", folder / "0.pcapng", *words)
        gateways = [name for name, tep in network.raw["teps"].items() if "gateway" in tep]
        for number, name in enumerate(gateways):
            hop = folder / f"{number}.pcapng", folder / f"{number + 1}.pcapng"
            dovetool("translate", *hop, *words, "--tep", name)
        got: Deliveries = Counter()
        for name in (name for name in network.raw["teps"] if Reference(network.raw).sole(name) == name):
            dovetool("decap", folder / f"{len(gateways)}.pcapng", folder / "at.pcapng", *words, "--tep", name)
            split = ("--split", folder / f"by-hand-{name}")
            dovetool("untag", folder / "at.pcapng", folder / "end.pcapng", *words, "--tep", name, *split)
            got += delivered(folder / f"by-hand-{name}")
        assert got == expected(network, with_local=False)
    finally:
        shutil.rmtree(folder)
