"""What could come next on a command line, for bash, zsh, fish and PowerShell.

The contract of this layer:
- It runs at each press of a key, so it imports next to nothing: no Typer, pydantic, NumPy or rich. What commands there
  are, with their options and the words that these take, is in `commands.json`, which `packaging/completion_table.py`
  writes out of the commands themselves.
- Names of maps are read by YAML's parser alone; of a large map they are kept, until it changes.
- Names are data. A shell gets them quoted, and evaluates nothing of them; what has control characters is left out.
- Nothing is said that is not a completion: whatever is wrong with a map or a line, there is none then.
"""

from dovetool.completion.answer import answer, script

__all__ = ["answer", "script"]
