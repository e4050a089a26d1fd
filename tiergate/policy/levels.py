"""How much a change asks of those who call."""

from typing import Literal

Level = Literal["breaking", "risky", "safe"]

BREAKING: Level = "breaking"
RISKY: Level = "risky"
SAFE: Level = "safe"
LEVELS: tuple[Level, ...] = (BREAKING, RISKY, SAFE)
"""The worst first. Breaking: calls are refused, or clients fail, that went well. Risky: some may, or it cannot be
decided. Safe: no caller notices, unless it wants to."""
