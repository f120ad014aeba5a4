"""A capture of which only the places of its frames are kept, so that any of them is read again when it is asked for.

`frame_index` holds some 30 octets a frame, `indexed_capture` fills it while the capture is read, or comes, and hands
out frames by row; `row_filter`, `chosen_rows` and `row_search` choose and find rows, `writing` writes some. Rows count
from 0; the frame of row 0 is number 1. One thread may add to an index while others read what is there.
"""

from dovetool.analysis.indexed.frame_index import FrameIndex
from dovetool.analysis.indexed.indexed_capture import IndexedCapture

__all__ = ["FrameIndex", "IndexedCapture"]
