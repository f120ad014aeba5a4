"""NVGRE and gretap in one map: the two ends of a tunnel tell which it is, to all who read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_process import dovetool as command
from frames import BROADCAST, VM1, VM2, vm_frame
from in_process import dovetool
from plain_capture import Captured, read_capture, write_pcapng

LOW, HIGH, TOP = 5001, 5001 << 8, 0xFFFFFF  # the gretap key of HIGH is the NVGRE key of LOW
MAP = f"""\
version: 1
networks: {{low: {{vnid: {LOW}}}, high: {{vnid: {HIGH}%s}}, top: {{vnid: {TOP}}}}}
teps:
  t1: {{ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [%s]}}
  t2: {{ip: 192.0.2.2, mac: "02:00:00:00:01:02", encap: [%s]}}
  t3: {{ip: 192.0.2.3, mac: "02:00:00:00:01:03", encap: [nvgre]}}
switches:
  s1: {{tep: t1, ports: {{low: low, high: high, top: top}}}}
  s2: {{tep: t2, ports: {{low: low, high: high, top: top}}}}
  s3: {{tep: t3, ports: {{}}}}
vms:
""" + "".join(
    f'  {name}{end}: {{mac: "02:00:00:00:00:0{mac}", ip: 10.0.0.{end}, at: s{end}/{name}}}\n'
    for name in ("low", "high", "top")
    for end, mac in ((1, "a"), (2, "b"))
)
NETWORKS = [("low", LOW), ("high", HIGH), ("top", TOP)]


@pytest.mark.parametrize(
    ("first", "second", "networks"),
    [
        ("gretap", "gretap", NETWORKS),
        ("gretap, nvgre", "nvgre, gretap", NETWORKS),
        ("nvgre, gretap", "gretap", NETWORKS),
        ("nvgre, gretap", "nvgre, gretap", NETWORKS[:2]),
        ("nvgre", "gretap, nvgre", NETWORKS[:2]),
    ],
)
@pytest.mark.parametrize("group", ["", ", group: 239.1.1.1"])
def test_a_frame_stays_in_its_network(
    first: str, second: str, networks: list[tuple[str, int]], group: str, tmp_path: Path
) -> None:
    """Whatever its VNID looks like in the other encapsulation, and by broadcast too."""
    (tmp_path / "map.yaml").write_text(MAP % (group, first, second))
    talks = [vm_frame(60, VM2, VM1), vm_frame(70, BROADCAST, VM1)]
    frames = [Captured(at, len(talk), talk, 1, f"s1/{name}") for at, talk in enumerate(talks) for name, _ in networks]
    source, words = write_pcapng(tmp_path / "in.pcapng", frames), ("-m", tmp_path / "map.yaml")
    taps, vms = tmp_path / "taps", tmp_path / "vms"
    assert dovetool("run", source, tmp_path / "o.pcap", *words, "--taps", taps, "--split", vms)["rejected"] == {}
    expected = {f"{name}2": talks for name, _ in networks}
    assert {path.stem: [each.octets for each in read_capture(path)] for path in vms.iterdir()} == expected
    underlay = taps / "3-underlay.pcapng"
    said = command("inspect", underlay, *words, "--json")
    assert [each["vnid"] for each in json.loads(said.stdout)] == [vnid for _ in talks for _, vnid in networks]
    assert {tuple(each["verdict"]) for each in json.loads(said.stdout)} == {()}
    sums = json.loads(command("stats", underlay, *words, "--json").stdout)["groups"]
    assert {each["network"]: each["frames"] for each in sums} == {name: 2 for name, _ in networks}
    dovetool("split", underlay, tmp_path / "parts", "--by", "vnid", *words)
    assert sorted(path.stem for path in (tmp_path / "parts").iterdir()) == sorted(name for name, _ in networks)
    assert command("validate", underlay, *words).code == 0


def test_the_users_word_is_the_stronger(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP % ("", "gretap", "gretap"))
    talk = vm_frame(60, VM2, VM1)
    source = write_pcapng(tmp_path / "in.pcapng", [Captured(0, len(talk), talk, 1, "s1/high")])
    words = ("-m", tmp_path / "map.yaml")
    dovetool("run", source, tmp_path / "out.pcap", *words, "--taps", tmp_path / "taps")
    options = ("--json", "-d", "gre.proto==0x6558,nvgre")
    said = command("inspect", tmp_path / "taps" / "3-underlay.pcapng", *words, *options)
    assert [each["network"] for each in json.loads(said.stdout)] == ["low"]


def test_an_encapsulation_that_one_end_does_not_know(tmp_path: Path) -> None:
    """The map decides what a header is read as, and says when neither fits."""
    (tmp_path / "map.yaml").write_text(MAP % ("", "gretap", "gretap"))
    talk = vm_frame(60, VM2, VM1)
    source = write_pcapng(tmp_path / "in.pcapng", [Captured(0, len(talk), talk, 1, "s1/low")])
    dovetool("run", source, tmp_path / "out.pcap", "-m", tmp_path / "map.yaml", "--taps", tmp_path / "taps")
    (tmp_path / "other.yaml").write_text(MAP % ("", "gretap", "nvgre"))
    said = command("validate", tmp_path / "taps" / "3-underlay.pcapng", "-m", tmp_path / "other.yaml", "--json")
    assert "no-common-encap" in {finding["reason"] for finding in json.loads(said.stdout)["findings"]}
