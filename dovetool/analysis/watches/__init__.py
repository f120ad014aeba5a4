"""What only several frames show: copies that belong together, addresses at two places, ports that tell no flow.

Of each there is a watch, which looks at the frames of batches, and a ledger, which has what was seen and is data. Two
ledgers of frames that follow each other become one, so that parts of a capture can be looked at by several processes.
"""

from dovetool.analysis.watches.sightings import Sightings

__all__ = ["Sightings"]
