"""Bounds of numbers, lengths and counts, in both dialects (``exclusiveMinimum`` is a switch in OpenAPI 3.0)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tiergate.contract.place import Place

Side = Literal["lower", "upper"]


class Keyword(NamedTuple):
    """``kind``: the type it says something of. ``floor``: what holds without it."""

    name: str
    side: Side
    kind: str
    floor: int | None = None


KEYWORDS = (
    Keyword("minimum", "lower", "number"),
    Keyword("maximum", "upper", "number"),
    Keyword("minLength", "lower", "string", 0),
    Keyword("maxLength", "upper", "string"),
    Keyword("minItems", "lower", "array", 0),
    Keyword("maxItems", "upper", "array"),
    Keyword("minProperties", "lower", "object", 0),
    Keyword("maxProperties", "upper", "object"),
)
EXCLUSIVE = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}


@dataclass(frozen=True, slots=True)
class Bound:
    value: float
    exclusive: bool
    place: Place

    def whole(self, side: Side) -> "Bound":
        """The same for integers: the outermost one that it lets in."""
        if side == "lower":
            value = math.floor(self.value) + 1 if self.exclusive else math.ceil(self.value)
        else:
            value = math.ceil(self.value) - 1 if self.exclusive else math.floor(self.value)
        return Bound(value, False, self.place)

    def within(self, other: "Bound | None", side: Side) -> bool:
        """Whether it lets in no more than the other."""
        if other is None:
            return True
        if self.value == other.value:
            return self.exclusive or not other.exclusive
        return (self.value > other.value) is (side == "lower")

    def admits(self, value: float, side: Side) -> bool:
        if value == self.value:
            return not self.exclusive
        return (value > self.value) is (side == "lower")

    def __str__(self) -> str:
        return f"{self.value} (exclusive)" if self.exclusive else str(self.value)


def number(value: object) -> float | None:
    """A finite number; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def stated(schema: Place) -> dict[str, Bound]:
    """The bounds that a schema itself sets, by keyword; those that bind nothing are left out."""
    found: dict[str, Bound] = {}
    if not isinstance(schema.value, Mapping):
        return found
    for keyword in KEYWORDS:
        exclusive = EXCLUSIVE.get(keyword.name, "")
        switch = schema.value.get(exclusive)
        value = number(schema.value.get(keyword.name))
        if value is not None and value != keyword.floor:
            found[keyword.name] = Bound(value, switch is True, schema.at(keyword.name))
        if (value := number(switch)) is not None:
            tighten(found, keyword, Bound(value, True, schema.at(exclusive)))
    return found


def tighten(bounds: dict[str, Bound], keyword: Keyword, bound: Bound) -> None:
    """The tighter of the two stays."""
    if not (present := bounds.get(keyword.name)) or not present.within(bound, keyword.side):
        bounds[keyword.name] = bound
