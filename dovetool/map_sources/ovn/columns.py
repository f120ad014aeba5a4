"""The columns of OVN's tables that are read, whatever the table: all others are let go of while a file is read."""

from __future__ import annotations

READ = frozenset(
    [
        "_uuid",
        "additional_chassis",
        "chassis",
        "datapath",
        "dp_key",
        "dynamic_addresses",
        "enabled",
        "encaps",
        "external_ids",
        "hostname",
        "interfaces",
        "ip",
        "logical_port",
        "mac",
        "mac_in_use",
        "name",
        "nb_uuid",
        "networks",
        "ofport",
        "options",
        "other_config",
        "parent_port",
        "port_key",
        "port_security",
        "ports",
        "status",
        "tag",
        "tunnel_key",
        "type",
        "virtual_parent",
    ]
)
