"""A browser in the terminal: a list of frames, one of them in detail, its octets; and `top`, a table that goes on.

Textual draws. Each widget has a file, keeps to its own place, and tells others by messages; `app` puts them together.
What needs no terminal is below, in `dovetool.analysis.indexed`, or here in modules that do not import Textual.
"""
