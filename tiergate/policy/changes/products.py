"""Products: what is sold together, and on which plans."""

from collections.abc import Iterator
from functools import partial

from tiergate.policy.changes.change import BREAKING, SAFE, Change, Part, listed, rest


def product_changes(name: str, old: Part | None, new: Part | None) -> Iterator[Change]:
    if old is None and new is not None:
        message = f"added: {listed(new['apis'])}; plans {listed(new['plans'])}"
        yield Change(level=SAFE, kind="product_added", message=message, product=name)
    elif new is None and old is not None:
        message = "removed; its subscribers can call nothing by it any more"
        yield Change(level=BREAKING, kind="product_removed", message=message, product=name)
    elif old is not None and new is not None:
        yield from _both(name, old, new)


def _both(name: str, old: Part, new: Part) -> Iterator[Change]:
    for api in sorted({*old["apis"]} - {*new["apis"]}):
        message = "left the product; its subscribers cannot call it any more"
        yield Change(level=BREAKING, kind="product_api_removed", message=message, api=api, product=name)
    for api in sorted({*new["apis"]} - {*old["apis"]}):
        message = "joined the product; its subscribers can call it now"
        yield Change(level=SAFE, kind="product_api_added", message=message, api=api, product=name)
    for plan in sorted({*old["plans"]} - {*new["plans"]}):
        message = "no longer offered"
        yield Change(level=BREAKING, kind="offer_removed", message=message, product=name, plan=plan)
    for plan in sorted({*new["plans"]} - {*old["plans"]}):
        yield Change(level=SAFE, kind="offer_added", message="offered now", product=name, plan=plan)
    yield from rest(old, new, ("apis", "plans"), change=partial(Change, product=name))
