"""Frames of a capture: as a list, in full, in columns, and as JSON."""
