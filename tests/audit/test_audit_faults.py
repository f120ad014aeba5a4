"""Each fault of a table is found, where it is, and nothing else; in a capture without one nothing is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from audit_faults import FAULTS, Fault, frames_by_reason
from audited_traffic import captured, clean, write_clean, write_map
from in_process import validated
from plain_capture import write_capture


def test_clean_capture(tmp_path: Path) -> None:
    record = validated(write_clean(tmp_path), write_map(tmp_path))
    assert record["findings"] == []
    assert record["frames"] == len(clean()) == record["hops"]["underlay"]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_fault(fault: Fault, tmp_path: Path) -> None:
    """It is found in its frames, and nothing else is found in these nor in others."""
    source = write_capture(tmp_path / "faulty.pcap", fault.make())
    record = validated(source, write_map(tmp_path, fault.map_text))
    assert frames_by_reason(record) == fault.found
    texts = "\n".join(finding["text"] for finding in record["findings"])
    assert fault.text in texts
    assert all(finding["source"] for finding in record["findings"])


@pytest.mark.parametrize("tep", [1, 2, 3])
def test_a_capture_at_one_tep_misses_nothing(tep: int, tmp_path: Path) -> None:
    """The copies of a broadcast that do not pass there are not missed."""
    seen = [packet for packet in clean() if tep in (packet.sender, packet.receiver)]
    source = write_capture(tmp_path / "seen.pcap", captured(seen))
    assert validated(source, write_map(tmp_path))["findings"] == []


def test_a_transit_link_misses_nothing(tmp_path: Path) -> None:
    """On a link that only packets for tep3 take, copies for others are not missed."""
    source = write_capture(tmp_path / "link.pcap", captured([packet for packet in clean() if packet.receiver == 3]))
    assert validated(source, write_map(tmp_path))["findings"] == []
