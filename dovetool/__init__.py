"""Carry packet captures through the stages of a distributed overlay virtual Ethernet, and back."""

__version__ = "0.1.0"
