"""Failure rules: the platform's, and a plan's own keys in place of them.

Judged by what the files say, so that a fault elsewhere in them hides none of these.
"""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from tiergate.domain.catalogue import FailureRule
from tiergate.domain.limits import SECOND, Limits
from tiergate.policy.limits import limits_of
from tiergate.policy.schema import Failure
from tiergate.policy.source import Fault, Source

DEFAULT = Failure(rule="closed", grace=FailureRule().grace // SECOND)


def merged(platform: Failure, plan: Failure) -> Failure:
    """A plan's rule: each key its own, else the platform's, else the default's."""
    own = platform.model_dump(exclude_none=True) | plan.model_dump(exclude_none=True)
    return DEFAULT.model_copy(update=own)


def platform_faults(platform: Source) -> Iterator[Fault]:
    """The platform's rule must stand by itself: it is that of every plan without one."""
    stated = _stated(platform)
    if stated is not None:
        yield from _half(platform, stated, merged(stated, Failure()))


def failure_faults(plan: Source, platform: Source) -> Iterator[Fault]:
    """What is wrong with a plan's rule, together with what it takes over from a platform's that is right."""
    stated, base, limits = _stated(plan), _stated(platform), limits_of(plan)
    if stated is None or base is None or any(platform_faults(platform)):
        return
    rule = merged(base, stated)
    yield from _half(plan, stated, rule)
    if limits is None:
        return
    if limits.metered:
        for key in ("rule", "units"):
            if getattr(stated, key) is not None:
                yield plan.fault(f"failure.{key}: has no effect where nothing is limited; remove it", "failure", key)
    elif rule.rule == "open" and rule.units is not None:
        yield from _loose(plan, limits, rule.units, own=stated.units is not None)


def _half(source: Source, stated: Failure, rule: Failure) -> Iterator[Fault]:
    """One of ``rule: open`` and ``units`` without the other."""
    if rule.rule == "open" and rule.units is None:
        yield source.fault(
            "failure.rule: open needs units: how many each instance may let through unchecked, a subscription and hour",
            *("failure", "rule"),
        )
    if rule.rule == "closed" and stated.units is not None:
        yield source.fault(
            "failure.units: needs rule: open; a closed rule lets nothing through unchecked", "failure", "units"
        )


def _loose(plan: Source, limits: Limits, units: int, *, own: bool) -> Iterator[Fault]:
    """More units for one instance than a quota has for all."""
    least = min(limits.quotas, key=lambda quota: quota.limit, default=None)
    if least is None or units <= least.limit:
        return
    if own:
        message = f"failure.units: {units} for each instance are more than the {least.window} quota of {least.limit}"
        yield plan.fault(f"{message}; lower them to {least.limit} or less", "failure", "units")
    else:
        yield plan.fault(
            f"{least.window} quota {least.limit} is less than the {units} units that platform.yaml has each instance "
            f"let through unchecked; give the plan failure.units of {least.limit} or less, or failure.rule: closed",
            *("limits", "quota", least.window),
        )


def _stated(source: Source) -> Failure | None:
    """A file's ``failure``; None where that is faulty in itself, which is told elsewhere."""
    found = source.data.get("failure", {}) if isinstance(source.data, Mapping) else {}
    try:
        return Failure.model_validate(found)
    except ValidationError:
        return None
