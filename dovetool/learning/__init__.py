"""What does a capture tell of who belongs where?

- A `Looker` says what one frame shows, and where: its tunnel end points, its network, who sends to whom, who claims
  which address. A `FlowReader` reads that from all frames that are built alike.
- An `Account` adds it up in columns, by addresses: a frame or a flow costs nothing of its own.
- A `Ledger` adds up what whole captures show: counts, times, and where each address was in turn.
- `conclusions` makes statements of it (`dovetool.map_sources`), which become a map as those of any other source do.
"""
