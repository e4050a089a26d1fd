"""Instances, a store and calls in simulated time around the real admission; ``python -m bench.simulation``."""
