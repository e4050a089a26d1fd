"""Which tests run: plain ``pytest`` leaves out what needs Node, MiniStack or documents, and names it."""

from collections import Counter

import pytest
from hypothesis import settings

pytest_plugins = ["tests.deployment"]

LEFT_OUT = {
    "synth": "synthesizes the stacks with Node: make test-synth",
    "ministack": "runs against MiniStack: make test-e2e",
    "samples": "reads OpenAPI documents of a folder: make test-samples",
}
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("steady")  # --hypothesis-profile=thorough: other examples each time, and twenty times as many
_counts: pytest.StashKey[Counter[str]] = pytest.StashKey()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    counts = config.stash[_counts] = Counter[str]()
    if config.getoption("-m"):
        return
    kept, left_out = [], []
    for item in items:
        marker = next((name for name in LEFT_OUT if item.get_closest_marker(name)), None)
        if marker:
            counts[marker] += 1
            left_out.append(item)
        else:
            kept.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for marker, count in config.stash.get(_counts, Counter()).items():
        terminalreporter.write_line(f"left out: {count} tests marked {marker}; {LEFT_OUT[marker]}")
