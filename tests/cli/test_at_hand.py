"""Small things at hand: names in any case, what was probably meant, maps that say little, reasons in a list."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cli_process import dovetool
from cli_traffic import MAP, frames_of, pcap
from frames import tagged, underlay, vm_frame

NAMES_ONLY = "version: 1\nnetworks: {blue: {vnid: 5001}, red: {vnid: 5002}}\n"
NO_MACS = re.sub(r'(?<=  )(tep.: .*), mac: "[0-9:]+"', r"\1", MAP)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "no-macs.yaml").write_text(NO_MACS)
    (tmp_path / "names.yaml").write_text(NAMES_ONLY)
    (tmp_path / "in.pcap").write_bytes(pcap([underlay(vm_frame()), underlay(vm_frame(), 99)]))
    (tmp_path / "tagged.pcap").write_bytes(pcap([tagged(vm_frame())]))
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("translate", "in.pcap", "out.pcap", "--to", "Geneve"),
        ("strip", "in.pcap", "out.pcap", "-d", "udp.port==4799,VXLAN"),
        ("encap", "tagged.pcap", "out.pcap", "-m", "map.yaml", "--encap", "VXLAN"),
        ("inspect", "in.pcap", "--encap", "VxLAN"),
        ("map", "check", "upper.yaml"),
    ],
    ids=" ".join,
)
def test_names_of_encapsulations_in_any_case(folder: Path, words: tuple[str, ...]) -> None:
    upper = MAP.replace("encap: [vxlan]", "encap: VXLAN, ports: {VXLAN: 4789}")
    (folder / "upper.yaml").write_text(upper)
    ended = dovetool(*words, cwd=folder)
    assert ended.code == 0, ended.stderr


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("translate", "in.pcap", "out.pcap", "--to", "genev"), "geneve"),
        (("inspect", "in.pcap", "--encap", "vxlna"), "vxlan"),
        (("inspect", "in.pcap", "-m", "map.yaml", "--vnid", "bleu"), "blue"),
        (("inspect", "in.pcap", "-m", "map.yaml", "--vm", "vm11"), "vm1"),
        (("inspect", "in.pcap", "-m", "map.yaml", "--tep", "tpe2"), "tep2"),
        (("tag", "in.pcap", "out.pcap", "-m", "map.yaml", "--ingress", "SW1/p3"), "sw1/p3"),
        (("decap", "in.pcap", "out.pcap", "-m", "map.yaml", "--tep", "Tep3"), "tep3"),
        (("validate", "in.pcap", "-m", "map.yaml", "--only", "unknown-vni"), "unknown-vnid"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else words,
)
def test_what_was_probably_meant(folder: Path, words: tuple[str, ...], meant: str) -> None:
    ended = dovetool(*words, cwd=folder)
    assert ended.code == 2
    assert ended.complaint.endswith(f"; did you mean {meant}?")


def test_nothing_is_suggested_where_nothing_is_close(folder: Path) -> None:
    assert "did you mean" not in dovetool("inspect", "in.pcap", "-m", "map.yaml", "--vm", "zzz", cwd=folder).complaint


def test_rejected_frames_are_listed_with_their_reason(folder: Path) -> None:
    words = ("decap", "in.pcap", "out.pcap", "-m", "map.yaml", "--rejects", "lost.pcapng")
    assert dovetool(*words, cwd=folder).code == 0
    (line,) = dovetool("inspect", "lost.pcapng", cwd=folder).stdout.decode().splitlines()[2:]
    assert "rejected: unknown-vnid" in line


def test_a_map_of_names_says_nothing_of_who_it_does_not_have(folder: Path) -> None:
    ended = dovetool("validate", "in.pcap", "-m", "names.yaml", "--json", cwd=folder)
    assert [each["reason"] for each in json.loads(ended.stdout)["findings"]] == ["unknown-vnid"]


def test_a_tep_without_a_mac(folder: Path) -> None:
    """No underlay MAC is judged, and only what makes one asks for it."""
    assert "mac: " not in next(line for line in NO_MACS.splitlines() if "tep1:" in line)
    for words in (("map", "check", "no-macs.yaml"), ("map", "show", "no-macs.yaml")):
        assert dovetool(*words, cwd=folder).code == 0
    wrong = underlay(vm_frame())
    (folder / "in.pcap").write_bytes(pcap([bytes(5) + b"\x77" + bytes(5) + b"\x78" + wrong[12:]]))
    for name, expected in (("map.yaml", {"unexpected-underlay-mac"}), ("no-macs.yaml", set())):
        ended = dovetool("validate", "in.pcap", "-m", name, "--json", cwd=folder)
        found = {each["reason"] for each in json.loads(ended.stdout)["findings"]}
        assert {reason for reason in found if "mac" in reason} == expected
    assert dovetool("decap", "in.pcap", "out.pcap", "-m", "no-macs.yaml", cwd=folder).code == 0
    assert len(frames_of((folder / "out.pcap").read_bytes())) == 1
    for command in ("encap", "run"):
        ended = dovetool(command, "tagged.pcap", "new.pcap", "-m", "no-macs.yaml", cwd=folder)
        assert ended.code == 2
        assert "TEP 'tep1' has no MAC address in the map, which encap needs: add teps.tep1.mac" in ended.complaint
        assert not (folder / "new.pcap").exists()


def test_a_layer_2_underlay_needs_a_mac(folder: Path) -> None:
    tep = "version: 1\nnetworks: {blue: {vnid: 5001}}\nteps: {t: {underlay: l2, encap: pbb}}\n"
    (folder / "l2.yaml").write_text(tep)
    ended = dovetool("map", "check", "l2.yaml", cwd=folder)
    assert ended.code == 2
    assert "a layer-2 underlay needs it" in ended.stderr
