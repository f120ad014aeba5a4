"""Other addresses and names for those that nobody is to know, always the same ones by the same key.

Nothing here knows frames or files: octets and texts go in and come out.
"""
