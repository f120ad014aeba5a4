"""What does a capture tell of who belongs where?

- A `Looker` says what one frame shows: its tunnel end points, its network, who sends to whom, who claims which address.
- A `Ledger` adds up what whole captures show: counts, times, and where each address was in turn.
- `conclusions` makes statements of it (`dovetool.map_sources`), which become a map as those of any other source do.
"""
