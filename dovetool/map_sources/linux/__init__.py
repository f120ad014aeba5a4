"""What a Linux host says of its bridges, its VXLAN devices and its underlay, through `ip -j` and `bridge -j`.

`recognise` tells the outputs apart; `Host` has what those of one host say together. From it, `domains` finds the VNID
of each bridge and VLAN, `underlay` the tunnel end points, `attachments` networks and ports, `forwarding` the VMs,
`gateways` the addresses of the hosts themselves, `tenants` their VRFs. Two sources use them: `iproute2`, and `frr`,
whose hosts are Linux too.
"""
