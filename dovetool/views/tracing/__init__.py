"""One frame on its way through a network: every step, as a tree, a table and JSON."""
