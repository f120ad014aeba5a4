"""`dovetool validate`: its table and its files, its exit codes, and what it refuses."""

from __future__ import annotations

import contextlib
import io
import json
import re
import struct
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from audit_faults import FAULTS
from audited_traffic import A2, MAP, MOVE, SECOND, Inner, M, Packet, captured, clean, ip, write_clean, write_map
from cli_process import Ended, dovetool, names_in
from cli_traffic import PCAPNG_HEAD, block, pcapng_record
from frames import BLUE
from plain_capture import read_capture, write_capture
from tshark_fields import decoded

from dovetool import cli
from dovetool.belonging.finding import KINDS
from dovetool.belonging.rule import Severity

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
TUTORIAL = SAMPLES / "tutorial"
ERROR = next(fault for fault in FAULTS if fault.name == "unknown VNID")
WARNING = next(fault for fault in FAULTS if fault.name == "TTL 1")
TWICE = next(fault for fault in FAULTS if fault.name == "swapped TEPs")


def ran(*words: str | Path) -> Ended:
    """Run a command inside this process."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        code = cli.run(list(map(str, words)))
    return Ended(code, said.getvalue().encode(), complained.getvalue())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In a folder with a map and captures: a clean one, one with an error, one with a warning, one with two errors."""
    monkeypatch.chdir(tmp_path)
    write_map(tmp_path)
    write_clean(tmp_path)
    for name, fault in (("error", ERROR), ("warning", WARNING), ("twice", TWICE)):
        write_capture(tmp_path / f"{name}.pcap", fault.make())
    return tmp_path


def test_clean_capture_says_so_in_one_line(here: Path) -> None:
    ended = ran("validate", "clean.pcap", "-m", "map.yaml")
    assert (ended.code, ended.stderr) == (0, "")
    said = ended.stdout.decode()
    assert re.fullmatch(r"23 frames checked \(23 in the underlay\) in [\d.]+ s: nothing wrong\n", said)


@pytest.mark.parametrize(
    ("target", "words"), [("ffffffffffff", "the broadcast address"), ("01005e0000fb", "a multicast address")]
)
def test_whom_a_group_address_reaches(target: str, words: str, tmp_path: Path) -> None:
    """Frame 46 of the tutorial comes from a VM of another network."""
    (*_, strange) = read_capture(TUTORIAL / "leaf1.pcap")
    octets = strange.octets[:50] + bytes.fromhex(target) + strange.octets[56:]
    write_capture(tmp_path / "in.pcap", [strange._replace(octets=octets)])
    ended = ran("validate", tmp_path / "in.pcap", "-m", TUTORIAL / "map.yaml", "--only", "isolation-violation")
    assert ended.code == 1
    assert f"ops-a (ops) to {words} from leaf1 to leaf2 travels in blue" in " ".join(ended.stdout.decode().split())


def test_last_line_counts_by_severity(tmp_path: Path) -> None:
    """An info is called so, and frames that the map says nothing of are no error."""
    (tmp_path / "map.yaml").write_text("version: 1\nnetworks: {flannel: {vnid: 1}}\n")
    ended = ran("validate", SAMPLES / "kubernetes" / "any-node-a.pcap", "-m", tmp_path / "map.yaml")
    assert ended.code == 0
    last = ended.stdout.decode().splitlines()[-1]
    assert last.startswith("112 frames checked (22 in the underlay, 90 not covered by the map) in ")
    assert last.endswith(": nothing wrong, 1 info")


def test_table_in_a_pipe(here: Path) -> None:
    """Plain text, a row a finding, nothing folded."""
    ended = ran("validate", "error.pcap", "-m", "map.yaml")
    said = ended.stdout.decode()
    assert ended.code == 1
    assert "\x1b" not in said
    (row,) = [line for line in said.splitlines() if "unknown-vnid" in line]
    text = "vxlan from tep1 to tep2 carries VNID 5099, which is no network of the map"
    assert re.fullmatch(rf"error +unknown-vnid +{text} +1 +22 +map: networks\.vnid *", row)
    assert said.splitlines()[-1].endswith(": 1 error")


