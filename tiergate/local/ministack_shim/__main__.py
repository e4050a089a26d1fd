"""`python ministack_shim --port 4600 …`: the folder as a program. See `main`."""

import sys
from pathlib import Path

# The package is imported by its own name from the folder around it, which is on the path for as long as that takes:
# its other modules must not be found by MiniStack under names such as `state`.
sys.path[0] = str(Path(__file__).resolve().parents[1])
from ministack_shim.main import main  # type: ignore[import-not-found]  # noqa: E402  # in its own process only

del sys.path[0]
main()
