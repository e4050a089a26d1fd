"""Log lines of the functions: one JSON object each, never with a secret, none for an admitted request."""

import json
import sys
import time


def log(level: str, message: str, **fields: object) -> None:
    """Write one line. ``level`` is WARNING or ERROR; fields are ids, codes and names, not what callers sent."""
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": level, "message": message}
    sys.stdout.write(json.dumps(line | fields, default=str) + "\n")
