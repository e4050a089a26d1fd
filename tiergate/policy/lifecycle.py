"""The life of an API version as its ``api.yaml`` states it; ``docs/lifecycle.md`` explains it.

The rules judge by what the file says, so that a fault elsewhere in it hides none of these.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from tiergate.domain.lifecycle import DEPRECATED, DRAFT, RETIRED
from tiergate.policy.parts import OptionalPart, Part
from tiergate.policy.source import Fault, Source, mapping, shown

ENDING = frozenset({DEPRECATED, RETIRED})
"""States that need a ``deprecation``."""

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}/v[0-9]{1,4}")
ADDRESS = re.compile(r"https?://[A-Za-z0-9][!#$%&'()*+,./0-9:;=?@A-Z_a-z~\[\]-]{0,1000}")
"""What may stand in a Link field between its brackets."""
USER = re.compile(r"https?://[^/?#]*@")

DAY = timedelta(days=1)


def _date(text: str) -> str:
    return _written(text, r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", "a date, such as 2027-06-30")


def _moment(text: str) -> str:
    pattern = r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z"
    return _written(text, pattern, "a time of UTC, such as 2027-05-04T09:00:00Z")


def _written(text: str, pattern: str, wanted: str) -> str:
    """The text, which is of the pattern and exists in the calendar."""
    with suppress(ValueError):
        if re.fullmatch(pattern, text) and datetime.fromisoformat(text):
            return text
    raise ValueError(f"must be {wanted}; found {shown(text)}")


def _address(text: str) -> str:
    if USER.match(text):
        raise ValueError("must have no user: all who call read it")
    if not ADDRESS.fullmatch(text):
        raise ValueError(f"must be an address, such as https://developer.example.com/guides/v2; found {shown(text)}")
    return text


def _successor(text: str) -> str:
    if NAME.fullmatch(text) or ADDRESS.fullmatch(text) or USER.match(text):
        return text if NAME.fullmatch(text) else _address(text)
    raise ValueError(f"must be an API version of these policies, such as bank/v2, or an address; found {shown(text)}")


Date = Annotated[str, AfterValidator(_date)]
Address = Annotated[str, AfterValidator(_address)]


class Brownout(Part):
    """Minutes in which calls are refused on purpose, so that those who read no notices notice."""

    start: Annotated[str, AfterValidator(_moment)]
    minutes: Annotated[int, Field(ge=1, le=240)]

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
    guide: Address = ""
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


def lifecycle_faults(name: str, apis: Mapping[str, Source]) -> Iterator[Fault]:
    """What is wrong with an API version's keys that are right each for itself; ``apis``: all by their names."""
    source = apis[name]
    stated = mapping(source.data)
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
    yield from _successors(name, deprecation.successor, apis)
    yield from _brownouts(source, deprecation)


def _successors(name: str, successor: str, apis: Mapping[str, Source]) -> Iterator[Fault]:
    if not NAME.fullmatch(successor):
        return
    if successor not in apis:
        wrong = f'there is no "{successor}"; known: {", ".join(sorted(apis))}'
    elif successor == name:
        wrong = "is this version itself"
    elif (state := _state(apis[successor])) in {DRAFT, RETIRED}:
        wrong = f"{successor} is {state}; name one that can be called"
    elif name in (way := _way(successor, apis)):
        wrong = f"{' → '.join(way)} leads back here; one of them needs another, or a guide alone"
    else:
        return
    yield apis[name].fault(f"deprecation.successor: {wrong}", "deprecation", "successor")


def _way(name: str, apis: Mapping[str, Source]) -> list[str]:
    """Where callers are sent from one version to the next, until one does not end or was met before."""
    way = [name]
    while name in apis and _state(apis[name]) in ENDING:
        name = str(mapping(apis[name].data, "deprecation").get("successor", ""))
        if name in way:
            break
        way.append(name)
    return way


def _state(source: Source) -> str:
    return str(mapping(source.data).get("state", DRAFT))


def _brownouts(source: Source, deprecation: Deprecation) -> Iterator[Fault]:
    begin, end = (_seconds(_midnight(text)) for text in (deprecation.date, deprecation.sunset))
    free = begin
    for index, each in sorted(enumerate(deprecation.brownouts), key=lambda item: item[1].seconds):
        place = ("deprecation", "brownouts", index)
        start, stop = each.seconds
        if start < begin or stop > end:
            yield source.fault(
                f"deprecation.brownouts: {each.start} with its {each.minutes} minutes is not between date and sunset",
                *place,
            )
        elif start < free:
            yield source.fault(f"deprecation.brownouts: {each.start} begins less than a day after another one", *place)
        free = start + DAY // timedelta(seconds=1)


def _midnight(date: str) -> datetime:
    return datetime.fromisoformat(date).replace(tzinfo=UTC)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
