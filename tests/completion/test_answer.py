"""What could come next: by words, as zsh and fish ask."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from completion_table import table, text
from hypothesis import given
from hypothesis import strategies as st

from dovetool.completion import answer
from dovetool.completion.bash import Line, escaped
from dovetool.completion.table import FILE, load

DEMO = Path(__file__).resolve().parents[2] / "samples" / "demo"
MAP = str(DEMO / "map.yaml")
_NOTHING_KNOWN = {
    "number": "--count --depth --fragment-memory --fragment-packets --fragment-timeout --interval --jobs --ring --rows"
    " --top --tpid --workers",
    "frames": "--frame --from --to --hex",
    "addresses": "--ip --mac",
    "time": "--at --dedup-window --grace --learn --rotate-time --shift --time --window",
    "size": "--range-size --rotate-size",
    "secret": "--key",
    "languages": "--display-filter --filter",
    "keys of differences": "--without",
    "hosts": "--scheduler",
}
"""Options whose values nobody could guess."""


def offered(*words: str, **environ: str) -> list[str]:
    """The values that are offered for the last word."""
    said = answer({"_DOVETOOL_COMPLETE": "fish", "DOVETOOL_CONFIG": "", **environ}, words)
    return [line.partition("\t")[0] for line in said.splitlines()]


def test_the_table_is_that_of_the_commands() -> None:
    assert FILE.read_text() == text(), "commands have changed: python packaging/completion_table.py"


def test_of_each_option_it_is_known_what_it_takes() -> None:
    unknown = {
        name
        for command in table()["commands"].values()
        for told in command["options"]
        for name in told["names"]
        if told["kind"] == "?" and name.startswith("--")
    }
    assert unknown <= set(" ".join(_NOTHING_KNOWN.values()).split())


def test_every_kind_has_its_words() -> None:
    known = load()
    kinds = {told["kind"] for each in known.commands.values() for told in (*each["options"], *each["arguments"])}
    singles = {kind.removesuffix("s") if kind.removesuffix("s") in known.words else kind for kind in kinds}
    of_maps = {"networks", "teps", "tep", "vms", "port", "vlan"}
    assert {kind for kind in singles if "|" not in kind} - set(known.words) - set(known.files) - of_maps == {
        "",
        "?",
        "decode_as",
        "file",
        "folder",
    } - set(known.words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("st",), ["strip", "stats"]),
        (("map", "d"), ["diff"]),
        (("--vers",), ["--version"]),
        (("strip", "a", "b", "--summary", ""), ["table", "json", "none"]),
        (("strip", "-j", "2", "--summ"), ["--summary"]),
        (("strip", "-j2", "--summ"), ["--summary"]),
        (("strip", "--summary", "json", "--summ"), []),
        (("inspect", "-Vx", "--encap", "vx"), ["vxlan", "vxlan-gpe"]),
        (("inspect", "--encap", "dove,no"), ["dove,none"]),
        (("run", "--encap", "er"), []),
        (("translate", "--to", "p"), []),
        (("inspect", "--to", ""), []),
        (("nonsense", "--f"), []),
        (("map", "nonsense", ""), []),
        (("strip", "-d", "udp.port==4799,vxlan-"), ["udp.port==4799,vxlan-gpe"]),
        (("strip", "-dgre.proto==1,nv"), ["-dgre.proto==1,nvgre"]),
        (("strip", "-d", "nonsense==1,"), []),
        (("stats", "--sort", "o"), ["octets", "overhead"]),
        (("map", "import", "fr"), ["frr"]),
        (("inspect", "-m", MAP, "--vnid", ""), ["blue", "red", "ops"]),
        (("inspect", "-m", MAP, "--vnid", "red,"), ["red,blue", "red,ops"]),
        (("inspect", f"-m{MAP}", "--vm=red-"), ["--vm=red-a", "--vm=red-b", "--vm=red-c"]),
        (("inspect", f"--map={MAP}", "--tep", "tep1,tep2,"), ["tep1,tep2,tep3"]),
        (("run", "--map", MAP, "--ingress", "sw1/"), ["sw1/p1", "sw1/p2"]),
        (("strip", "--map", MAP, "--vlan", "b"), ["blue="]),
        (("inspect", "-m", "/dev/null", "--vnid", ""), []),
        (("inspect", "-m", "-", "--vnid", ""), []),
        (("inspect", "-m", str(DEMO), "--vnid", ""), []),
        (("inspect", "--vnid", ""), []),
        (("strip", "--", "--summ"), []),
    ],
    ids=lambda value: " ".join(value)[-60:] if isinstance(value, tuple) else "",
)
def test_what_is_offered(words: tuple[str, ...], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_the_map_of_the_settings(tmp_path: Path) -> None:
    assert offered("stats", "--vnid", "b", DOVETOOL_MAP=MAP) == ["blue"]
    file = tmp_path / "dovetool.toml"
    file.write_text(f'map = "{MAP}"')
    assert offered("stats", "--vnid", "b", DOVETOOL_CONFIG=str(file)) == ["blue"]
    assert offered("--no-config", "stats", "--vnid", "b", DOVETOOL_CONFIG=str(file)) == []
    file.write_text("map = ")
    assert offered("stats", "--vnid", "b", DOVETOOL_CONFIG=str(file)) == []


def test_files_are_those_with_the_suffix_or_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for name in ("a.pcap", "b.pcapng.zst", "c.txt", ".hidden.pcap", "bad\x1bname.pcap"):
        (tmp_path / name).touch()
    assert offered("inspect", "") == ["a.pcap", "b.pcapng.zst", "folder/"]
    assert offered("inspect", "c") == ["c.txt"]
    assert offered("inspect", "x", f"--write={tmp_path}/a") == [f"--write={tmp_path}/a.pcap"]
    assert offered("run", "--taps", "") == ["folder/"]
    assert offered("inspect", "nowhere/") == []


def test_names_of_a_large_map_are_kept_until_it_changes(tmp_path: Path) -> None:
    vms = {f"vm{number}": {"mac": f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"} for number in range(2000)}
    file, cache = tmp_path / "map.json", tmp_path / "cache"
    file.write_text(json.dumps({"version": 1, "vms": vms, "networks": {"first": {"vnid": 1}}}))
    for _ in range(2):
        assert offered("inspect", "-m", str(file), "--vm", "vm199", XDG_CACHE_HOME=str(cache))[:2] == [
            "vm199",
            "vm1990",
        ]
    kept = list((cache / "dovetool").iterdir())
    assert {path.suffix for path in kept} == {".txt"}
    assert {path.parent.stat().st_mode & 0o777 for path in kept} == {0o700}
    file.write_text(json.dumps({"version": 1, "vms": vms, "networks": {"another": {"vnid": 1}}}))
    assert offered("inspect", "-m", str(file), "--vnid", "", XDG_CACHE_HOME=str(cache)) == ["another"]
    for path in kept:
        path.write_bytes(b"\xff")
    assert offered("inspect", "-m", str(file), "--vnid", "", XDG_CACHE_HOME=str(cache)) == ["another"]
    cache.rename(tmp_path / "gone")
    cache.touch()  # nothing can be kept there
    assert offered("inspect", "-m", str(file), "--vnid", "", XDG_CACHE_HOME=str(cache)) == ["another"]


@pytest.mark.parametrize("words", [("inspect", "--v"), ("inspect", "-m", MAP, "--vnid", "b")], ids=" ".join)
def test_a_key_loads_next_to_nothing(words: tuple[str, ...]) -> None:
    run = (
        "import os, sys; os.environ['_DOVETOOL_COMPLETE'] = 'zsh'; from dovetool.__main__ import main; main();"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", run, *words], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("whole\n")
    heavy = {"dpkt", "numpy", "pydantic", "pydantic_core", "rich", "typer", "dovetool.cli", "dovetool.wire"}
    assert not {*done.stderr.split()} & heavy


@given(words=st.lists(st.text(max_size=12) | st.sampled_from(["-m", "--vnid", "inspect", "-d", "map", "--", "-"])))
def test_any_words_are_answered(words: list[str]) -> None:
    offered("inspect", *words)


@given(
    text_=st.text(st.characters(exclude_categories=("C", "Z")), min_size=1), breaks=st.sampled_from(["", "=:", "@:"])
)
def test_what_bash_is_told_means_the_value(text_: str, breaks: str) -> None:
    """Whatever was there of it, in whatever quotes; behind what breaks words, the rest alone is put in."""
    assert Line.parsed(f"x {escaped(text_)}").words[-1] == text_
    for begun in ("", escaped(text_[:1])):
        line = Line.parsed(f"dovetool {begun}")
        reply = line.reply(text_, breaks)
        assert reply is not None
        if not breaks:
            assert Line.parsed(f"dovetool {reply}").words[-1] == text_
    for quote in "\"'":
        reply = Line.parsed(f"dovetool {quote}").reply(text_, breaks)
        assert (reply is None) == (quote == '"' and "!" in text_)
        if reply is not None:
            assert Line.parsed(f"dovetool {quote}{reply}{quote}").words[-1] == text_
