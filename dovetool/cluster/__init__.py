"""Work shared out among processes of this machine or of others, by Dask, of which nobody else knows."""
