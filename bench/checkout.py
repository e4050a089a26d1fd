"""Another checkout of Tiergate, whose authorizer is measured beside this one's in the same rounds."""

import os
import subprocess
import sys
from pathlib import Path

from bench import BenchError

STAGING = """\
import sys
from pathlib import Path
from bench.gateway import bundle_of
from stacks import assets
out, upstream = Path(sys.argv[1]), sys.argv[2]
assets.RUNTIME = sys.version_info[:2]
assets.stage("authorizer", out, bundle_of(out / "policies", upstream))
"""
"""Runs there, with that checkout's own code; all that it has of the libraries is this interpreter's. That stands in for
Lambda's, for which alone bytecode is made."""


def staged_by(checkout: Path, out: Path, upstream: str) -> Path:
    """That checkout's authorizer, staged and compiled in its own way, with what it makes of the bench's API.

    Raises
    ------
    BenchError
        It cannot do that.
    """
    out.mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [sys.executable, "-c", STAGING, str(out), upstream]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchError(f"{checkout} stages no authorizer for --against; its output ended:\n{done.stderr[-2000:]}")
    return out / "authorizer"
