"""Traffic of any network through `run --taps`: nothing is lost but what a stage rejects, and nothing else happens."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from followed import followed
from hypothesis import given, settings
from in_process import dovetool
from plain_capture import Captured, write_pcapng
from random_networks import Network, octets_of, random_networks

STAGES = 4


@settings(max_examples=60)
@given(network=random_networks())
def test_nothing_is_found_that_is_not_there(network: Network) -> None:
    """Without gateways, by which packets pass other places; a VM that is at two is behind no one tunnel end point.

    Senders may be where the map has them not, which may show in the underlay first, as what is astray.
    """
    teps = network.raw["teps"].values()
    if any("gateway" in tep or "shared" in tep for tep in teps):
        return
    if any(len({at["port"] for at in vm["at"]}) > 1 for vm in network.raw["vms"].values()):
        return
    folder = Path(tempfile.mkdtemp())
    try:
        frames = []
        for number, each in enumerate(sorted(network.frames)):
            octets = octets_of(each, number, has_vlan=each.has_vlan)
            frames.append(Captured(each.time * 10**9, len(octets), octets, 1, each.port))
        source, words = write_pcapng(folder / "in.pcapng", frames), ("-m", folder / "map.json")
        (folder / "map.json").write_text(json.dumps(network.raw))
        summary = dovetool("run", source, folder / "out.pcapng", *words, "--taps", folder / "taps")
        if not summary["stages"][0]["forwarded"]:
            return
        hops = followed(folder / "taps", *words)["hops"]
        assert len(hops) == STAGES
        for hop, stage in zip(hops, summary["stages"], strict=True):
            assert hop["lost"] <= sum(stage["rejected"].values())  # fewer, where a capture has no frame after it
            assert (hop["duplicated"], hop["reordered"]) == (0, 0)
            assert hop["delay_ns"]["max"] in {0, None}
    finally:
        shutil.rmtree(folder)
