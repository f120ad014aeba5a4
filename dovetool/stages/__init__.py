"""What each hop does with a frame: one frame in, one verdict out.

A stage is a value with a `decide` method. It has no input or output of its own, no clock and no loop over frames. It
looks at a frame through a `FrameView`, which hands out only what is asked for, and answers with a `Verdict`: what to
cut, insert and patch, or the one reason why the frame does not go on. It never raises for what a frame may hold.
"""
