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
        ("[geneve]", "[nvgre, vxlan]", ["network 'web' has VNID 300, which is reserved in nvgre"]),
    ],
)
def test_warnings(tmp_path: Path, was: str, becomes: str, warnings: list[str]) -> None:
    (tmp_path / "map.yaml").write_text(MAP.replace(was, becomes) if was else MAP)
    ended = dovetool("map", "check", "map.yaml", cwd=tmp_path)
    assert (ended.code, ended.stdout.startswith(b"map.yaml: ok (2 networks, 3 TEPs")) == (0, True), ended.stderr
    lines = [line.removeprefix("dovetool: map.yaml: warning: ") for line in ended.stderr.splitlines()]
    assert [line[: len(start)] for line, start in zip(lines, warnings, strict=True)] == warnings
