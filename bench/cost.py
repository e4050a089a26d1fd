"""What a million admitted calls cost, from measured CPU, counted writes and ``prices.json``.

Lambda gives a function memory/1,769 MB of a core and bills each call's milliseconds, rounded up; waiting counts as
well. So a call's time is its CPU, the runtime's part included, divided by that share, and what it waits for:
DynamoDB's answer, the upstream's. Left out: what does not come with each call (cold starts, metrics, the roll-up of
usage), what the upstream costs itself, and data transfer.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

PRICES = Path(__file__).parent / "prices.json"
SIMULATION = Path(__file__).parent / "results" / "simulation.json"
HOT = "enterprise-leased/poisson/over/packed/10"
"""The simulation's scenario of a hot key: 50 calls a second, four times what its quota lasts for, over ten instances,
routed as Lambda does."""

CORE_MB = 1769
"""Memory of a function that has one core (AWS Lambda Developer Guide, configuration-memory)."""

MODES = ("leased", "exact")
MILLION = 1_000_000

Prices = Mapping[str, Any]


class Bill(NamedTuple):
    """USD for a million calls. ``platform_logs``: Lambda's own lines, where they are not switched off."""

    gateway: float
    functions: float
    dynamodb: float
    access_log: float
    platform_logs: float

    @property
    def total(self) -> float:
        return self.gateway + self.functions + self.dynamodb


def prices() -> Prices:
    found: Prices = json.loads(PRICES.read_text())
    return found


def simulated_writes() -> float | None:
    """Store calls an admitted call of a hot leased key, over several instances; None where nothing was simulated."""
    if not SIMULATION.is_file():
        return None
    found = json.loads(SIMULATION.read_text())["scenarios"].get(HOT)
    return None if found is None else float(found["calls_per_request"])


def authorizer(prices: Prices, cpu_us: float, writes: float) -> float:
    """USD of its invocations; those of a call that writes take as long as the write besides."""
    memory, wait = prices["assumed"]["memory_mb"]["authorizer"], prices["assumed"]["write_ms"]
    writing, sparing = (_invocations(prices, memory, cpu_us, each) for each in (wait, 0))
    share = min(writes, 1)
    return share * writing + (1 - share) * sparing


def direct(prices: Prices, cpu_us: float, writes: float) -> Bill:
    """A call that the gateway passes on by itself."""
    log = prices["assumed"]
    return Bill(
        gateway=prices["a_million"]["http_api_calls"],
        functions=authorizer(prices, cpu_us, writes),
        dynamodb=writes * prices["a_million"]["dynamodb_writes"],
        access_log=_logged(prices, log["access_log_bytes"]),
        platform_logs=_logged(prices, log["platform_log_bytes"]),
    )


def managed(prices: Prices, cpu_us: float, writes: float, proxy_us: float) -> Bill:
    """A call that goes through the proxy, which waits for the upstream."""
    bill, assumed = direct(prices, cpu_us, writes), prices["assumed"]
    proxy = _invocations(prices, assumed["memory_mb"]["proxy"], proxy_us, assumed["upstream_ms"])
    return bill._replace(functions=bill.functions + proxy, platform_logs=2 * bill.platform_logs)


def usual(prices: Prices, cpu_us: float) -> Bill:
    """The usual authorizer: a read, a write and a log line for each call."""
    assumed, rates = prices["assumed"], prices["a_million"]
    wait = assumed["read_ms"] + assumed["write_ms"]
    return Bill(
        gateway=rates["http_api_calls"],
        functions=_invocations(prices, assumed["memory_mb"]["usual"], cpu_us, wait)
        + _logged(prices, assumed["usual_log_bytes"]),
        dynamodb=rates["dynamodb_reads"] + rates["dynamodb_writes"],
        access_log=_logged(prices, assumed["access_log_bytes"]),
        platform_logs=_logged(prices, assumed["platform_log_bytes"]),
    )


def bills(prices: Prices, cpu: Mapping[str, float], writes: Mapping[str, float]) -> dict[str, dict[str, Bill]]:
    """By way and mode. ``cpu``: µs a call by function; ``writes`` a call by mode."""
    by_way: dict[str, dict[str, Bill]] = {"direct": {}, "managed": {}}
    for mode in MODES:
        own = cpu[f"authorizer_{mode}"]
        by_way["direct"][mode] = direct(prices, own, writes[mode])
        by_way["managed"][mode] = managed(prices, own, writes[mode], cpu["proxy"])
    return by_way | {"usual": {"exact": usual(prices, cpu["usual_authorizer"])}}


def billed_ms(memory_mb: float, cpu_us: float, wait_ms: float) -> int:
    """What Lambda bills for one call."""
    return math.ceil(cpu_us / 1000 * CORE_MB / memory_mb + wait_ms)


def _invocations(prices: Prices, memory_mb: float, cpu_us: float, wait_ms: float) -> float:
    seconds = billed_ms(memory_mb, cpu_us, wait_ms) / 1000
    rate: float = prices["lambda_gb_second"]
    return float(prices["a_million"]["lambda_requests"]) + MILLION * seconds * memory_mb / 1024 * rate


def _logged(prices: Prices, line_bytes: float) -> float:
    return float(line_bytes / 1e9 * MILLION * prices["logs_gb"])
