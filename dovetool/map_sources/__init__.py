"""What do networks already say of who belongs where? From switches, controllers, tables and captures to a map.

The contract of this room:
- A *source* knows the documents of one kind of system. It recognises them by what they hold, never by their names, and
  turns them into *statements* (`statements`): small facts, each with its origin. It does not know other sources.
- `assemble` makes one map of all statements, whoever made them: names are settled, places joined, contradictions told
  with both origins, what is unsure is marked as guessed.
- Nothing here trusts a document: what does not fit is a `MapSourceError` with its file and place.
"""
