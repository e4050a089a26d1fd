"""What a change of an OpenAPI document does to those who call the API."""

from tiergate.contract.change import Change
from tiergate.contract.documents import compare
from tiergate.policy.levels import BREAKING, LEVELS, RISKY, SAFE

__all__ = ["BREAKING", "LEVELS", "RISKY", "SAFE", "Change", "compare"]
