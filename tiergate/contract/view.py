"""What schemas that hold together say, in one form for both dialects."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from tiergate.contract.bounds import Bound
from tiergate.contract.place import Place

Schemas = tuple[Place, ...]
"""Schemas that hold together."""

ANY = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
"""All types; ``number`` stands for the numbers that are no integers."""


@dataclass(frozen=True, slots=True)
class Union:
    """``oneOf`` or ``anyOf`` without the alternative that only says null."""

    kind: str
    place: Place
    alternatives: tuple[Place, ...]
    nullable: bool


@dataclass(slots=True)
class View:
    """Schemas that hold together, as one. Places say where each part stands."""

    places: Schemas
    types: frozenset[str] = ANY
    types_at: Place | None = None
    enum: dict[Hashable, object] | None = None
    enum_at: Place | None = None
    bounds: dict[str, Bound] = field(default_factory=dict)
    multiples: list[Place] = field(default_factory=list)
    formats: dict[str, Place] = field(default_factory=dict)
    patterns: dict[str, Place] = field(default_factory=dict)
    unique: Place | None = None
    required: dict[str, Place] = field(default_factory=dict)
    properties: dict[str, list[Place]] = field(default_factory=dict)
    additional: Schemas = ()
    closed: Place | None = None
    allowed: frozenset[str] | None = None
    """The names of the properties that all schemas know that are closed."""
    items: Schemas = ()
    unions: list[Union] = field(default_factory=list)
    folded: Union | None = None
    """A choice between one schema and null, which has been merged with the rest."""
    discriminator: Place | None = None
    undecided: dict[str, list[Place]] = field(default_factory=dict)
    default: Place | None = None
    flags: dict[str, Place] = field(default_factory=dict)
    texts: set[tuple[str, Hashable]] = field(default_factory=set)
    possible: frozenset[str] | None = None
    """The types that its choices and enumerations leave, once they are known."""
    size: int = 0
    """So many schemas and properties it was made of."""

    @property
    def place(self) -> Place:
        return self.places[0]

    @property
    def bare(self) -> bool:
        """Nothing is said but by a choice of alternatives."""
        says = self.enum, self.bounds, self.multiples, self.formats, self.patterns, self.required, self.properties
        more = self.additional, self.closed, self.items, self.undecided, self.unique
        return self.types == ANY and not any(said for said in (*says, *more) if said is not None)
