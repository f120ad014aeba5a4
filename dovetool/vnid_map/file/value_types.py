"""The values of a map file as pydantic knows them: how each is parsed, written, and told to editors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema

from dovetool.vnid_map import texts, values
from dovetool.vnid_map.prefixes import Prefix
from dovetool.vnid_map.vnid_bits import VnidBits

_OCTET = "[0-9A-Fa-f]{2}"
_UNICAST = "(?![0.:-]+$)[0-9A-Fa-f][02468ACEace]"
_MAC_PATTERN = f"^{_UNICAST}((:{_OCTET}){{5}}|(-{_OCTET}){{5}}|{_OCTET}([.]{_OCTET}{_OCTET}){{2}})$"
VLAN_KEY = "^([1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-4]|untagged)$"
"""Pattern of a trunk's VLANs in JSON Schema."""
_LENGTH4, _LENGTH6 = "([0-9]|[12][0-9]|3[0-2])", "([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])"
_PREFIX_PATTERN = f"^([0-9.]+/{_LENGTH4}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*/{_LENGTH6})$"
_TIME_PATTERN = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
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
Ip = Annotated[
    bytes, PlainValidator(values.parse_ip), PlainSerializer(texts.ip_text), WithJsonSchema({"anyOf": _IP_FORMS})
]
IpOrPrefix = Annotated[
    bytes | Prefix,
    PlainValidator(values.parse_ip_or_prefix),
    PlainSerializer(texts.ip_or_prefix_text),
    WithJsonSchema({"anyOf": [*_IP_FORMS, {"type": "string", "pattern": _PREFIX_PATTERN}]}),
]
Group = Annotated[
    bytes,
    PlainValidator(values.parse_group),
    PlainSerializer(texts.ip_text),
    WithJsonSchema({"type": "string", "pattern": "^(22[4-9]|23[0-9])([.][0-9]{1,3}){3}$|^[Ff]{2}[0-9A-Fa-f]{2}:"}),
]
TimeNs = Annotated[
    int,
    PlainValidator(values.parse_time),
    PlainSerializer(texts.time_text),
    WithJsonSchema({"type": "string", "pattern": _TIME_PATTERN, "examples": ["2026-01-01T00:00:10Z"]}),
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
NameIfAny = Annotated[str | None, PlainValidator(values.parse_name), WithJsonSchema({"type": "string", "minLength": 1})]
PlaceName = Annotated[
    str, PlainValidator(values.parse_place_name), WithJsonSchema({"type": "string", "pattern": "^[^/]+$"})
]
PortRef = Annotated[
    str, PlainValidator(values.parse_port_ref), WithJsonSchema({"type": "string", "pattern": "^[^/]+(/[^/]+)?$"})
]
Vlan = Annotated[
    int,
    PlainValidator(values.parse_vlan),
    PlainSerializer(texts.vlan_text),
    WithJsonSchema({"type": "string", "pattern": VLAN_KEY}),
]
PlaceVlan = Annotated[
    int,
    PlainValidator(values.parse_vlan),
    PlainSerializer(texts.place_vlan_text),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 4094}, {"type": "string", "pattern": VLAN_KEY}]}
    ),
]
VnidKey = Annotated[
    int,
    PlainValidator(values.parse_vnid),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,7}$"}),
]
Encap = Annotated[
    Literal["vxlan", "vxlan-gpe", "geneve", "nvgre", "gretap", "pbb", "stt", "erspan"],
    BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
    WithJsonSchema(in_any_case(*_ENCAPS)),
]
UdpEncap = Annotated[str, PlainValidator(values.parse_udp_encap), WithJsonSchema(in_any_case(*values.UDP_ENCAPS))]
UdpPort = Annotated[int, Field(ge=1, le=0xFFFF)]
Vnid = Annotated[int, Field(ge=1, le=0xFFFFFF)]
VnidRange = Annotated[
    VnidBits,
    PlainValidator(values.parse_vnid_range),
    PlainSerializer(VnidBits.as_map),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 0xFFFFFF},
                {
                    "type": "object",
                    "properties": {
                        "value": {"type": "integer", "minimum": 1, "maximum": 0xFFFFFF},
                        "mask": {"type": "integer", "minimum": 1, "maximum": 0xFFFFFF},
                    },
                    "required": ["value", "mask"],
                    "additionalProperties": False,
                },
                {"const": "any"},
            ]
        }
    ),
]
