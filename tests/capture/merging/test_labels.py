"""What tells the interfaces of several captures apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetool.capture.merging.labels import labelled, labels, series_of


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/c/a.pcap", "/c/b.pcap"], ["a.pcap", "b.pcap"]),
        (["/c/1/eth0.pcap", "/c/2/eth0.pcap", "/c/x.pcap"], ["1:eth0.pcap", "2:eth0.pcap", "x.pcap"]),
        (["/c/a.pcap", "/c/a.pcap"], ["", ""]),
        (["/a.pcap", "/b/a.pcap"], ["a.pcap", "b:a.pcap"]),
        (["-", "/b/a.pcap"], ["standard input", "a.pcap"]),
    ],
)
def test_labels(paths: list[str], expected: list[str]) -> None:
    """The name of the file, and of as many folders as it takes; no slash, as that marks a port."""
    assert labels([Path(path) for path in paths]) == expected


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("lan_00001_20260101120000.pcapng", "lan.pcapng"),
        ("lan_00001_20260101120000.pcap.gz", "lan.pcap.gz"),
        ("lan_00001_20260101120000", "lan"),
        ("lan.pcap", "lan.pcap"),
        ("lan.pcap12", "lan.pcap"),
        ("vm1.pcap", "vm1.pcap"),
        ("vm_1.pcap", "vm_1.pcap"),
    ],
)
def test_series(name: str, series: str) -> None:
    """Names as dumpcap, editcap and tcpdump give them; a number alone tells nothing."""
    assert series_of(Path("/c", name)) == Path("/c", series)


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("", "a.pcap", "a.pcap"),
        ("sw1/p1", "a.pcap", "sw1/p1 a.pcap"),
        ("eth0 blue", "a.pcap", "eth0 a.pcap blue"),
        ("eth0", "", "eth0"),
    ],
)
def test_labelled(name: str, label: str, expected: str) -> None:
    assert labelled(name, label) == expected
