"""CloudWatch metrics of what is rare, each a line of the log in the embedded metric format."""

import json
import sys
import time
from collections.abc import Mapping

from tiergate.domain.metrics import NAMESPACE


def count(metric: str, number: int, **dimensions: str) -> None:
    """Write one CloudWatch metric, as a line in the embedded metric format, of what is rare."""
    counts({metric: number}, **dimensions)


def counts(numbers: Mapping[str, int], **dimensions: str) -> None:
    """The same of several metrics, by name, in one line."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [[*dimensions]],
        "Metrics": [{"Name": metric, "Unit": "Count"} for metric in numbers],
    }
    about = {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [directive]}
    sys.stdout.write(json.dumps({"_aws": about, **dimensions, **numbers}) + "\n")
