"""What Wireshark asks a capture interface of ours before a capture, and the answers: extcap's sentences.

A sentence is a line of a word and fields, `arg {number=0}{call=--file}...`; a field ends at a brace that another one,
a blank or the end of the line follows (extcap(4), README.extcap).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum

from dovetool.errors import UsageError
from dovetool.values import dataclass
from dovetool.wireshark.devices import Device

NO_CHOICE = "any"
"""Value of `--to` that leaves the encapsulation to the map."""
DEFAULT_TARGET = "geneve"
_DLT = "dlt {number=1}{name=EN10MB}{display=Ethernet}\n"
_ADVANCED = "Advanced"


class ArgumentKind(StrEnum):
    """How Wireshark asks for an argument."""

    STRING = "string"
    INTEGER = "integer"
    FILE = "fileselect"
    SELECTOR = "selector"


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a selector, and what Wireshark shows for it."""

    value: str
    display: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """An option of our command that Wireshark asks for.

    Attributes:
        option: the option; Wireshark's preference is `extcap.INTERFACE.` and this without its hyphens.
        display: what stands before the field.
        tooltip: what it is for.
        kind: how it is asked for.
        extras: further fields of the sentence.
        values: of a selector.
    """

    option: str
    display: str
    tooltip: str
    kind: ArgumentKind = ArgumentKind.STRING
    extras: tuple[tuple[str, str], ...] = ()
    values: tuple[Value, ...] = ()

    def sentences(self, number: int) -> Iterator[str]:
        """The argument and its values."""
        fields = {"number": str(number), "call": self.option, "display": self.display, "tooltip": self.tooltip}
        yield _sentence("arg", **fields, type=self.kind, **dict(self.extras))
        yield from self.value_sentences(number)

    def value_sentences(self, number: int) -> Iterator[str]:
        """The values alone."""
        for value in self.values:
            default = str(value.is_default).lower()
            yield _sentence("value", arg=str(number), value=value.value, display=value.display, default=default)


@dataclass(frozen=True, slots=True)
class CaptureInterface:
    """An interface in Wireshark's list."""

    name: str
    display: str
    arguments: tuple[Argument, ...]

    @property
    def options(self) -> frozenset[str]:
        """The options of our command that it understands."""
        return frozenset(argument.option for argument in self.arguments)


def _targets() -> tuple[Value, ...]:
    from dovetool.wire.overlay import ENCAPSULATIONS  # noqa: PLC0415  (Wireshark waits for the list of interfaces)

    written = [each.name for each in ENCAPSULATIONS.values() if each.is_written]
    values = [Value(name, name, name == DEFAULT_TARGET) for name in written]
    return (*values, Value(NO_CHOICE, "the first that both sides know (with a map)"))


_REQUIRED, _MUST_EXIST, _IN_ADVANCED = ("required", "true"), ("mustexist", "true"), ("group", _ADVANCED)
_DEVICE = Argument("--interface", "Capture from", "Network interface of this computer", ArgumentKind.SELECTOR)
_FILE = Argument(
    "--file",
    "Read a file instead",
    "A capture file, pcap or pcapng, which is read instead of capturing from an interface",
    ArgumentKind.FILE,
    (_MUST_EXIST,),
)
_VNIDS = Argument(
    "--vnid",
    "Only VNIDs",
    "Only frames of these virtual networks: numbers, or names of the map, with commas between; empty for all",
    extras=(("placeholder", "5001, 0x138A, blue"), ("validation", "[^,]*(,[^,]+)*")),
)
_MAP = Argument("--map", "Map", "Map file (YAML or JSON): who belongs where", ArgumentKind.FILE, (_MUST_EXIST,))
_DECODE_AS = Argument(
    "--decode-as",
    "Unusual ports",
    "More ports of tunnels, as in udp.port==4799,vxlan; several with semicolons between",
    extras=(_IN_ADVANCED, ("placeholder", "udp.port==4799,vxlan"), ("validation", "([a-z.]+ *== *[^;]+;? *)*")),
)
_TO = Argument("--to", "Translate into", "Encapsulation that comes out", ArgumentKind.SELECTOR)
_GATEWAY = Argument("--tep", "Gateway", "Do the work of this gateway of the map", extras=(_IN_ADVANCED,))
_INGRESS = Argument(
    "--ingress",
    "Port of the switch",
    "Port that all frames come in by; empty: told by the source MAC address",
    extras=(_IN_ADVANCED, ("placeholder", "sw1/p1"), ("validation", "([^/]+/.+)?")),
)
_DEPTH = Argument(
    "--depth",
    "Most tunnels",
    "How many nested tunnels come off a frame at most",
    ArgumentKind.INTEGER,
    (_IN_ADVANCED, ("range", "1,64"), ("default", "8")),
)
_TPID = Argument(
    "--tpid",
    "TPID of the tag",
    "EtherType of the DOVE tag; empty: that of the map, or 0x88B5",
    extras=(_IN_ADVANCED, ("placeholder", "0x88B5"), ("validation", "(0x[0-9A-Fa-f]+|[0-9]+)?")),
)

