"""Large capture files in ranges of records: where they can be cut, how a range is read, and how files become one."""
