"""Maps as pictures: what Graphviz and Mermaid are given, and what Graphviz makes of it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from cli_process import dovetool, process
from hypothesis import given
from hypothesis import strategies as st

from dovetool.views.map_drawing import dot, mermaid

DEMO = Path(__file__).resolve().parents[2] / "samples" / "demo" / "map.yaml"
HOSTILE = (
    'a"b', "x\\nz\\", "<b>bold<|b>", "&lt;tag&gt;", '%%{init: {"theme":"dark"}}%%', "`md` **b**", "style x:y#35;",
    "1. list", "- item", "end", "graph", "网络 Ω", "[x](y){z}|p|", "#quot;", 'click a href "javascript:x"', "\\N \\G",
    "$$x^2$$", ";--> q", "_u_ __v__", "classDef a fill:#f9f;", '"]; x -> y [label="', "~~~", "@{ shape: x }",
)  # fmt: skip
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def drawn(source: Path, *options: str) -> str:
    ended = dovetool("map", "show", source, *options)
    assert (ended.code, ended.stderr) == (0, "")
    return ended.stdout.decode()


def graphviz(text: str, form: str) -> str:
    """What Graphviz makes of a picture; it complains of nothing."""
    done = subprocess.run(["dot", f"-T{form}"], input=text, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


class Picture(NamedTuple):
    """A picture, read back: the text of each node, the titles of the boxes around it, and pairs of texts by line."""

    boxes: dict[str, tuple[str, ...]]
    lines: set[tuple[str, str, str]]


def read_dot(text: str) -> Picture:
    """What Graphviz understands."""
    graph = json.loads(graphviz(text, "dot_json"))
    objects = graph.get("objects", [])
    texts = [
        html.unescape(re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], each["label"]))
        for each in objects
    ]
    around: dict[int, list[str]] = {}
    for at, each in enumerate(objects):
        for node in each.get("nodes", ()):
            around.setdefault(node, []).append(texts[at])
    boxes = {
        texts[at]: tuple(sorted(around.get(at, []), key=lambda title: not title.startswith("TEP")))
        for at, each in enumerate(objects)
        if not each["name"].startswith("cluster_")
    }
    kinds = {"none": "---", "both": "<->"}
    lines = {
        (texts[edge["tail"]], kinds.get(edge.get("dir", ""), "-->"), texts[edge["head"]])
        for edge in graph.get("edges", [])
    }
    return Picture(boxes, lines)


_STRING = r'"((?:[\w ,./-]|#\d+;|<br/>)*)"'
_NODE = re.compile(rf"(\w+)(?:\[\[|\[|\{{\{{|\(\[|\(){_STRING}(?:\]\]|\]|\}}\}}|\]\)|\))(?::::(\w+))?")
_BOX = re.compile(rf"subgraph (\w+)\[{_STRING}\]")
_LINE = re.compile(rf"(\w+) (---|-->|<-->|-\.-|-\.->|~~~)(?:\|{_STRING}\|)? (\w+)")
_STYLE = re.compile(r"classDef \w+ [\w#:,-]+|class \w+(,\w+)* box")


def told(text: str) -> str:
    """A string of Mermaid as it is read."""
    lines = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text.replace("<br/>", "\n"))
    return lines.replace("\u2060", "")


def read_mermaid(text: str) -> Picture:
    """What a strict reader of the few things that are used understands."""
    first, *rest = text.splitlines()
    assert first == "flowchart LR"
    texts: dict[str, str] = {}
    boxes: dict[str, tuple[str, ...]] = {}
    lines: set[tuple[str, str, str]] = set()
    titles: dict[str, str] = {}
    open_boxes: list[str] = []
    for line in map(str.strip, rest):
        if box := _BOX.fullmatch(line):
            titles[box[1]] = told(box[2])
            open_boxes.append(box[1])
        elif line == "end":
            open_boxes.pop()
        elif node := _NODE.fullmatch(line):
            assert node[1] not in texts
            texts[node[1]] = told(node[2])
            boxes[texts[node[1]]] = tuple(titles[each] for each in open_boxes)
        elif edge := _LINE.fullmatch(line):
            if edge[2] != "~~~":
                kind = {"-.-": "---", "<-->": "<->", "-.->": "-->"}.get(edge[2], edge[2])
                lines.add((texts[edge[1]], kind, texts[edge[4]]))
        else:
            assert _STYLE.fullmatch(line), line
    assert not open_boxes
    return Picture(boxes, lines)


READERS = [
    pytest.param("--dot", read_dot, marks=needs_dot, id="dot"),
    pytest.param("--mermaid", read_mermaid, id="mermaid"),
]


@pytest.mark.parametrize(("form", "read"), READERS)
def test_who_is_where(form: str, read: object, tmp_path: Path) -> None:
    """Ports and VMs lie in the boxes of their switch and TEP; lines join what belongs together."""
    assert callable(read)
    boxes, lines = read(drawn(DEMO, form))
    assert boxes["ops-a\n10.0.0.1"] == ("TEP tep3", "switch sw3")
    assert boxes["blue-a\n10.1.0.10\nuntil 2026-01-01T00:00:10Z"] == ("TEP tep1", "switch sw1")
    assert boxes["blue-a\n10.1.0.10\nfrom 2026-01-01T00:00:10Z"] == ("TEP tep2", "switch sw2")
    assert boxes["192.0.2.2\nvxlan"] == ("TEP tep2",)
    assert boxes["red\nVNID 5002"] == ("Networks",)
    assert boxes["underlay"] == ()
    assert len([text for text in boxes if "\nVNID" in text]) == 3
    assert ("red\nVNID 5002", "<->", "ops\nVNID 5003") in lines, "two policies, one line"
    assert ("underlay", "---", "192.0.2.1\nvxlan") in lines
    assert ("port p2\nops", "---", "ops-a\n10.0.0.1") in lines
    moves = {(source.split("\n")[0], target.split("\n")[0]) for source, kind, target in lines if kind == "-->"}
    assert moves == {("blue-a", "blue-a")}


def hostile(folder: Path) -> Path:
    """A map whose networks, TEPs, switches, ports, VMs and VRFs have the names that hurt most."""
    number = dict(enumerate(HOSTILE, 1))
    of_place = {name: name.replace("/", "|") for name in HOSTILE}
    path = folder / "hostile.json"
    data = {
        "version": 1,
        "networks": {name: {"vnid": vnid} for vnid, name in number.items()},
        "teps": {name: {"ip": f"192.0.2.{at}", "encap": "vxlan"} for at, name in number.items()},
        "switches": {of_place[name]: {"tep": name, "ports": {of_place[name]: name}} for name in HOSTILE},
        "vms": {
            name: {"mac": f"02:00:00:00:00:{at:02x}", "at": f"{of_place[name]}/{of_place[name]}"}
            for at, name in number.items()
        },
        "policies": [{"from": HOSTILE[0], "to": name} for name in HOSTILE[1:]],
        "vrfs": {name: {"networks": [name]} for name in HOSTILE},
    }
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize(("form", "read"), READERS)
def test_names_stay_text(form: str, read: object, tmp_path: Path) -> None:
    assert callable(read)
    boxes, lines = read(drawn(hostile(tmp_path), "--all", form))
    firsts = {text.split("\n")[0] for text in boxes}
    places = {box for around in boxes.values() for box in around}
    for name in HOSTILE:
        assert {name, f"VRF {name}", f"port {name}"} <= firsts
        assert {f"TEP {name}", f"switch {name}"} <= places
    assert len([kind for _, kind, _ in lines if kind == "-->"]) == len(HOSTILE) - 1


@needs_dot
def test_graphviz_shows_names_as_they_are(tmp_path: Path) -> None:
    """Neither entities nor escapes of labels."""
    picture = ET.fromstring(graphviz(drawn(hostile(tmp_path), "--all", "--dot"), "svg"))
    texts = {each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert set(HOSTILE) <= texts


@given(st.text(max_size=40))
def test_no_text_ends_its_string(text: str) -> None:
    """Whatever a name is, it is one string on one line, and says the same."""
    assert re.fullmatch(r'"(?:[^"\\\n&]|\\["\\]|&amp;)*"', dot.quoted(text))
    string = re.fullmatch(_STRING, mermaid.quoted(text))
    assert string is not None
    if text.isprintable() and "\u2060" not in text:
        assert told(string[1]) == text


def large(folder: Path) -> Path:
    """10,000 VMs at 1,000 ports of 20 TEPs; the first port has 45 of them."""
    path = folder / "large.json"
    places = [f"sw{at % 20}/p{at // 20}" for at in range(1000)]
    vms: Iterator[tuple[str, str]] = (
        (f"vm{at}", places[0] if at < 45 else places[1 + at % 999]) for at in range(10_000)
    )
    data = {
        "version": 1,
        "networks": {f"tenant{at}": {"vnid": at + 1} for at in range(50)},
        "teps": {f"tep{at}": {"ip": f"192.0.2.{at + 1}", "encap": "vxlan"} for at in range(20)},
        "switches": {
            f"sw{at}": {"tep": f"tep{at}", "ports": {f"p{port}": f"tenant{port}" for port in range(50)}}
            for at in range(20)
        },
        "vms": {
            name: {"mac": f"02:00:00:00:{at >> 8:02x}:{at & 255:02x}", "at": place}
            for at, (name, place) in enumerate(vms)
        },
        "policies": [{"from": "tenant0", "to": f"tenant{at}"} for at in range(1, 50)],
    }
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize(("form", "read"), READERS)
def test_of_a_large_map_the_rest_is_summed_up(form: str, read: object, tmp_path: Path) -> None:
    assert callable(read)
    source = large(tmp_path)
    boxes, lines = read(drawn(source, form))
    assert ("port p0\ntenant0", "---", "and 37 more") in lines
    assert boxes["42 networks more\n42 policies more"] == ("Networks",)
    rest = next(text for text in boxes if text.startswith("and 12 TEPs more"))
    assert rest.startswith("and 12 TEPs more\nwith 12 switches\nwith 600 ports\nwith ")
    assert boxes["and 42 ports more\nwith 420 VMs"][0].startswith("TEP")
    assert len(boxes) < 600
    small = read(drawn(source, form, "--rows", "2")).boxes
    assert "and 43 more" in small
    assert len(small) < 30


def test_all_is_all(tmp_path: Path) -> None:
    boxes, _ = read_mermaid(drawn(large(tmp_path), "--mermaid", "--all"))
    assert len([text for text in boxes if text.startswith("vm")]) == 10_000
    assert not [text for text in boxes if "more" in text]


def test_the_same_map_is_the_same_picture(tmp_path: Path) -> None:
    for form in ("--dot", "--mermaid"):
        found = {process("map", "show", DEMO, form, settings={"PYTHONHASHSEED": seed}).stdout for seed in "123"}
        assert len(found) == 1


WHOLE = """\
version: 1
networks:
  web: {vnid: 100, gateway: {mac: "02:00:00:00:ff:02", ip: 10.2.0.1}, group: 239.0.0.7, unknown_unicast: flood}
  db: {vnid: 200}
  ops: {vnid: 300}
