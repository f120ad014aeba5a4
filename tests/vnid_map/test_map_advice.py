"""What `map check` warns of: a map that is right, and hardly meant so."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_process import dovetool

MAP = """\
version: 1
networks:
  web: {vnid: 300}
  db: {vnid: 5001}
teps:
  a: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [geneve]}
  b: {ip: 192.0.2.2, mac: "02:00:00:00:01:02", encap: [vxlan, geneve]}
  c: {ip: 192.0.2.3, mac: "02:00:00:00:01:03", encap: [vxlan]}
switches:
  sa: {tep: a, ports: {p1: web, p2: db}}
  sb: {tep: b, ports: {p1: web, p2: db}}
  sc: {tep: c, ports: {p1: web}}
"""
_APART = "TEPs 'a' and 'c' of network 'web' share no encapsulation, and no gateway stands between them: what the one"


@pytest.mark.parametrize(
    ("was", "becomes", "warnings"),
    [
        ("", "", [_APART]),
        ("[vxlan, geneve]}", "[vxlan, geneve], gateway: true}", []),
        ("p1: web}}", "p1: db}}", [_APART.replace("web", "db")]),
        ("tep: c", "tep: b", []),
        ("[geneve]", "[vxlan], on_mtu: emit", ["TEP 'a': on_mtu has no effect without mtu"]),
        ("[geneve]", "[vxlan], mtu: 1500, on_mtu: emit", []),
        ("[geneve]", "[vxlan], ports: {geneve: 6082}", ["TEP 'a' has a port for geneve, which is none of its"]),
        ("[geneve]", "[erspan, vxlan]", ["TEP 'a' prefers erspan, which is read and not written"]),
        ("[geneve]", "[nvgre, vxlan]", []),
        ("[vxlan]}", "[nvgre, geneve]}", []),
    ],
)
def test_warnings(tmp_path: Path, was: str, becomes: str, warnings: list[str]) -> None:
    (tmp_path / "map.yaml").write_text(MAP.replace(was, becomes) if was else MAP)
    ended = dovetool("map", "check", "map.yaml", cwd=tmp_path)
    assert (ended.code, ended.stdout.startswith(b"map.yaml: ok (2 networks, 3 TEPs")) == (0, True), ended.stderr
    lines = [line.removeprefix("dovetool: map.yaml: warning: ") for line in ended.stderr.splitlines()]
    assert [line[: len(start)] for line, start in zip(lines, warnings, strict=True)] == warnings


PAIR = """\
version: 1
networks: {web: {vnid: %s}}
teps:
  a: {mac: "02:00:00:00:01:01", %s}
  b: {mac: "02:00:00:00:01:02", %s}
  g: {ip: %s, mac: "02:00:00:00:01:09", encap: [vxlan, nvgre], gateway: true%s}
