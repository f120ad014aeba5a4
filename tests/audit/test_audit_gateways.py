"""What `run` makes of traffic through a gateway obeys the map at every hop, whatever the two sides speak."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited_traffic import A1, A2, A3, Inner, ip, mac, write_map
from frames import BROADCAST
from gateway_map import MAP
from in_process import dovetool, validated
from plain_capture import write_frames

A4 = mac(0x0D)
TALKS = [
    Inner(A1, A2, ip(1), ip(2)),
    Inner(A2, A1, ip(2), ip(1)),
    Inner(A1, A3, ip(1), ip(3)),
    Inner(A1, BROADCAST, ip(1), ip(2), arp=True),
    Inner(A2, BROADCAST, ip(2), ip(1), arp=True),
    Inner(A1, A4, ip(1), ip(4)),
    Inner(A4, A2, ip(4), ip(2)),
    Inner(A4, BROADCAST, ip(4), ip(1), arp=True),
]


@pytest.mark.parametrize("encap", ["vxlan", "geneve", "nvgre", "gretap"])
def test_every_hop(encap: str, tmp_path: Path) -> None:
    map_file = write_map(tmp_path, MAP % encap)
    source = write_frames(tmp_path / "in.pcap", [talk.octets() for talk in TALKS])
    summary = dovetool("run", source, tmp_path / "out.pcap", "-m", map_file, "--taps", tmp_path / "taps")
    assert summary["rejected"] == {}
    taps = sorted((tmp_path / "taps").glob("*.pcapng"))
    assert len(taps) == 7
    for tap in taps:
        assert validated(tap, map_file)["findings"] == [], tap.name
