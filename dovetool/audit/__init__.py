"""What is wrong with a frame: it is held against the map and the standards of its form, wherever it was captured.

The audit asks the stages themselves what they would do, so that it cannot have another opinion than they have.
"""
