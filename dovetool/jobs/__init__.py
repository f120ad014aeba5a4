"""What is asked of whole files: they are opened, worked through, completed, and it is said how it ended.

A job prints nothing and knows no exit codes. It takes words as people write them, on a command line or as arguments in
Python; whatever makes no sense is a UsageError. Who wants to see it at work hands in a `Watch`.
"""