def test_input_from_a_pipe(here: Path) -> None:
    ended = dovetool("validate", "-", "-m", "map.yaml", "--json", cwd=here, stdin=(here / "error.pcap").read_bytes())
    assert ended.code == 1
    assert json.loads(ended.stdout)["findings"][0]["frames"] == [22]


@pytest.mark.parametrize(
    ("capture", "words", "code"),
    [
        ("clean", ["--fail-on", "warning"], 0),
        ("warning", [], 0),
        ("warning", ["--fail-on", "error"], 0),
        ("warning", ["--fail-on", "warning"], 1),
        ("error", ["--fail-on", "warning"], 1),
        ("error", ["--ignore", "unknown-vnid"], 0),
        ("error", ["--ignore", "low-ttl,unknown-vnid"], 0),
        ("error", ["--ignore", "low-ttl", "--ignore", "unknown-vnid"], 0),
        ("error", ["--only", "low-ttl"], 0),
        ("error", ["--only", "low-ttl, unknown-vnid"], 1),
        ("error", ["--only", "unknown-vnid", "--ignore", "unknown-vnid"], 0),
    ],
)
def test_exit_code(here: Path, capture: str, words: list[str], code: int) -> None:
    ended = ran("validate", f"{capture}.pcap", "-m", "map.yaml", *words)
    assert (ended.code, ended.stderr) == (code, "")


def test_rejects(here: Path) -> None:
    """The offending frames alone, octet for octet, each with all that is wrong with it as its comment."""
    ended = ran("validate", "twice.pcap", "-m", "map.yaml", "--rejects", "r.pcapng")
    assert ended.code == 1
    (kept,) = read_capture(here / "r.pcapng")
    offending = read_capture(here / "twice.pcap")[21]
    assert (kept.octets, kept.orig_len, kept.ts_ns) == (offending.octets, offending.orig_len, offending.ts_ns)
    raw = (here / "r.pcapng").read_bytes()
    assert raw.count(b"error: wrong-tep: a1 (blue) sent into blue (VNID 5001) from tep2") == 1
    assert raw.count(b"error: wrong-tep: a frame for a2 (blue) went to tep1") == 1


def test_wireshark_shows_the_comment(here: Path) -> None:
    ran("validate", "warning.pcap", "-m", "map.yaml", "--rejects", "r.pcapng")
    (frame,) = decoded(here / "r.pcapng", "frame.comment")
    assert ";".join(frame["frame.comment"]) == "warning: low-ttl: TTL 1 from tep1 to tep2; the map says 64"


def test_rejects_leave_out_what_is_ignored(here: Path) -> None:
    words = ("--ignore", "wrong-tep", "--rejects", "r.pcapng")
    assert ran("validate", "twice.pcap", "-m", "map.yaml", *words).code == 0
    assert read_capture(here / "r.pcapng") == []


def sarif_of(here: Path, capture: str) -> dict[str, Any]:
    ran("validate", f"{capture}.pcap", "-m", "map.yaml", "--sarif", "s.sarif")
    log: dict[str, Any] = json.loads((here / "s.sarif").read_text())
    return log


def test_sarif(here: Path) -> None:
    """What SARIF 2.1.0 asks for: its version, a tool with rules, results that name a rule and a place."""
    log = sarif_of(here, "error")
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(KINDS)
    for rule in rules:
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["help"]["text"]
        severity = KINDS[rule["id"]].severity
        assert rule["defaultConfiguration"]["level"] == ("note" if severity is Severity.INFO else severity)
    (result,) = run["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "unknown-vnid"
    assert result["level"] == "error"
    assert "VNID 5099" in result["message"]["text"]
    assert result["occurrenceCount"] == 1
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "error.pcap", "index": 0}
    assert [place["name"] for place in location["logicalLocations"]] == ["frame 22"]
    assert run["artifacts"][0]["location"]["uri"] == "error.pcap"


def test_sarif_of_a_clean_capture_has_no_results(here: Path) -> None:
    """An empty list: the tool ran and found nothing."""
    assert sarif_of(here, "clean")["runs"][0]["results"] == []


def test_sarif_uri(here: Path) -> None:
    """A name with spaces and signs is still a URI, and an absolute path a file URL."""
    source = here / "a b#ü%.pcap"
    source.write_bytes((here / "clean.pcap").read_bytes())
    ran("validate", source, "-m", "map.yaml", "--sarif", "s.sarif")
    (artifact,) = json.loads((here / "s.sarif").read_text())["runs"][0]["artifacts"]
    assert artifact["location"]["uri"] == f"file://{here}/a%20b%23%C3%BC%25.pcap"


