"""A profile of Wireshark's for overlays: columns, a colour for each network, buttons that filter, unusual ports.

A name of a network stands in it as a label alone; filters go by the VNID, so that no name can change what they mean.
"""

from __future__ import annotations

import colorsys
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dovetool.errors import UsageError
from dovetool.values import dataclass
from dovetool.vnid_map.vnid_bits import VnidBits
from dovetool.wireshark.decode_as import DecodeChoice, choices
from dovetool.wireshark.files import Change, FileOutcome, check_home, put
from dovetool.wireshark.folders import Folders
from dovetool.wireshark.names import MARK, NAMES_FILE, Vnids, names_of, names_text, one_line

if TYPE_CHECKING:
    from dovetool.vnid_map.file.model import MapFile

NAME = "dovetool"
MOST_NETWORKS = 32
"""Networks with a colour and a button of their own: Wireshark tries the rules on every packet, one after the other."""
_MARKER = "written-by-dovetool.txt"
_MARKER_TEXT = f"{MARK}: `dovetool wireshark profile` writes this profile, and with --remove removes it.\n"
_COLUMNS = (
    ("No.", "%m"),
    ("Time", "%t"),
    ("Outer source", "%Cus:ip.src or ipv6.src:1:R"),
    ("Outer destination", "%Cus:ip.dst or ipv6.dst:1:R"),
    ("VNID", "%Cus:overlay.vnid:1:R"),
    ("Network", "%Cus:overlay.network:1:R"),
    ("Encap", "%Cus:overlay.encap:1:R"),
    ("Inner source", "%s"),
    ("Inner destination", "%d"),
    ("Protocol", "%p"),
    ("Length", "%L"),
    ("Info", "%i"),
)
_GOLDEN = 0.618033988749895  # the fraction of the circle of hues after which the next one is farthest from all before
_FULL = 0xFFFF
_WIRESHARK_NAMES = {"vxlan": "VXLAN", "geneve": "Geneve", "ieee8021ah": "IEEE 802.1AH"}


@dataclass(frozen=True, slots=True)
class ProfileMap:
    """What a profile takes from a map.

    Attributes:
        names: names of networks by VNID, in the order of the map.
        ports: UDP port -> encapsulation, those that the map gives its tunnel end points.
        tpid: tag protocol identifier; None: no map says.
    """

    names: Mapping[Vnids, str] = field(default_factory=dict)
    ports: Mapping[int, str] = field(default_factory=dict)
    tpid: int | None = None


def profile_map(model: MapFile) -> ProfileMap:
    """What a profile takes from this map."""
    ports = {port: encap for tep in model.teps.values() for encap, port in tep.ports.items()}
    return ProfileMap(names_of(model), ports, model.tag.tpid)


def write_profile(folders: Folders, content: ProfileMap, decode_as: Sequence[str] = ()) -> list[Change]:
    """Write the whole profile; what was in its files before is gone.

    Raises:
        UsageError: a file cannot be written, the folder's profile is not ours, or the path of the names file cannot
            stand in Wireshark's preferences.
    """
    check_home()
    folder = profile_folder(folders)
    if folder.is_dir() and not (folder / _MARKER).is_file() and any(folder.iterdir()):
        raise UsageError(f"{folder} was not written by dovetool: move it away first")
    files = {
        _MARKER: _MARKER_TEXT,
        NAMES_FILE: names_text(content.names),
        "preferences": _preferences(folder / NAMES_FILE, content.tpid),
        "colorfilters": _colour_filters(content.names),
        "dfilter_buttons": _buttons(content.names),
        "decode_as_entries": _decode_as_entries(choices(decode_as, content.ports)),
    }
    return [put(folder / name, text.encode(), lambda _: True) for name, text in files.items()]


def remove_profile(folders: Folders) -> Change | None:
    """Remove the profile, with all that Wireshark keeps in it; None: there is none.

    Raises:
        UsageError: it cannot be removed.
    """
    folder = profile_folder(folders)
    if not folder.is_dir():
        return None
    if not (folder / _MARKER).is_file():
        return Change(folder, FileOutcome.LEFT)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise UsageError(f"cannot remove {folder}: {error.strerror}") from error
    return Change(folder, FileOutcome.REMOVED)


