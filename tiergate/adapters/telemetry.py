"""Log lines of the functions: one JSON object each, never with a secret, none for an admitted request."""

import json
import sys
import time

from tiergate.domain.metrics import NAMESPACE


def log(level: str, message: str, **fields: object) -> None:
    """Write one line. ``level`` is WARNING or ERROR; fields are ids, codes and names, not what callers sent."""
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": level, "message": message}
    sys.stdout.write(json.dumps(line | fields, default=str) + "\n")


def count(metric: str, number: int, **dimensions: str) -> None:
    """Write one CloudWatch metric, as a line in the embedded metric format, of what is rare."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [[*dimensions]],
        "Metrics": [{"Name": metric, "Unit": "Count"}],
    }
    about = {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [directive]}
    sys.stdout.write(json.dumps({"_aws": about, **dimensions, metric: number}) + "\n")
