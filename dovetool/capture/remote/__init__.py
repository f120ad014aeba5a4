"""Captures that are not in the file system: in a bucket, or on a server. They are read and written through fsspec."""
