"""Several captures as one: which files are meant, and their frames in one order, as a reader of one file gives them."""
