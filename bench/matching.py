"""How long the authorizer takes to find a call's operation among 300."""

import json
import statistics
import time

from bench.functions import API, PATHS
from tiergate.domain.catalogue import Catalogue

REPEATED = 200


def matching_us(bundle: str) -> float:
    """CPU µs a call, over all paths, the median of ``REPEATED`` turns."""
    api = Catalogue.of(json.loads(bundle)).apis[API]
    turns = []
    for _ in range(REPEATED):
        begun = time.process_time_ns()
        for path in PATHS:
            api.match("GET", path)
        turns.append((time.process_time_ns() - begun) / len(PATHS) / 1000)
    return statistics.median(turns)