@pytest.mark.parametrize(
    ("capture", "words", "failed", "told"),
    [
        ("clean", [], [], []),
        ("error", [], ["unknown-vnid"], []),
        ("warning", [], [], ["low-ttl"]),
        ("warning", ["--fail-on", "warning"], ["low-ttl"], []),
    ],
)
def test_junit(here: Path, capture: str, words: list[str], failed: list[str], told: list[str]) -> None:
    """A test case a rule; those with findings that count fail, those with others say so."""
    ran("validate", f"{capture}.pcap", "-m", "map.yaml", "--junit", "j.xml", *words)
    suites = ET.parse(here / "j.xml").getroot()
    (suite,) = suites
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == list(KINDS)
    assert [case.get("name") for case in cases if case.find("failure") is not None] == failed
    assert [case.get("name") for case in cases if case.find("system-out") is not None] == told
    assert suites.get("failures") == suite.get("failures") == str(len(failed))
    assert suite.get("tests") == str(len(cases))


def test_list(here: Path) -> None:
    """Every reason with its severity and source; neither capture nor map is needed."""
    ended = ran("validate", "--list")
    assert ended.code == 0
    rows = ended.stdout.decode().splitlines()
    for reason, kind in KINDS.items():
        (row,) = [row for row in rows if re.match(rf" *\w+ +{reason} ", row)]
        assert row.split()[0] == kind.severity
        assert kind.rule.source in row


def test_every_kind_has_a_seeded_fault() -> None:
    """All but those that another test finds in real captures, between routers, or on trunks."""
    elsewhere = {"unknown-port", "not-ethernet", "tag-spoofed", "critical-option", "reserved-vnid"}
    elsewhere |= {"control-packet", "critical-flag", "unknown-router", "no-route", "ttl-exceeded", "unknown-vlan"}
    assert {reason for fault in FAULTS for reason in fault.found} | elsewhere == set(KINDS)
    assert {kind.severity for kind in KINDS.values()} == set(Severity)


def test_hostile_names(here: Path) -> None:
    """Names of a map are data and no markup; they break neither table nor file."""
    (here / "map.yaml").write_text(MAP.replace("  a1: ", "  '<b>[red]a1&\"': "))
    words = ("--sarif", "s.sarif", "--junit", "j.xml")
    ended = ran("validate", "twice.pcap", "-m", "map.yaml", *words)
    assert ended.code == 1, ended.stderr
    name = '<b>[red]a1&" (blue) sent into blue'
    assert name in ended.stdout.decode()
    assert name in ET.parse(here / "j.xml").getroot().findtext(".//failure", "")
    results = json.loads((here / "s.sarif").read_text())["runs"][0]["results"]
    assert any(name in result["message"]["text"] for result in results)


