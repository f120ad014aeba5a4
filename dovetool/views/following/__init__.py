"""What became of packets from capture to capture: tables and JSON."""
