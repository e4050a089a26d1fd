"""Offers that are closing: a deploy is about to withdraw them, so that no subscription may take one meanwhile."""

from collections.abc import Collection

from tiergate.adapters.registry.errors import NotOffered
from tiergate.adapters.registry.inputs import quoted
from tiergate.adapters.registry.writes import Write, absent
from tiergate.domain.gate import Offer

OFFERS = "OFFERS"
"""Owner of every closing offer in the index."""

PREFIX = "OFFER#"


def on_offer(product: str, plan: str, plans: Collection[str]) -> Write:
    """The condition that a subscription may take an offer now. ``plans``: all that the product offers."""
    others = ", ".join(sorted({*plans} - {plan}))
    refused = (
        f"plan {quoted(plan)} of product {quoted(product)} is being withdrawn by a deploy; "
        f"{f'choose another: {others}' if others else 'the product offers no other, ask its owner'}"
    )
    return absent(pk_of((product, plan)), f"the offer {product}/{plan}", NotOffered(refused))


def pk_of(offer: Offer) -> str:
    """Where it is marked. Neither ids of products nor of plans have a slash."""
    return f"{PREFIX}{'/'.join(offer)}"


def offer_of(pk: str) -> Offer:
    product, _, plan = pk.removeprefix(PREFIX).partition("/")
    return product, plan
