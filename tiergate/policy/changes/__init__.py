"""What differs between two compiled bundles, as people are told of it before a change ships."""

from collections.abc import Iterator

from tiergate.domain.catalogue import FORMAT
from tiergate.policy.changes.apis import api_changes
from tiergate.policy.changes.change import Change, Part, in_order, rest
from tiergate.policy.changes.issuers import issuer_changes
from tiergate.policy.changes.plans import plan_changes
from tiergate.policy.changes.products import product_changes
from tiergate.policy.changes.rest_apis import rest_api_changes
from tiergate.policy.levels import BREAKING, LEVELS, RISKY, SAFE

__all__ = ["BREAKING", "LEVELS", "RISKY", "SAFE", "Change", "changes", "in_order"]


def changes(old: Part, new: Part) -> list[Change]:
    """What differs, in order: breaking, risky, safe.

    Raises
    ------
    ValueError
        One of them is of another format.
    """
    for bundle in (old, new):
        if bundle.get("format") != FORMAT:
            raise ValueError(f"bundle format {bundle.get('format')!r}, expected {FORMAT}")
    return in_order(_found(old, new))


def _found(old: Part, new: Part) -> Iterator[Change]:
    yield from _platform(old["platform"], new["platform"])
    was, now = (bundle.get("issuers", {}) for bundle in (old, new))
    for name in {*was, *now}:
        yield from issuer_changes(name, was.get(name), now.get(name))
    for name in {*old["plans"], *new["plans"]}:
        yield from plan_changes(name, old["plans"].get(name), new["plans"].get(name))
    for name in {*old["products"], *new["products"]}:
        yield from product_changes(name, old["products"].get(name), new["products"].get(name), (old, new))
    for name in {*old["apis"], *new["apis"]}:
        yield from api_changes(name, old["apis"].get(name), new["apis"].get(name), (old, new))
    before, after = (bundle.get("rest_apis", {}) for bundle in (old, new))
    for name in {*before, *after}:
        yield from rest_api_changes(name, before.get(name), after.get(name), old)
    yield from rest(old, new, ("format", "platform", "issuers", "plans", "products", "apis", "rest_apis"))


def _platform(old: Part, new: Part) -> Iterator[Change]:
    for key, what in (("name", "name"), ("support", "support contact")):
        if old[key] != new[key]:
            message = f"{what}: {old[key]} → {new[key]}"
            yield Change(level=SAFE, kind=key, message=message)
    was, now = old.get("identity_key", 1), new.get("identity_key", 1)
    if was != now:
        message = f"key of identity tokens: {was} → {now}; upstreams must take the new one from the gateway's key set"
        yield Change(level=RISKY, kind="identity_key", message=message)
    taken, take = (bool(part.get("imported_keys")) for part in (old, new))
    if take and not taken:
        message = "keys of other makes are taken once they are imported (imported_keys)"
        yield Change(level=RISKY, kind="imported_keys_added", message=message, loosened=True)
    elif taken and not take:
        message = "keys of other makes are refused as malformed; rotate those in use first: tiergate key rotate"
        yield Change(level=BREAKING, kind="imported_keys_removed", message=message)
    yield from rest(old, new, ("name", "support", "identity_key", "imported_keys"))
