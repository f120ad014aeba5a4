"""What maps say, how two differ, and what was made one of."""
