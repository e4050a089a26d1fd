"""REST APIs: which are sold, where they are, and what becomes of hourly quotas there."""

from collections.abc import Iterator
from functools import partial

from tiergate.policy.changes.change import Change, Part, listed, rest
from tiergate.policy.levels import BREAKING, RISKY, SAFE


def rest_api_changes(name: str, old: Part | None, new: Part | None, bundle: Part) -> Iterator[Change]:
    """``bundle``: the old one, which says who may call it."""
    sold = _sold(name, bundle)
    if old is None and new is not None:
        message = f"REST API added: {_at(new)}; products that list it open it to their subscribers"
        yield Change(level=SAFE, kind="rest_api_added", message=message, api=name)
    elif new is None and old is not None:
        message = f"REST API removed: {_at(old)}; {sold}"
        level = BREAKING if sold != NOBODY else SAFE
        yield Change(level=level, kind="rest_api_removed", message=message, api=name)
    elif old is not None and new is not None:
        if _at(old) != _at(new):
            message = f"REST API is another: {_at(old)} → {_at(new)}; at the old place {sold}"
            level = BREAKING if sold != NOBODY else SAFE
            yield Change(level=level, kind="rest_api_moved", message=message, api=name)
        was, now = (each.get("hourly", "") for each in (old, new))
        if was != now:
            message = f"hourly quotas at the REST API: {_hourly(was)} → {_hourly(now)}"
            yield Change(level=RISKY, kind="rest_api_hourly", message=message, api=name, loosened=not now)
        yield from rest(old, new, ("id", "stage", "hourly"), change=partial(Change, api=name))


def sold_changes(product: str, old: Part, new: Part) -> Iterator[Change]:
    """What REST APIs a product that stays gained and lost."""
    was, now = ({*each.get("rest_apis", ())} for each in (old, new))
    for name in sorted(was - now):
        message = "REST API left the product; its subscribers cannot call it any more"
        yield Change(level=BREAKING, kind="product_rest_api_removed", message=message, api=name, product=product)
    for name in sorted(now - was):
        message = "REST API joined the product; its subscribers can call it now"
        kind = "product_rest_api_added"
        yield Change(level=RISKY, kind=kind, message=message, api=name, product=product, loosened=True)


NOBODY = "no product sold it"


def _sold(name: str, bundle: Part) -> str:
    products = sorted(each for each, product in bundle["products"].items() if name in product.get("rest_apis", ()))
    return f"subscribers of {listed(products)} cannot call it any more" if products else NOBODY


def _at(rest_api: Part) -> str:
    return f"{rest_api['id']}/{rest_api['stage']}"


def _hourly(setting: str) -> str:
    return f"24 of them a {setting}" if setting else "not mirrored"
