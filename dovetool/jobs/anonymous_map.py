"""A map with other addresses and names, those that its captures get by the same key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path

from dovetool.capture.target import Target
from dovetool.errors import CorruptCaptureError, MapError
from dovetool.jobs.anonymising import port_name
from dovetool.pseudonyms.pseudonyms import Pseudonyms
from dovetool.vnid_map.file.load import checked
from dovetool.vnid_map.file.model import MapFile
from dovetool.vnid_map.file.replacing import Replacements


def anonymous_map(said: MapFile, name: str, pseudonyms: Pseudonyms) -> MapFile:
    """Another map of the same network; raises a MapError where there can be none, which calls the one by its name."""
    model, problems = checked(_replacements(pseudonyms).data_of(said))
    if model is None:
        raise MapError([f"{name}: no map can be made of it: {problem}" for problem in problems])
    return model


@contextmanager
def written_after(model: MapFile, target: Path) -> Iterator[None]:
    """Write the map once its captures are written, be it as far as they are good.

    Raises:
        CaptureError: the file cannot be written.
    """
    damage = None
    try:
        yield
    except CorruptCaptureError as error:
        if error.exit_code != CorruptCaptureError.exit_code:  # none of them is written
            raise
        damage = error
    _write(model, target)
    if damage is not None:
        raise damage


def _write(model: MapFile, target: Path) -> None:
    from dovetool.vnid_map.file.writing import text_of

    with Target(target) as file:
        file.write(text_of(model, head=["made by: dovetool anonymise"]).encode())


def _replacements(pseudonyms: Pseudonyms) -> Replacements:
    def port(name: str) -> str:
        return port_name(name, pseudonyms)

    def place(text: str) -> str:
        switch, slash, name = text.partition("/")
        return f"{pseudonyms.name(switch)}{slash}{port(name)}"

    def mac(text: str) -> str:
        return pseudonyms.mac(bytes.fromhex(text.replace(":", ""))).hex(":")

    def address(text: str) -> str:
        ip, slash, length = text.partition("/")
        made = ip_address(pseudonyms.ip(ip_address(ip).packed))
        return str(ip_network(f"{made}/{length}", strict=False)) if slash else str(made)

    return Replacements(pseudonyms.name, port, place, mac, address)
