"""One map of many statements: names are settled, places joined, contradictions told, and guesses marked."""
