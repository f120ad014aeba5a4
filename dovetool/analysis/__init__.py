"""What a whole capture says: its frames one by one, its traffic in numbers, what is wrong with it, one frame's way."""
