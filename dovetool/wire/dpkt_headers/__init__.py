"""dpkt's modules one by one: those of a header that is asked for, and not all sixty, which `import dpkt` loads.

dpkt's folder is searched as if it were a part of this package, so that `from dovetool.wire.dpkt_headers import ip`
loads `dpkt/ip.py` and what that needs, in a tenth of the time.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

_DPKT = find_spec("dpkt")  # finds the package, and does not run it
if _DPKT is not None:
    __path__ = [*__path__, *(_DPKT.submodule_search_locations or ())]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...  # noqa: ANN401  (dpkt has no types)
