"""What is at which place of a frame, and what was looked at to find out.

A `FrameView` hands out only what is asked for and notes it, so that every frame that agrees in that is known too. The
other modules read through it: layers and tags up to IP, the tunnels around, and the overlay packet itself. Nothing here
decides what becomes of a frame.
"""
