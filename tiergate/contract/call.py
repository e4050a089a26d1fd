"""One operation in both documents, and where all that is found in it goes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tiergate.contract.change import Finding, Report, Way
from tiergate.contract.pair import Pair
from tiergate.contract.place import Place, same_value
from tiergate.contract.reach import Reach
from tiergate.contract.schemas import Comparison
from tiergate.policy.levels import Level


@dataclass(slots=True)
class Work:
    """A comparison of two documents under way."""

    report: Report = field(default_factory=Report)
    schemas: Comparison = field(default_factory=Comparison)
    roots: list[tuple[str, str, Pair]] = field(default_factory=list)
    texts: int = 0

    def finish(self) -> None:
        """Compares the schemas, and tells of them."""
        reach = Reach(self.schemas.run())
        for operation, where, pair in self.roots:
            for way, finding in reach.found(operation, pair):
                self.report.tell(finding, operation, f"{where}: {way}" if way else where)

    def count(self, old: Place, new: Place, keys: Iterable[str]) -> None:
        """Counts the texts for people that differ."""
        self.texts += sum(not same_value(old.at(key).value, new.at(key).value) for key in keys)


@dataclass(frozen=True, slots=True)
class Call:
    """``operation``: as ``GET /path``."""

    operation: str
    work: Work

    def tell(
        self, level: Level, rule: str, where: str, message: str, new: Place | None, gone: Place | None = None
    ) -> None:
        """It stands at ``new``; where that is None at ``gone``."""
        place = new or gone
        if place is None:
            raise ValueError("a change stands somewhere")
        self.work.report.tell(Finding(level, rule, place, message, gone=new is None), self.operation, where)

    def schema(self, where: str, way: Way, old: Place, new: Place) -> None:
        """Has two schemas compared; one that is missing lets everything in."""
        self.work.roots.append((self.operation, where, self.work.schemas.pair((old,), (new,), way)))