def test_hostile_interface(here: Path) -> None:
    """A control character of a capture reaches no terminal, and breaks no XML."""
    interface = struct.pack("<HHI", 1, 0, 0) + struct.pack("<HH", 2, 9) + b"sw1/\x1b[31m" + bytes(3) + bytes(4)
    head = PCAPNG_HEAD[:28] + block(1, interface)
    (here / "in.pcapng").write_bytes(head + pcapng_record(Inner().octets()))
    ended = ran("validate", "in.pcapng", "-m", "map.yaml", "--junit", "j.xml", "--rejects", "r.pcapng")
    assert ended.code == 1
    assert b"captured at sw1/\\x1b[31m" in ended.stdout
    assert b"\x1b" not in ended.stdout
    assert "sw1/\\x1b[31m" in ET.parse(here / "j.xml").getroot().findtext(".//failure", "")
    assert len(read_capture(here / "r.pcapng")) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "validate needs a capture IN"),
        (["-m", "map.yaml"], "validate needs a capture IN"),
        (["clean.pcap", "--only", "low-ttl,wrong-tep"], "--only wrong-tep: needs a map (-m MAP)"),
        (["clean.pcap", "--tpid", "5"], "--tpid 5: expected an EtherType"),
        (["clean.pcap", "-m", "map.yaml", "--tpid", "vlan"], "--tpid vlan: expected an EtherType"),
        (["clean.pcap", "-m", "map.yaml", "--fail-on", "never"], "'--fail-on': 'never' is not one of"),
        (
            ["clean.pcap", "-m", "map.yaml", "--only", "wrong-tap"],
            "wrong-tap: no such reason; there is isolation-violation,",
        ),
        (["clean.pcap", "-m", "map.yaml", "--ignore", "low-ttl,x"], "--ignore x: no such reason"),
        (["clean.pcap", "-m", "map.yaml", "--fail-on", "never"], "never"),
        (["clean.pcap", "-m", "none.yaml"], "none.yaml"),
        (["none.pcap", "-m", "map.yaml"], "none.pcap"),
        (["map.yaml", "-m", "map.yaml"], "no pcap or pcapng file"),
        (["clean.pcap", "-m", "map.yaml", "--sarif", "clean.pcap"], "needs a file of its own"),
        (["clean.pcap", "-m", "map.yaml", "--junit", "map.yaml"], "needs a file of its own"),
        (["clean.pcap", "-m", "map.yaml", "--junit", "a", "--rejects", "a"], "needs a file of its own"),
        (["clean.pcap", "-m", "map.yaml", "--sarif", "-"], "needs a file of its own"),
        (["clean.pcap", "-m", "map.yaml", "--sarif", "no/where"], "no/where"),
    ],
)
def test_refused(here: Path, words: list[str], says: str) -> None:
    before = names_in(here)
    ended = ran("validate", *words)
    assert ended.code == 2
    assert says in ended.complaint
    assert ended.stdout == b""
    assert names_in(here) == before


def test_cut_capture(here: Path) -> None:
    """What came before the damage is reported, in the files too; the exit code is 3."""
    whole = (here / "error.pcap").read_bytes()
    (here / "cut.pcap").write_bytes(whole[:-5])
    ended = ran("validate", "cut.pcap", "-m", "map.yaml", "--json", "--sarif", "s.sarif")
    assert ended.code == 3
    assert "ends inside a record" in ended.complaint
    assert json.loads(ended.stdout)["frames"] == len(captured(clean()))
    assert len(json.loads((here / "s.sarif").read_text())["runs"][0]["results"]) == 1


def test_snap_length(here: Path) -> None:
    """Frames cut before their inner headers are counted as such, and blamed for nothing."""
    frames = [frame._replace(octets=frame.octets[:60]) for frame in captured(clean())]
    write_capture(here / "short.pcap", frames)
    ended = ran("validate", "short.pcap", "-m", "map.yaml", "--json")
    record = json.loads(ended.stdout)
    assert (ended.code, record["findings"], record["cut"]) == (0, [], len(frames))


@pytest.mark.parametrize(
    ("grace", "found"),
    [((), "in-flight"), (("--grace", "0s"), "late-frame"), (("--grace", "999ms"), "late-frame")],
)
def test_frames_after_a_migration(grace: tuple[str, ...], found: str, tmp_path: Path) -> None:
    """They may have been on their way; inspect sees them as validate does by itself."""
    late = Packet(1, 2, BLUE, Inner(M, A2, ip(4), ip(2)), ts_ns=MOVE + SECOND)
    source, map_file = write_capture(tmp_path / "late.pcap", captured([late])), write_map(tmp_path)
    ended = ran("validate", source, "-m", map_file, "--json", *grace)
    assert [finding["reason"] for finding in json.loads(ended.stdout)["findings"]] == [found]
    assert ended.code == (found == "late-frame")
    if not grace:
        assert json.loads(ran("inspect", source, "-m", map_file, "--json").stdout)[0]["verdict"] == [found]


@pytest.mark.parametrize("span", ["2", "5min", "-1s", "s", "1e3s", "99999999999s"])
def test_spans_of_time_have_a_unit(span: str, tmp_path: Path) -> None:
    ended = ran("validate", write_clean(tmp_path), f"--grace={span}")
    assert (ended.code, ended.stdout) == (2, b"")
    assert ended.stderr.rstrip().endswith(f"--grace {span}: expected a span of time such as 2s, 500ms or 5m")
