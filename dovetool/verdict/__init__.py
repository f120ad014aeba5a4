"""What may become of a frame, as data.

A verdict names places and constants, never the frame's own octets, so one verdict serves every frame of a flow; what
differs from frame to frame is a patch, a check, or a piece of a packet that is put together first.
"""
