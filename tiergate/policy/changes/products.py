"""Products: what is sold together, and on which plans."""

from collections.abc import Iterator
from functools import partial

from tiergate.domain.lifecycle import DRAFT, SERVED
from tiergate.policy.changes.change import Change, Part, listed, rest
from tiergate.policy.changes.rest_apis import sold_changes
from tiergate.policy.levels import BREAKING, RISKY, SAFE


def product_changes(name: str, old: Part | None, new: Part | None, bundles: tuple[Part, Part]) -> Iterator[Change]:
    """``bundles``: those that they are of."""
    if old is None and new is not None:
        sold = listed([*new["apis"], *new.get("rest_apis", ())])
        message = f"added: {sold}; plans {listed(new['plans'])}"
        yield Change(level=SAFE, kind="product_added", message=message, product=name)
    elif new is None and old is not None:
        message = "removed; its subscribers can call nothing by it any more"
        yield Change(level=BREAKING, kind="product_removed", message=message, product=name)
    elif old is not None and new is not None:
        yield from _both(name, old, new, bundles)


def _both(name: str, old: Part, new: Part, bundles: tuple[Part, Part]) -> Iterator[Change]:
    for api in sorted({*old["apis"]} - {*new["apis"]}):
        served = bundles[0]["apis"].get(api, {"state": DRAFT})["state"] in SERVED
        message = f"left the product; its subscribers {'cannot call it any more' if served else 'could not call it'}"
        level = BREAKING if served else SAFE
        yield Change(level=level, kind="product_api_removed", message=message, api=api, product=name)
    for api in sorted({*new["apis"]} - {*old["apis"]}):
        message = "joined the product; its subscribers can call it now"
        open_ = all(bundle["apis"].get(api, {"state": DRAFT})["state"] in SERVED for bundle in bundles)
        level = RISKY if open_ else SAFE
        yield Change(level=level, kind="product_api_added", message=message, api=api, product=name, loosened=open_)
    yield from sold_changes(name, old, new)
    for plan in sorted({*old["plans"]} - {*new["plans"]}):
        message = "no longer offered"
        yield Change(level=BREAKING, kind="offer_removed", message=message, product=name, plan=plan)
    for plan in sorted({*new["plans"]} - {*old["plans"]}):
        yield Change(level=SAFE, kind="offer_added", message="offered now", product=name, plan=plan)
    yield from rest(old, new, ("apis", "plans", "rest_apis"), change=partial(Change, product=name))
