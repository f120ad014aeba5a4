"""Completion in bash, zsh and fish themselves: what is put in is what the map says, and nothing of it is run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_shells import SHELLS, Shell, started

from dovetool.completion import script

HOSTILE = {
    "spaces": "red team of two",
    "colons": "acl:web:1",
    "equals": "eq=1",
    "substitution": "sub$(touch pwned)",
    "backticks": "tick`touch pwned`",
    "semicolon": "semi;touch pwned",
    "double": 'dou"ble',
    "single": "sin'gle",
    "backslash": "back\\slash",
    "glob": "glo*b?[a]",
    "braces": "bra{ce..s}~",
    "dollar": "dol$HOME",
    "hash": "#hash <a> & |b",
    "bang": "bang!!x",
    "brackets": "(paren)",
    "letters": "zürich-网",
}


def write_map(folder: Path) -> None:
    """Write map.yaml, with names of networks that a shell could trip over, and some that cannot be typed."""
    networks = {name: {"vnid": 5000 + place} for place, name in enumerate(HOSTILE.values())}
    networks |= {"escape\x1b[2J": {"vnid": 6000}, "line\nbreak": {"vnid": 6001}, "comma,name": {"vnid": 6002}}
    content = {"version": 1, "networks": networks, "teps": {"tep1": {"ip": "192.0.2.1", "encap": ["vxlan"]}}}
    content["switches"] = {"leaf 1": {"tep": "tep1", "ports": {"eth 0:1": "acl:web:1"}}}
    (folder / "map.yaml").write_text(json.dumps(content))


@pytest.fixture(scope="module", params=list(SHELLS))
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell in a folder with maps and captures."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    folder = tmp_path_factory.mktemp(request.param)
    write_map(folder)
    (folder / "my capture.pcapng.gz").touch()
    (folder / "mind.txt").touch()
    (folder / "hops").mkdir()
    (folder / "hops" / "underlay.pcap").touch()
    with started(request.param, folder, script(request.param)) as one:
        yield one


def test_commands_and_options(shell: Shell) -> None:
    assert shell.completed("dovetool transl") == ["translate"]
    assert shell.completed("dovetool map im") == ["map", "import"]
    assert shell.completed("dovetool strip --fragment-mem") == ["strip", "--fragment-memory"]


def test_words_of_options(shell: Shell) -> None:
    assert shell.completed("dovetool strip --summary ta") == ["strip", "--summary", "table"]
    assert shell.completed("dovetool strip --summary=js") == ["strip", "--summary=json"]
    assert shell.completed("dovetool translate --to gen") == ["translate", "--to", "geneve"]
    assert shell.completed("dovetool validate --only bad-overlay-header,wrong-p") == [
        "validate",
        "--only",
        "bad-overlay-header,wrong-port",
    ]
    assert shell.completed("dovetool inspect -e number,inner_l") == ["inspect", "-e", "number,inner_length"]
    assert shell.completed("dovetool strip -d udp.port==4799,gen") == ["strip", "-d", "udp.port==4799,geneve"]
    assert shell.completed("dovetool stats --by vnid,conv") == ["stats", "--by", "vnid,conversation"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_names_of_networks(kind: str, shell: Shell) -> None:
    """However odd they are, they come through whole."""
    name = HOSTILE[kind]
    begin = name[:3] if name[0] not in "#(" else f"\\{name[0]}"
    assert shell.completed(f"dovetool inspect -m map.yaml --vnid {begin}") == [
        "inspect",
        "-m",
        "map.yaml",
        "--vnid",
        name,
    ]


def test_names_that_are_begun_in_quotes_or_behind_a_sign(shell: Shell) -> None:
    for begun in ("'red te", '"red te', "red\\ te"):
        assert shell.completed(f"dovetool inspect -m map.yaml --vnid {begun}")[-1] == "red team of two"
    assert shell.completed("dovetool inspect -m map.yaml --vnid=red")[-1] == "--vnid=red team of two"
    assert shell.completed("dovetool inspect -m map.yaml --vnid acl:we")[-1] == "acl:web:1"
    assert shell.completed("dovetool run -m map.yaml --ingress leaf")[-1] == "leaf 1/eth 0:1"


def test_names_that_cannot_be_typed_are_left_out(shell: Shell) -> None:
    for begun in ("esc", "line", "comma"):
        assert shell.completed(f"dovetool inspect -m map.yaml --vnid {begun}")[-1] == begun


def test_nothing_was_run(shell: Shell) -> None:
    """All names have been offered in one list, too."""
    assert shell.completed("dovetool inspect -m map.yaml --vnid ")[-1] in ("--vnid", *HOSTILE.values())
    assert not list(shell.folder.glob("**/pwned"))


def test_files(shell: Shell) -> None:
    assert shell.completed("dovetool inspect m")[-1] == "my capture.pcapng.gz"
    assert shell.completed("dovetool inspect hops/u")[-1] == "hops/underlay.pcap"
    assert shell.completed("dovetool inspect x -m ma")[-1] == "map.yaml"
    assert shell.completed("dovetool run a b --taps ho")[-1].rstrip("/") == "hops"


def test_zsh_finds_the_script_by_its_name(tmp_path: Path) -> None:
    """Each time that it is asked, and not the first time alone."""
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    (tmp_path / "_dovetool").write_text(script("zsh"))
    begin = f"unsetopt zle_bracketed_paste; fpath+={tmp_path}; autoload -Uz compinit; compinit -D -u"
    with started("zsh", tmp_path, "", begin) as shell:
        for _ in range(3):
            assert shell.completed("dovetool transl") == ["translate"]
