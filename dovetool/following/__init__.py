"""Packets are followed from capture to capture: what became of each between one place and the next.

Nothing here prints, opens a file, or does once a packet what NumPy can do for all of them. The way of the work:
`place` reads captures into columns (`columns`, `packets`), `chains` finds the packets of each place at the next one
(`matching`, `ways`), `hop` tells what became of them, `summing` adds that up to a `Following`.
"""
