"""Capture files to batches of frames and back; this layer never looks inside a frame.

Readers recognise a file by its content and yield batches; writers fill record headers into the room that a batch was
laid out with. Times are whole nanoseconds or the file's own ticks, lengths count octets, order is kept. A file that
is damaged yields everything before the damage, then a CorruptCaptureError.
"""
