"""Measurements that a person can rerun; ``python -m bench`` writes ``bench/results/``."""


class BenchError(Exception):
    """The measurement is worth nothing; the text says why."""