vrfs: {shop: {l3vni: 50000, networks: [web, db]}}
teps:
  a: {ip: [192.0.2.1, 192.0.2.2, 192.0.2.3], encap: [vxlan], ports: {vxlan: 8472}, router_mac: "02:00:5e:10:0f:01"}
  b: {ip: 192.0.2.9, encap: [vxlan, geneve], gateway: true}
  idle: {ip: 192.0.2.10, encap: [geneve]}
switches:
  sw1: {tep: a, ports: {eth0: {10: web, 20: db, untagged: ops, native: 30}, up: {network: web, trusted: true}}}
  sw2: {tep: b, network: web}
vms:
  many: {mac: ["02:00:00:00:00:01"], ip: [10.2.0.2, 10.2.0.3, 10.2.0.4], at: sw1/eth0.10}
  two: {nics: [{mac: "02:00:00:00:00:02", at: sw1/eth0}, {mac: "02:00:00:00:00:03", at: sw2/tap7}]}
policies:
  - {from: web, to: ops, pcp: 5, via: b}
  - {from: ops, to: db, both_ways: true}
"""


@pytest.mark.parametrize(("form", "read"), READERS)
def test_all_that_a_map_may_have(form: str, read: object, tmp_path: Path) -> None:
    assert callable(read)
    (tmp_path / "map.yaml").write_text(WHOLE)
    boxes, lines = read(drawn(tmp_path / "map.yaml", form))
    web = "web\nVNID 100\ngateway 10.2.0.1\ngroup 239.0.0.7\nfloods"
    assert ("VRF shop\nL3 VNI 50000", "---", web) in lines
    assert (web, "-->", "ops\nVNID 300") in lines
    assert ("ops\nVNID 300", "<->", "db\nVNID 200") in lines
    assert ("port eth0\nVLAN 10\nweb", "---", "many\n10.2.0.2\n10.2.0.3\nand 1 address more") in lines
    assert ("port eth0\nuntagged, native 30\nops", "---", "two\n02:00:00:00:00:02") in lines
    assert ("port tap7\nweb", "---", "two\n02:00:00:00:00:03") in lines
    assert boxes["port up\nweb\ntrusted"] == ("TEP a", "switch sw1")
    assert boxes["all other ports\nweb"] == ("TEP b", "switch sw2")
    assert boxes["192.0.2.1\n192.0.2.2\nvxlan:8472\nroutes"] == ("TEP a",)
    assert boxes["192.0.2.9\nvxlan, geneve\ngateway between encapsulations"] == ("TEP b",)
    assert boxes["192.0.2.10\ngeneve"] == ("TEP idle",)


@pytest.mark.parametrize(("form", "read"), READERS)
def test_an_empty_map_is_an_empty_picture(form: str, read: object, tmp_path: Path) -> None:
    assert callable(read)
    (tmp_path / "map.yaml").write_text("version: 1\n")
    assert read(drawn(tmp_path / "map.yaml", form)) == ({}, set())


def test_to_a_file(tmp_path: Path) -> None:
    """It appears when it is whole, and what a file held before is lost only then."""
    for form in ("--dot", "--mermaid", "--json"):
        ended = dovetool("map", "show", DEMO, form, "-o", "out", cwd=tmp_path)
        assert (ended.code, ended.stdout, ended.stderr) == (0, b"", "")
        assert (tmp_path / "out").read_text() == drawn(DEMO, form)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert dovetool("map", "show", DEMO, "--dot", "-o", "-").stdout.decode() == drawn(DEMO, "--dot")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--dot", "--mermaid"), "--json, --dot and --mermaid: choose one of them"),
        (("--json", "--dot"), "--json, --dot and --mermaid: choose one of them"),
        (("-o", "out"), "-o: say --json, --dot or --mermaid too"),
        (("--dot", "-o", "map.yaml"), "map.yaml"),
        (("--dot", "-o", "none/out"), "cannot write none/out: No such file or directory"),
    ],
    ids=str,
)
def test_what_cannot_be(options: tuple[str, ...], complaint: str, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(DEMO.read_text())
    ended = dovetool("map", "show", "map.yaml", *options, cwd=tmp_path)
    assert (ended.code, ended.stdout) == (2, b"")
    assert complaint in ended.complaint
    assert [path.name for path in tmp_path.iterdir()] == ["map.yaml"]
    assert (tmp_path / "map.yaml").read_text() == DEMO.read_text()
