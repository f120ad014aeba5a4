"""Kubernetes: who belongs where in a cluster, from the objects that `kubectl get ... -o json` prints.

`parts` reads objects and says where one is not as it should be. `cluster` knows what is common to all clusters: nodes
and pods. Each overlay network has a file of its own, with what it writes into objects and what it keeps to itself:
`flannel` (also of k3s), `calico`, `cilium`, `antrea`. `source` puts them together.

What travels in these overlays is routed: a pod's address stands behind the MAC address of its node's tunnel device, or
behind none that any object tells. So a node is a TEP with one port, at which are that device, a VM with a MAC address,
and the node's pods, VMs with addresses alone.
"""
