"""Who takes part in a frame, and do they belong where they are: in its network, at their place, under their addresses?

Stages that deliver a frame ask this, and so does the audit of a whole capture; both get the same findings.
"""
