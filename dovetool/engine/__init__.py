"""Stages at work on whole captures: decide once a flow, apply to the batch, count every frame.

This layer holds all the array work on frames. It adds nothing to what a stage decides: a property test holds its
output equal to that of the stages alone, frame by frame.
"""
