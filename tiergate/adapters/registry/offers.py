"""Offers that are closing: a deploy is about to withdraw them, so that no subscription may take one meanwhile."""

from collections.abc import Collection, Iterator

from tiergate.adapters.registry.errors import NotOffered
from tiergate.adapters.registry.inputs import quoted
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry.writes import Write, absent
from tiergate.domain.gate import Offer

OFFERS = "OFFERS"
"""Owner of every closing offer in the index."""

PREFIX = "OFFER#"


class Offers:
    """Products' plans, as far as the registry knows of them: those that are closing."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def closing(self) -> Iterator[Offer]:
        """Each product and plan, by the index: one of the last moments may be missing."""
        return (offer_of(item["pk"]["S"]) for item in self._table.items(OFFERS, PREFIX))

    def open(self, product: str, plan: str, plans: Collection[str]) -> Write:
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
