"""Which operations what was found in schemas concerns, and on what way."""

from collections import deque
from collections.abc import Collection, Iterator

from tiergate.contract.change import MOST_OPERATIONS, Finding
from tiergate.contract.pair import Pair

_LONGEST = 200
"""Characters of a way."""


class Reach:
    """No pair is entered for more than MOST_OPERATIONS operations: all below it have as many by then."""

    def __init__(self, pairs: Collection[Pair]) -> None:
        self._fruitful = _leading_to_findings(pairs)
        self._ways: dict[int, str] = {}
        self._entered: dict[int, list[str]] = {}

    def found(self, operation: str, root: Pair) -> Iterator[tuple[str, Finding]]:
        """What the operation reaches from this pair and has not yet, each with the shortest way to it.

        An operation's pairs are to be asked for one after the other.
        """
        waiting = deque([(root, "")])
        while waiting:
            pair, came = waiting.popleft()
            if not self._enters(operation, pair):
                continue
            way = self._ways.setdefault(id(pair), came)
            for finding in pair.findings:
                yield _shortened(way + finding.step).removeprefix("."), finding
            for step, below in pair.below:
                waiting.append((below, self._ways.get(id(below)) or _shortened(way + step)))

    def _enters(self, operation: str, pair: Pair) -> bool:
        if id(pair) not in self._fruitful:
            return False
        entered = self._entered.setdefault(id(pair), [])
        if len(entered) == MOST_OPERATIONS or operation in entered[-1:]:
            return False
        entered.append(operation)
        return True


def _leading_to_findings(pairs: Collection[Pair]) -> set[int]:
    above: dict[int, list[Pair]] = {}
    for pair in pairs:
        for _, below in pair.below:
            above.setdefault(id(below), []).append(pair)
    waiting = [pair for pair in pairs if pair.findings]
    found = {id(pair) for pair in waiting}
    while waiting:
        for pair in above.get(id(waiting.pop()), ()):
            if id(pair) not in found:
                found.add(id(pair))
                waiting.append(pair)
    return found


def _shortened(way: str) -> str:
    return way if len(way) <= _LONGEST else f"{way[: _LONGEST // 2]}…{way[-_LONGEST // 2 + 1 :]}"
