"""What FRR says of an EVPN fabric, through `vtysh`; of the devices under it, Linux says more (`linux`)."""
