"""API versions: those that come and go, and all that differs in one that stays."""

from collections.abc import Iterator
from functools import partial

from tiergate.domain.lifecycle import DRAFT, RETIRED, SERVED
from tiergate.policy.changes import callers, lifecycle, operations, upstream
from tiergate.policy.changes.change import Change, Part, harmless, rest
from tiergate.policy.levels import BREAKING, SAFE

TOLD = (*callers.TOLD, *lifecycle.TOLD, *upstream.TOLD, "operations", "routes")

GONE = {
    DRAFT: "removed (a draft, which nobody calls)",
    RETIRED: "removed; its callers get 404 in place of 410",
}


def api_changes(name: str, old: Part | None, new: Part | None, bundles: operations.Bundles) -> Iterator[Change]:
    """``bundles``: those that they are of."""
    if old is None and new is not None:
        count = len(new["operations"])
        how = f"{new['state']}, {count} operation{'' if count == 1 else 's'}"
        where = f" at /{name}" if new["state"] in SERVED else "; not served"
        yield Change(level=SAFE, kind="api_added", message=f"added: {how}{where}", api=name)
        yield from _opened(name, new)
    elif new is None and old is not None:
        message = GONE.get(old["state"], f"removed; its {len(old['operations'])} operations answer 404")
        level = BREAKING if old["state"] in SERVED else SAFE
        yield Change(level=level, kind="api_removed", message=message, api=name)
    elif old is not None and new is not None:
        yield from _both(name, old, new, bundles)


def _both(name: str, old: Part, new: Part, bundles: operations.Bundles) -> Iterator[Change]:
    """Only of what is served before and after does anybody meet a change; beside it, what is open from the start."""
    yield from lifecycle.lifecycle_changes(name, old, new)
    found = [
        *callers.caller_changes(name, old, new, (bundles[0]["plans"], bundles[1]["plans"])),
        *upstream.upstream_changes(name, old, new),
        *operations.operation_changes(name, old, new, bundles),
        *rest(old, new, TOLD, change=partial(Change, api=name)),
    ]
    if old["state"] in SERVED and new["state"] in SERVED:
        yield from found
        return
    opened = list(_opened(name, new))
    told = {each.operation for each in opened}
    yield from harmless(each for each in found if each.kind != operations.OPENED or each.operation not in told)
    yield from opened


def _opened(name: str, api: Part) -> Iterator[Change]:
    """What anybody can call of an API version that was not served before."""
    if api["state"] in SERVED:
        for route, operation in operations.operations_of(api).items():
            if operation.get("public"):
                yield operations.opened(name, route)