STRIP = CaptureInterface(
    "dove-strip", "DOVE: strip overlays", (_DEVICE, _FILE, _VNIDS, _MAP, _DECODE_AS, _DEPTH, _TPID)
)
TAG = CaptureInterface(
    "dove-tag",
    "DOVE: tag as the switch does",
    (_DEVICE, _FILE, replace(_MAP, extras=(_REQUIRED, _MUST_EXIST)), _VNIDS, _INGRESS),
)
TRANSLATE = CaptureInterface(
    "dove-translate",
    "DOVE: translate between encapsulations",
    (
        _DEVICE,
        _FILE,
        _TO,
        _VNIDS,
        replace(_MAP, tooltip="Map file (YAML or JSON): do the work of a gateway in it"),
        _GATEWAY,
        _DECODE_AS,
    ),
)
INTERFACES = {each.name: each for each in (STRIP, TAG, TRANSLATE)}


def interface_named(name: str | None) -> CaptureInterface:
    """The interface that Wireshark means.

    Raises:
        UsageError: there is none of that name.
    """
    if name is None:
        raise UsageError("--extcap-interface is missing")
    if name not in INTERFACES:
        raise UsageError(f"--extcap-interface {name}: there is no such interface; there is {', '.join(INTERFACES)}")
    return INTERFACES[name]


def interfaces_text(version: str) -> str:
    """The answer to `--extcap-interfaces`."""
    sentences = [_sentence("extcap", version=version, display="dovetool")]
    return "".join(sentences + [_sentence("interface", value=i.name, display=i.display) for i in INTERFACES.values()])


def dlts_text() -> str:
    """The answer to `--extcap-dlts`: what comes out is Ethernet, but for frames that pass untouched."""
    return _DLT


def config_text(interface: CaptureInterface, devices: Sequence[Device]) -> str:
    """The answer to `--extcap-config`: all arguments with their values."""
    arguments = (_with_values(argument, devices) for argument in interface.arguments)
    return "".join(part for number, argument in enumerate(arguments) for part in argument.sentences(number))


def reload_text(interface: CaptureInterface, option: str, devices: Sequence[Device]) -> str:
    """The answer to `--extcap-reload-option`: the values of one argument as they are now."""
    found = [number for number, each in enumerate(interface.arguments) if each.option.strip("-") == option.strip("-")]
    if not found:
        raise UsageError(f"--extcap-reload-option {option}: {interface.name} has no such option")
    return "".join(_with_values(interface.arguments[found[0]], devices).value_sentences(found[0]))


def _with_values(argument: Argument, devices: Sequence[Device]) -> Argument:
    """An argument with the values that it has here and now.

    Wireshark opens the options before a first capture when something required is not chosen.
    """
    if argument is _TO:
        return replace(argument, values=_targets())
    if argument is not _DEVICE:
        return argument
    values = tuple(Value(each.name, each.display, at == 0) for at, each in enumerate(devices))
    return replace(argument, values=values, extras=(("reload", "true"), *((_REQUIRED,) if values else ())))


def _sentence(kind: str, **fields: str) -> str:
    return f"{kind} {''.join(f'{{{name}={_plain(text)}}}' for name, text in fields.items())}\n"


def _plain(text: str) -> str:
    """A text that cannot end its field or its line."""
    marks = text.replace("{", "(").replace("}", ")")
    return "".join(each if each.isprintable() else " " for each in marks)
