"""The columns of `dovetool.observe.catalogue`, for whole batches: nothing here is done once a frame that NumPy can do.

What frames that look the same share is worked out once for each look; what each has for itself is taken from the octets
of the batch at places that the look tells, and put into words once for each value.
"""

from dovetool.analysis.columns.cells import MISSING, Cells, Value
from dovetool.analysis.columns.frame_table import FrameTable
from dovetool.analysis.columns.look_table import LookTable
from dovetool.analysis.columns.values import ADDRESSES, MACS, cells_of

__all__ = ["ADDRESSES", "MACS", "MISSING", "Cells", "FrameTable", "LookTable", "Value", "cells_of"]