switches: {sa: {tep: a, ports: {p1: web}}, sb: {tep: b, ports: {p1: web}}}
"""


@pytest.mark.parametrize(
    ("one", "other", "gateway", "vnid", "warnings"),
    [
        ("v6 vxlan", "v6 vxlan", "", 5001, []),
        ("v6 vxlan", "v6 vxlan, udp_checksum: full", "", 5001, ["'a' 'b' (vxlan) missing-checksum"]),
        ("v4 vxlan", "v4 vxlan, udp_checksum: full", "", 5001, []),
        ("v6 geneve", "v6 geneve, udp_checksum: full", "", 5001, []),
        ("v4 vxlan, guest_vlan: keep", "v4 vxlan, guest_vlan: reject", "", 5001, ["'a' 'b' (vxlan) inner-vlan"]),
        ("v4 vxlan, guest_vlan: strip", "v4 vxlan, guest_vlan: reject", "", 5001, []),
        ("v4 vxlan, guest_vlan: keep", "v4 nvgre", "", 5001, ["'g' 'b' (nvgre) inner-vlan"]),
        ("v4 vxlan, guest_vlan: keep", "v4 nvgre", ", guest_vlan: strip", 5001, []),
        ("v4 vxlan, mtu: 9000", "v4 vxlan, mtu: 1500", "", 5001, ["'a' 'b' (vxlan) mtu-exceeded"]),
        ("v4 vxlan, mtu: 9000", "v4 vxlan, mtu: 1500, on_mtu: fragment", "", 5001, []),
        (
            "v4 vxlan, mtu: 1500",
            "v4 nvgre, mtu: 1500",
            ", mtu: 1400",
            5001,
            ["'a' 'g' (vxlan) mtu", "'b' 'g' (nvgre) mtu"],
        ),
        ("v4 vxlan", "v4 nvgre", "", 300, ["reserved-vnid"]),
        ("v4 nvgre", "v4 nvgre", "", 300, ["reserved-vnid"]),
        ("v4 nvgre, gretap", "v4 gretap, nvgre", "", 5001, ["which look alike"]),
    ],
)
def test_pairs_that_reject_each_others_frames(
    tmp_path: Path, one: str, other: str, gateway: str, vnid: int, warnings: list[str]
) -> None:
    """Whether they meet directly or by a gateway; a line tells whose, in what, and the reason that it would be."""
    ip = _ip(one.split(maxsplit=1)[0], 9)
    (tmp_path / "map.yaml").write_text(PAIR % (vnid, _tep(one, 1), _tep(other, 2), ip, gateway))
    ended = dovetool("map", "check", "map.yaml", cwd=tmp_path)
    assert ended.code == 0, ended.stderr
    for line, warning in zip(ended.stderr.splitlines(), warnings, strict=True):
        assert all(word in line for word in warning.split()), line


def _tep(words: str, number: int) -> str:
    """The settings of a TEP: its underlay, its encapsulations, and others with their keys."""
    family, _, rest = words.partition(" ")
    parts = rest.split(", ")
    encaps, more = [part for part in parts if ":" not in part], [part for part in parts if ":" in part]
    return ", ".join([f"ip: {_ip(family, number)}, encap: [{', '.join(encaps)}]", *more])


def _ip(family: str, number: int) -> str:
    return f"2001:db8::{number}" if family == "v6" else f"192.0.2.{number}"


ROUTED = """\
version: 1
networks:
  web: {vnid: 300, gateway: {mac: "00:00:5e:00:01:01"}}
  db: {vnid: 5001, gateway: {mac: "00:00:5e:00:01:01"}}
teps:
  a: {ip: 192.0.2.1, router_mac: "02:00:00:00:0f:01", encap: [vxlan]}
  b: {ip: 192.0.2.2, router_mac: "02:00:00:00:0f:02", encap: [vxlan]}
switches:
  sa: {tep: a, ports: {p1: web, p2: db}}
  sb: {tep: b, ports: {p1: web}}
vms:
  v: {mac: "02:00:00:00:00:0a", at: sa/p1}
vrfs:
  tenant: {l3vni: 50000, networks: [web, db]}
"""


@pytest.mark.parametrize(
    ("was", "becomes", "warnings"),
    [
        ("", "", []),
        (', router_mac: "02:00:00:00:0f:02"', "", ["TEP 'b' has no router_mac, which VRF 'tenant' with its l3vni"]),
        ("tep: b", "tep: a", []),
        (', gateway: {mac: "00:00:5e:00:01:01"}}\n  db', "}\n  db", ["network 'web' of VRF 'tenant' has no gateway"]),
        ("02:00:00:00:00:0a", "00:00:5e:00:01:01", ["VM 'v' and the gateway of network 'web' have MAC address"]),
    ],
)
def test_warnings_of_routing(tmp_path: Path, was: str, becomes: str, warnings: list[str]) -> None:
    (tmp_path / "map.yaml").write_text(ROUTED.replace(was, becomes) if was else ROUTED)
    ended = dovetool("map", "check", "map.yaml", cwd=tmp_path)
    assert ended.code == 0, ended.stderr
    lines = [line.removeprefix("dovetool: map.yaml: warning: ") for line in ended.stderr.splitlines()]
    assert [line[: len(start)] for line, start in zip(lines, warnings, strict=True)] == warnings
