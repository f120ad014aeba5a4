"""What is different between two maps, and what do they say together?

Names are a matter of who wrote a map. Here the things of two maps are the same by what cannot be chosen: a network by
its VNID, a tunnel end point by an underlay address, a VM by its network and an address (`matching`).
"""