def profile_folder(folders: Folders) -> Path:
    """Where the profile is, or would be."""
    return folders.personal_config / "profiles" / NAME


def is_written(folders: Folders) -> bool:
    """Say whether the profile is there."""
    return (profile_folder(folders) / _MARKER).is_file()


def _preferences(names_file: Path, tpid: int | None) -> str:
    path = str(names_file)
    if not path.isprintable():
        raise UsageError(f"the path {path!r} cannot stand in Wireshark's preferences, as it is not printable")
    columns = ",\n\t".join(f'"{title}", "{what}"' for title, what in _COLUMNS)
    lines = [f"{MARK}.", f"gui.column.format:\n\t{columns}", f"dove.names_file: {path}"]
    if tpid is not None:
        lines.append(f"dove.tpids: {tpid:#06x}")
    return "\n".join((*lines, ""))


def _colour_filters(names: Mapping[Vnids, str]) -> str:
    """Rules of the form `@name@filter@[background][foreground]`, in which a name cannot have an @."""
    rules = ["@Malformed@_ws.malformed@[65535,42662,42662][0,0,0]"]
    for index, (vnid, name) in enumerate(_first(names)):
        label = one_line(name).replace("@", " at ")
        rules.append(f"@{label} ({vnid})@{_filter(vnid)}@{_colour_pair(index)}")
    return "\n".join((f"{MARK}.", *rules, ""))


def _buttons(names: Mapping[Vnids, str]) -> str:
    """Rows of on or off, label, filter, comment; `//` in a label opens a menu."""
    rows = [("Tagged", "dove", "Frames with a DOVE tag"), ("Overlay", "overlay", "Frames of any overlay")]
    for vnid, name in _first(names):
        label = one_line(name).replace("//", "/ /").strip("/")
        rows.append((f"Network//{label} ({vnid})", _filter(vnid), f"VNID {vnid}"))
    return "".join(f"{','.join(map(_quoted, ('TRUE', *row)))}\n" for row in rows)


def _first(names: Mapping[Vnids, str]) -> Iterator[tuple[Vnids, str]]:
    """The first networks but for one that all other VNIDs belong to, which no filter tells."""
    told = ((vnid, name) for vnid, name in names.items() if not (isinstance(vnid, VnidBits) and vnid.is_any))
    yield from islice(told, MOST_NETWORKS)


def _filter(vnid: Vnids) -> str:
    """The display filter for the frames of a network."""
    if isinstance(vnid, VnidBits):
        return f"overlay.vnid & 0x{vnid.mask:x} == {vnid.value}"
    return f"overlay.vnid == {vnid}"


def _quoted(text: str) -> str:
    """A string of Wireshark's tables: octets that mean something there, or are not ASCII, stand by their number."""
    plain = (
        chr(octet) if 0x20 <= octet < 0x7F and octet not in b'"\\' else f"\\x{octet:02x}" for octet in text.encode()
    )
    return f'"{"".join(plain)}"'


def _decode_as_entries(chosen: Sequence[DecodeChoice]) -> str:
    """Ports for encapsulations that Wireshark has a name for in this file; `open` says all of them by `-d`."""
    rows = (
        f"decode_as_entry: {each.table},{each.number},(none),{_WIRESHARK_NAMES[each.dissector]}\n"
        for each in chosen
        if each.dissector in _WIRESHARK_NAMES
    )
    return f"{MARK}.\n" + "".join(rows)


def _colour_pair(index: int) -> str:
    """Background and foreground of the network with that index, as in a file of Wireshark's: `[r,g,b][r,g,b]`.

    The colours are as far apart as they can be, and pale enough to read black text on.
    """
    hue = (0.58 + index * _GOLDEN) % 1.0  # the first is blue
    red, green, blue = (int(part * _FULL) for part in colorsys.hls_to_rgb(hue, 0.86, 0.75))
    return f"[{red},{green},{blue}][0,0,0]"
