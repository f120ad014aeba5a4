"""A URL goes where a path goes, and nothing of it is collapsed."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from dovetool.capture.remote.location import Location, place_of, without_secrets
from dovetool.capture.roles import IN, OUT, Roles
from dovetool.errors import UsageError

URL = "s3://bucket/a folder/lan.pcapng.gz"


def test_it_has_the_name_of_a_path_and_the_text_of_a_url() -> None:
    location = place_of(URL)
    assert isinstance(location, Location)
    assert str(location) == os.fspath(location) == URL
    assert (location.name, location.suffix, location.suffixes) == ("lan.pcapng.gz", ".gz", [".pcapng", ".gz"])
    assert location.parent == Location("s3://bucket/a folder")
    assert (
        location.parent / "other.pcap"
        == location.with_name("other.pcap")
        == Location("s3://bucket/a folder/other.pcap")
    )
    assert location != Path(URL)
    assert pickle.loads(pickle.dumps(location)) == location
    assert len({location, Location(URL)}) == 1
    assert not location.exists()


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("s3:/bucket/key", Path("s3:/bucket/key")),
        ("c://x.pcap", Path("c://x.pcap")),
        ("-", Path("-")),
        ("file:///tmp/a%20b.pcap", Path("/tmp/a b.pcap")),
    ],
)
def test_what_is_no_url_is_a_path(word: str, meant: Path) -> None:
    assert place_of(word) == meant
    assert not isinstance(place_of(word), Location)


def test_what_a_web_server_is_asked_besides_is_no_part_of_the_name() -> None:
    assert place_of("https://host/x.pcap?token=a.b").suffix == ".pcap"
    assert place_of("s3://bucket/what?.pcap").name == "what?.pcap"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/a/x.pcap?sig=SECRET/b.gz&token=SECRET", "https://host/a/x.pcap"),
        ("HTTPS://me:SECRET@host/it's/x.pcap?SECRET", "HTTPS://me@host/it's/x.pcap"),
        ("ftp://me:SECRET@host/x.pcap", "ftp://me@host/x.pcap"),
        ("abfss://box@account.dfs.core.windows.net/x.pcap", "abfss://box@account.dfs.core.windows.net/x.pcap"),
        ("s3://bucket/a:b@c/what?.pcap", "s3://bucket/a:b@c/what?.pcap"),
    ],
)
def test_secrets_are_in_no_text_and_no_name(url: str, shown: str) -> None:
    location = Location(url)
    assert location.url == os.fspath(location) == url
    assert (str(location), repr(location)) == (shown, f"Location({shown!r})")
    assert "SECRET" not in "".join(location.parts)
    assert str(location.parent) == shown.rpartition("/")[0]
    assert str(location.with_name("y.pcap")) == str(location.parent / "y.pcap") == f"{shown.rpartition('/')[0]}/y.pcap"
    assert without_secrets(f"404, url='{url}'") == f"404, url='{shown}'"
    assert without_secrets(f"{url}, {url}: no (such file?)") == f"{shown}, {shown}: no (such file?)"


def test_urls_with_other_queries_are_others() -> None:
    assert Location("https://host/get?id=1") != Location("https://host/get?id=2")


def test_a_url_plays_one_role() -> None:
    roles = Roles()
    roles.reads(IN, place_of(URL))
    roles.replaces(OUT, place_of(URL))  # at the end, as with a file
    with pytest.raises(UsageError, match=f"--rejects {URL}: needs a file of its own, and is OUT too"):
        roles.writes("--rejects", place_of(URL))
