"""OVN: the tables of its southbound and northbound databases, and those of the Open vSwitch of each chassis.

`ovsdb` reads tables as OVSDB's programs print them, `tables` knows which are ours, `reduction` and `columns` what is
kept of them, `snapshot` sorts them. `chassis`, `networks`, `bindings`, `routers`, `gateway_routers`, `vswitch`,
`learnt` and `vms` know what they mean; `links` reads what the kernel says of a chassis; `source` puts it together.

Source: the schemas of OVN_Southbound, OVN_Northbound and Open_vSwitch (ovn-sb(5), ovn-nb(5), ovs-vswitchd.conf.db(5)),
ovn-architecture(7), and labs that ran.
"""
