"""What `make bench` runs: dovetool beside other tools, on the same captures, in turns.

`captures` writes the traffic of the VMs in `network`, `peers` says what each tool is called with, `measure` runs one
process, `checks` makes sure that it did the work, `session` puts them in order, and `table` shows the result.
"""
