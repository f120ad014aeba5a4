"""Frames with other addresses in them: where these stand, and which checksums follow suit."""
