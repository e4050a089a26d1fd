"""Rules between the limits of one plan, its mode, and the cost of what its subscribers call.

Judged by what the file says, so that a fault elsewhere in it hides none of these.
"""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from tiergate.domain.leases import SHARE
from tiergate.domain.limits import LEASED, LEAST_LEASED, Limits, impossible
from tiergate.policy import schema
from tiergate.policy.source import Fault, Source


def limits_of(source: Source) -> Limits | None:
    """What a plan's file limits; None where that is faulty in itself, which is told elsewhere."""
    stated = source.data.get("limits") if isinstance(source.data, Mapping) else None
    try:
        return Limits.of(schema.Limits.model_validate(stated).model_dump(exclude_none=True))
    except ValidationError:
        return None


def limit_faults(source: Source, cost: int, where: str) -> Iterator[Fault]:
    """Limits that are right each for itself, but not together with the mode or a call of ``cost`` units.

    ``where`` says which operation costs as much; it ends the message.
    """
    limits = limits_of(source)
    if limits is None:
        return
    for place, what in impossible(limits, cost):
        yield source.fault(f"{what}{where}", "limits", *place)
    if limits.mode == LEASED:
        yield from _leased(source, limits)


def _leased(source: Source, limits: Limits) -> Iterator[Fault]:
    """Where nothing could ever be held ahead, so that every call would take a write as in exact mode."""
    if limits.metered:
        yield source.fault("limits.mode: leased needs a rate or a quota; add one, or remove the mode", "limits", "mode")
    if limits.rate is not None and limits.rate.burst < LEAST_LEASED:
        yield source.fault(
            f"burst {limits.rate.burst} is too small to hold a part of it ahead, as mode: leased does; "
            f"raise burst to {LEAST_LEASED} or more, or use mode: exact",
            *("limits", "rate", "burst"),
        )
    for quota in limits.quotas:
        if quota.limit < SHARE:
            yield source.fault(
                f"{quota.window} quota {quota.limit} is too small to hold a part of it ahead, as mode: leased does; "
                f"raise it to {SHARE} or more, or use mode: exact",
                *("limits", "quota", quota.window),
            )
