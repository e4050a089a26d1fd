"""What a change of an OpenAPI document does to those who call the API."""

from tiergate.contract.change import BREAKING, LEVELS, RISKY, SAFE, Change
from tiergate.contract.documents import compare

__all__ = ["BREAKING", "LEVELS", "RISKY", "SAFE", "Change", "compare"]
