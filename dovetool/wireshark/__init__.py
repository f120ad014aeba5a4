"""Wireshark's side of dovetool: the dissector of the tag, in Lua."""
