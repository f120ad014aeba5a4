"""What dovetool's JSON holds: a type for each object, of which its JSON Schema is made.

The contract of this layer:
- Views make these objects, and mypy holds them to it; `dovetool schema` prints the schemas, and tests hold what
  commands write to them. So there is one truth, and a key that is new or gone is noticed.
- Times are ns since 1970 (`..._ns`), lengths octets; what is not known is None. Keys are always there, but for those
  that are marked.
- What stands below a key says what it is; the schemas have it as its description, and so has the page of the reference.
- Whoever changes a key's meaning or takes one away raises the version of its schema; a new key does not.
- Nothing here is needed to run a command, but for `schema`: views import it for its types alone.
"""
