"""What a frame is, for people: layers and names, groups to count it under, and the words that filters ask for.

Nothing here decides what becomes of a frame, and nothing raises for what a frame may hold.
"""
