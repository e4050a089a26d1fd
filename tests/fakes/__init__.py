"""Stand-ins for what the domain talks to; the same contract suites run against them and the real thing."""

from tests.fakes.counters import FakeCounters
from tests.fakes.registry import FakeRegistry

__all__ = ["FakeCounters", "FakeRegistry"]
