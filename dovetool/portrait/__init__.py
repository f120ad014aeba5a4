"""What a whole capture says, in one value: who talks to whom, how much and when, what is wrong, who moved.

Each subject has a module of its own, which counts batch by batch and then tells. All of it is one pass with bounded
memory: what there is too much of is summed up as others, and said to be.
"""
