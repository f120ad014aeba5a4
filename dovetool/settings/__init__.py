"""What a folder, and the environment, say of how work is done there.

The contract of this layer:
- `read` finds `dovetool.toml` upwards from a folder, and says of each setting what it is and where that was said. What
  the environment says comes before the file; what the command line says comes before both, and is not known here.
- A file with mistakes is a SettingsError, with every mistake and its line.
- Settings are few, and harmless: they name no program to run and no file to write. So a file that somebody else has
  put into a folder above can be looked up with `dovetool config`, and need not be feared.
- Nothing here knows maps or captures. It starts fast: completion asks it at each press of a key.
"""

from dovetool.settings.reading import read
from dovetool.settings.setting import Colour, Setting, Settings, Source

__all__ = ["Colour", "Setting", "Settings", "Source", "read"]
