"""Where the frozen programs begin: `gt`, `bd` and `gt-tray` are one program under three names.

The town starts itself as `PYTHON -P -m gastown …`; frozen, the program is its own Python, and
understands that.
"""

import os
import sys
from pathlib import Path

# What the bootloader has set is for us: a git that we start wants the system's libraries.
for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
    before = os.environ.pop(f"{name}_ORIG", None)
    if before is not None:
        os.environ[name] = before
    else:
        os.environ.pop(name, None)

from gastown.cli import main  # noqa: E402  (the environment is read when it is imported)

called = Path(sys.argv[0]).stem
words = sys.argv[1:]
if words[:1] == ["-P"]:
    words = words[1:]
if words[:2] == ["-m", "gastown"]:
    called, words = "gt", words[2:]
    sys.argv[0] = str(Path(sys.argv[0]).with_name("gt"))
sys.argv[1:] = words
{"bd": main.bd, "gt-tray": main.tray}.get(called, main.gt)()
