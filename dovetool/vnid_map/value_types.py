"""The values of a map file as pydantic knows them: how each is parsed, written, and told to editors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema

from dovetool.vnid_map import texts, values

_MAC_PATTERN = "^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$|^([0-9A-Fa-f]{4}[.]){2}[0-9A-Fa-f]{4}$"
_IP_FORMS: list[dict[str, Any]] = [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]


def in_any_case(*words: str) -> dict[str, Any]:
    """The JSON Schema of words that editors complete, and that may be written in any case."""
    spelled = "|".join(
        "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in word) for word in words
    )
    return {"type": "string", "anyOf": [{"enum": list(words)}, {"pattern": f"^({spelled})$"}]}


_ENCAPS = ("vxlan", "vxlan-gpe", "geneve", "nvgre", "gretap", "pbb", "stt", "erspan")
Mac = Annotated[
    bytes,
    PlainValidator(values.parse_mac),
    PlainSerializer(texts.mac_text),
    WithJsonSchema({"type": "string", "pattern": _MAC_PATTERN, "examples": ["02:00:00:00:00:0a"]}),
]
TepMac = Annotated[  # as `TepIp`
    bytes | None,
    PlainValidator(values.parse_mac),
    PlainSerializer(texts.mac_text, when_used="unless-none"),
    WithJsonSchema({"type": "string", "pattern": _MAC_PATTERN, "examples": ["02:00:00:00:01:01"]}),
]
Ip = Annotated[
    bytes, PlainValidator(values.parse_ip), PlainSerializer(texts.ip_text), WithJsonSchema({"anyOf": _IP_FORMS})
]
TepIp = Annotated[  # a default alone makes it None: the key may be left out, not left empty
    bytes | None,
    PlainValidator(values.parse_ip),
    PlainSerializer(texts.ip_text, when_used="unless-none"),
    WithJsonSchema({"anyOf": _IP_FORMS}),
]
Group = Annotated[
    bytes, PlainValidator(values.parse_group), PlainSerializer(texts.ip_text), WithJsonSchema({"anyOf": _IP_FORMS})
]
TimeNs = Annotated[
    int,
    PlainValidator(values.parse_time),
    PlainSerializer(texts.time_text),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-01T00:00:10Z"]}),
]
Tpid = Annotated[
    int,
    PlainValidator(values.parse_tpid),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0x0600, "maximum": 0xFFFF},
                {"type": "string", "pattern": "^0[xX][0-9A-Fa-f]{1,4}$"},
            ],
            "examples": ["0x88B5"],
        }
    ),
]
Dscp = Annotated[
    str | int,
    PlainValidator(values.parse_dscp),
    WithJsonSchema({"anyOf": [{"enum": list(values.DSCP_NAMES)}, {"type": "integer", "minimum": 0, "maximum": 63}]}),
]
GeneveOption = Annotated[
    tuple[int, int] | None,
    PlainValidator(values.parse_geneve_option),
    PlainSerializer(texts.geneve_option_text),
    WithJsonSchema({"type": "string", "pattern": "^(any|0[xX][0-9A-Fa-f]{1,4}:0[xX][89A-Fa-f][0-9A-Fa-f])$"}),
]
Name = Annotated[str, PlainValidator(values.parse_name), WithJsonSchema({"type": "string", "minLength": 1})]
PlaceName = Annotated[
    str, PlainValidator(values.parse_place_name), WithJsonSchema({"type": "string", "pattern": "^[^/]+$"})
]
PortRef = Annotated[
    str, PlainValidator(values.parse_port_ref), WithJsonSchema({"type": "string", "pattern": "^[^/]+/[^/]+$"})
]
Encap = Annotated[
    Literal["vxlan", "vxlan-gpe", "geneve", "nvgre", "gretap", "pbb", "stt", "erspan"],
    BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
    WithJsonSchema(in_any_case(*_ENCAPS)),
]
UdpEncap = Annotated[str, PlainValidator(values.parse_udp_encap), WithJsonSchema(in_any_case(*values.UDP_ENCAPS))]
UdpPort = Annotated[int, Field(ge=1, le=0xFFFF)]
Vnid = Annotated[int, Field(ge=1, le=0xFFFFFF)]
