"""What would be done, as a dry run tells it."""

from collections.abc import Iterable, Iterator

from tiergate.domain.native import UsagePlan
from tiergate.domain.native_changes import KeyChange, LivePlan, Natives, Patch
from tiergate.domain.native_limits import NativeLimits


def key_words(change: KeyChange, natives: Natives) -> Iterator[str]:
    """One line for all that a subscription's key needs."""
    name = f"the API key of subscription {change.subscription} (application {change.application})"
    if change.wanted is None:
        yield f"delete {name}"
        return
    into, out = _quoted(change.into), _quoted(natives.plans[id_].tag for id_ in change.out)
    if not change.id:
        yield f"make {name} again" if change.deleted else f"make {name} in usage plan {into}"
        return
    if change.deleted:
        yield f"delete {len(change.deleted)} more of {name}"
    for _, path, value in change.patches:
        yield f"name {name} {value}" if path == "/name" else f"{_switched(value)} {name}"
    if into:
        yield f"move {name} from usage plan {out} to {into}" if out else f"put {name} in usage plan {into}"
    elif out:
        yield f"take {name} out of usage plan {out}"


def made_words(plan: UsagePlan) -> str:
    return f'make usage plan "{plan.tag}" ({limits_words(plan.limits)})'


def patched_words(plan: LivePlan, patches: Iterable[Patch]) -> str:
    told = ", ".join(f"{operation} {path} {value}".rstrip() for operation, path, value in patches)
    return f'change usage plan "{plan.tag}" ({plan.id}): {told}'


def deleted_words(plan: LivePlan) -> str:
    return f'delete usage plan "{plan.tag}" ({plan.id})'


def limits_words(limits: NativeLimits) -> str:
    rate = f"{limits.rate:.15g} a second, {limits.burst:,} at once" if limits.burst else ""
    quota = f"{limits.quota:,} a {limits.period.lower()}" if limits.quota else ""
    return ", ".join(filter(None, (rate, quota))) or "no limits"


def _switched(enabled: str) -> str:
    return "enable" if enabled == "true" else "disable"


def _quoted(tags: Iterable[str]) -> str:
    return " and ".join(f'"{tag}"' for tag in tags)
