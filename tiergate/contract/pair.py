"""Two schemas of which one takes the place of the other, and what was found there."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tiergate.contract.alike import Likeness
from tiergate.contract.change import Finding, Way
from tiergate.contract.place import Place
from tiergate.contract.view import Schemas, View
from tiergate.policy.levels import BREAKING, Level

Descend = Callable[["Pair", str, Schemas, Schemas], None]
"""Has two schemas below compared, which a step leads to."""


@dataclass(slots=True, eq=False)
class Pair:
    """``below``: the pairs that stand in it, each with the step that leads there. ``view``: what other schemas say.

    ``alike`` and ``view`` are the same for all pairs of a comparison.
    """

    old: View
    new: View
    way: Way
    view: Callable[[Schemas], View]
    alike: Likeness
    findings: list[Finding] = field(default_factory=list)
    below: list[tuple[str, "Pair"]] = field(default_factory=list)

    def tell(
        self,
        level: Level,
        rule: str,
        message: str,
        new: Place | None,
        gone: Place | None = None,
        *,
        step: str = "",
        broken: str = "",
    ) -> None:
        """It stands at ``new``; where that is None at ``gone``. ``broken``: what it does to clients if breaking."""
        text = f"{message}; {broken}" if broken and level == BREAKING else message
        place = new or gone or self.new.place
        self.findings.append(
            Finding(level, f"{self.way.value}-{rule}", place, text, new is None and gone is not None, step)
        )

    def compared(
        self,
        rule: str,
        message: str,
        new: Place | None,
        gone: Place | None = None,
        *,
        narrower: bool = False,
        wider: bool = False,
        step: str = "",
    ) -> None:
        """The level follows from which values are no longer let in, or newly."""
        level = self.way.level(narrower=narrower, wider=wider)
        self.tell(level, rule, message, new, gone, step=step, broken=self.harm)

    @property
    def harm(self) -> str:
        if self.way is Way.REQUEST:
            return "clients that send what was accepted before are refused"
        return "clients that rely on what was promised break"
