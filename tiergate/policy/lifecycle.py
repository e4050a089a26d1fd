"""The life of an API version as its ``api.yaml`` states it; ``docs/lifecycle.md`` explains it.

The rules judge by what the file says, so that a fault elsewhere in it hides none of these.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from tiergate.domain.lifecycle import DEPRECATED, DRAFT, RETIRED
from tiergate.policy.parts import OptionalPart, Part
from tiergate.policy.source import Fault, Source, shown

ENDING = frozenset({DEPRECATED, RETIRED})
"""States that need a ``deprecation``."""

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}/v[0-9]{1,4}")
ADDRESS = re.compile(r"https?://[A-Za-z0-9][!#$%&'()*+,./0-9:;=?@A-Z_a-z~\[\]-]{0,1000}")
"""What may stand in a Link field between its brackets."""

DAY = timedelta(days=1)


def _date(text: str) -> str:
    try:
        if re.fullmatch(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", text):
            datetime.fromisoformat(text)
            return text
    except ValueError:
        pass
    raise ValueError(f"must be a date, such as 2027-06-30; found {shown(text)}")


def _moment(text: str) -> str:
    try:
        if re.fullmatch(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z", text):
            datetime.fromisoformat(text)
            return text
    except ValueError:
        pass
    raise ValueError(f"must be a time of UTC, such as 2027-05-04T09:00:00Z; found {shown(text)}")


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise ValueError(f"must be an address, such as https://developer.example.com/guides/v2; found {shown(text)}")
    return text


def _successor(text: str) -> str:
    if not NAME.fullmatch(text) and not ADDRESS.fullmatch(text):
        raise ValueError(
            f"must be an API version of these policies, such as bank/v2, or an address; found {shown(text)}"
        )
    return text


Date = Annotated[str, AfterValidator(_date)]


class Brownout(Part):
    """Minutes in which calls are refused on purpose, so that those who read no notices notice."""

    start: Annotated[str, AfterValidator(_moment)]
    minutes: Annotated[int, Field(ge=1, le=1440)]

    @property
    def seconds(self) -> tuple[int, int]:
        """From and to, in Unix seconds."""
        start = int(datetime.fromisoformat(self.start).timestamp())
        return start, start + 60 * self.minutes


class Deprecation(OptionalPart):
    """What callers of a deprecated or retired version are told. Dates begin at midnight of UTC.

    ``grace_days``: for how long after its sunset a retired version says that it is gone, and where to go.
    """

    date: Date
    sunset: Date
    successor: Annotated[str, AfterValidator(_successor)] = ""
    guide: Annotated[str, AfterValidator(_address)] = ""
    brownouts: Annotated[list[Brownout], Field(max_length=50)] = []
    grace_days: Annotated[int, Field(ge=0, le=3650)] = 90

    def compiled(self) -> dict[str, Any]:
        """For the bundle; see ``tiergate.domain.lifecycle.Lifecycle``."""
        sunset = _midnight(self.sunset)
        return {
            "deprecated": _seconds(_midnight(self.date)),
            "sunset": _seconds(sunset),
            "gone": _seconds(sunset + self.grace_days * DAY),
            "successor": self.successor,
            "guide": self.guide,
            "brownouts": sorted(list(each.seconds) for each in self.brownouts),
        }


def lifecycle_faults(source: Source, states: Mapping[str, str]) -> Iterator[Fault]:
    """What is wrong with keys that are right each for itself; ``states`` are those of all API versions by name."""
    stated = source.data if isinstance(source.data, Mapping) else {}
    state = stated.get("state", DRAFT)
    state = state if isinstance(state, str) else ""
    if state in ENDING and "deprecation" not in stated:
        yield source.fault(
            f"state: {state} needs deprecation: with date and sunset, and a successor or a guide", "state"
        )
    if "deprecation" not in stated:
        return
    if state and state not in ENDING:
        yield source.fault(
            f"deprecation: needs state: deprecated; the state is {state}. Its date may lie ahead", "deprecation"
        )
    try:
        deprecation = Deprecation.model_validate(stated["deprecation"])
    except ValidationError:
        return
    if not deprecation.successor and not deprecation.guide:
        yield source.fault("deprecation: needs a successor or a guide: callers must know where to go", "deprecation")
    if _midnight(deprecation.sunset) < _midnight(deprecation.date):
        yield source.fault(
            f"deprecation.sunset: {deprecation.sunset} is before the date, {deprecation.date}", "deprecation", "sunset"
        )
    yield from _successors(source, deprecation.successor, states)
    yield from _brownouts(source, deprecation)


def _successors(source: Source, successor: str, states: Mapping[str, str]) -> Iterator[Fault]:
    if not NAME.fullmatch(successor):
        return
    place = ("deprecation", "successor")
    if successor not in states:
        known = ", ".join(sorted(states))
        yield source.fault(f'deprecation.successor: there is no "{successor}"; known: {known}', *place)
    elif source.file.endswith(f"/apis/{successor}/api.yaml"):
        yield source.fault("deprecation.successor: is this version itself", *place)
    elif states[successor] in {DRAFT, RETIRED}:
        yield source.fault(
            f"deprecation.successor: {successor} is {states[successor]}; name one that can be called", *place
        )


def _brownouts(source: Source, deprecation: Deprecation) -> Iterator[Fault]:
    begin, end = (_seconds(_midnight(text)) for text in (deprecation.date, deprecation.sunset))
    until = begin
    for index, each in sorted(enumerate(deprecation.brownouts), key=lambda item: item[1].seconds):
        place = ("deprecation", "brownouts", index)
        start, stop = each.seconds
        if start < begin or stop > end:
            yield source.fault(
                f"deprecation.brownouts: {each.start} with its {each.minutes} minutes is not between date and sunset",
                *place,
            )
        elif start < until:
            yield source.fault(f"deprecation.brownouts: {each.start} begins before another one has ended", *place)
        until = max(until, stop)


def _midnight(date: str) -> datetime:
    return datetime.fromisoformat(date).replace(tzinfo=UTC)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
