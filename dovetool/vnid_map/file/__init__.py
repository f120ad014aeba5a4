"""The map file: its model, declared once; how text becomes it, with every mistake told; and how it becomes text again.

pydantic and ruamel.yaml are imported here, when a map is read or written.
"""
