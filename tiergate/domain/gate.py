"""What a deploy may not take from those who are subscribed: judged by two sets of definitions and who holds what.

``docs/gate.md`` has the rules. A definition that nobody subscribed to may come and go as it likes.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from tiergate.domain.lifecycle import RETIRED, SERVED, Lifecycle
from tiergate.domain.transitions import refused_move

Offer = tuple[str, str]
"""A product and one of its plans."""


class Sold(NamedTuple):
    """A product: the API versions and REST APIs in it, by name, and the plans on offer."""

    apis: frozenset[str]
    rest_apis: frozenset[str]
    plans: frozenset[str]


class Version(NamedTuple):
    """An API version's state, and its lifecycle where it has one."""

    state: str
    lifecycle: Lifecycle | None = None


GONE = Version("")

FORMAT = 1
"""Of the text that definitions are stated in: the one that is written here, and the only one that is read."""

IMPORTED = "keys of other makes"
"""A way to call, beside the issuers' names, which have no space."""


class Definitions(NamedTuple):
    """What of a bundle subscriptions hang on."""

    products: Mapping[str, Sold]
    plans: frozenset[str]
    apis: Mapping[str, Version]
    ways: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Definitions":
        """From what `stated` makes of a bundle. Raises ValueError: it is something else, or of another format."""
        try:
            stated = json.loads(text)
            if stated["format"] != FORMAT:
                raise ValueError(f"format {stated['format']}")
            return cls(
                products={
                    name: Sold(*(frozenset(each.get(part, ())) for part in Sold._fields))
                    for name, each in stated["products"].items()
                },
                plans=frozenset(stated["plans"]),
                apis={
                    name: Version(each["state"], Lifecycle.of(each["lifecycle"]) if "lifecycle" in each else None)
                    for name, each in stated["apis"].items()
                },
                ways=frozenset(stated["ways"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"these are no definitions of format {FORMAT}") from error

    @property
    def offers(self) -> frozenset[Offer]:
        return frozenset((name, plan) for name, product in self.products.items() for plan in product.plans)

    def selling(self, api: str) -> frozenset[str]:
        """The products that an API version is in."""
        return frozenset(name for name, product in self.products.items() if api in product.apis)


class Holder(NamedTuple):
    """A subscription, in whatever state, and the organization that has it.

    ``ways``: those by which its application calls, of what definitions can take: ``IMPORTED``, and issuers' names.
    """

    subscription: str
    organization: str
    product: str
    plan: str
    ways: frozenset[str] = frozenset()


class Loss(NamedTuple):
    """Something that new definitions take away, and what to do instead (``{stage}``: as the command line calls it).

    Subscriptions to one of ``products`` feel it: those on ``plan``, and those who call by ``way``; all where that is
    empty.
    """

    what: str
    mend: str
    products: frozenset[str]
    plan: str = ""
    way: str = ""

    def felt_by(self, holder: Holder) -> bool:
        return holder.product in self.products and self.plan in {"", holder.plan} and self.way in {"", *holder.ways}


class Refusal(NamedTuple):
    """A loss, and those whom it would strand; at least one."""

    loss: Loss
    holders: tuple[Holder, ...]


MOVE = "move each first to a plan that is deployed and stays (tiergate subscription set-plan SUB PLAN --stage {stage})"
KEEP_PRODUCT = "keep its file until nobody has it"
KEEP_API = "keep it there; to end it, deprecate it with a sunset, retire it, and take it out then"
KEEP_REST_API = "keep it there as long as anybody has the product"
KEEP_WAY = "keep it until each of them calls otherwise (tiergate key create, then delete the old one)"


def stated(bundle: Mapping[str, Any]) -> str:
    """The definitions of a compiled bundle, as the same text for the same definitions; ``Definitions.of`` reads it."""
    imported = bundle.get("platform", {}).get("imported_keys")
    definitions = {
        "format": FORMAT,
        "products": {
            name: {part: sorted(product[part]) for part in Sold._fields if product.get(part)}
            for name, product in bundle["products"].items()
        },
        "plans": sorted(bundle["plans"]),
        "apis": {
            name: {part: api[part] for part in Version._fields if part in api} for name, api in bundle["apis"].items()
        },
        "ways": sorted([*bundle.get("issuers", ()), *([IMPORTED] if imported else [])]),
    }
    return json.dumps(definitions, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """What definitions are remembered by; empty for none."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def losses(old: Definitions, new: Definitions, now: int) -> list[Loss]:
    """All that new definitions take away, whoever has it. ``now`` in microseconds."""
    staying = frozenset(old.products.keys() & new.products.keys())
    return [*_ended(old, new), *_moves(old, new, now), *_unsold(old, new), *_closed(old.ways - new.ways, staying)]


def not_defined(new: Definitions, holders: Collection[Holder]) -> list[Loss]:
    """What the definitions lack of what subscriptions have, where nobody knows what was defined before."""
    lacking = {(each.product, each.plan) for each in holders} - new.offers
    ways = frozenset[str]().union(*(each.ways for each in holders))
    return [
        *(
            Loss(f'product "{name}" is not in the policies', KEEP_PRODUCT, frozenset({name}))
            for name in sorted({product for product, _ in lacking} - new.products.keys())
        ),
        *(
            Loss(f'product "{name}" does not offer plan "{plan}"', MOVE, frozenset({name}), plan)
            for name, plan in sorted(lacking)
            if name in new.products
        ),
        *_closed(ways - new.ways, frozenset(new.products)),
    ]


def judged(found: Iterable[Loss], holders: Iterable[Holder]) -> list[Refusal]:
    """The losses that somebody would feel."""
    known = sorted(holders, key=itemgetter(slice(4)))
    felt = ((loss, tuple(each for each in known if loss.felt_by(each))) for loss in found)
    return [Refusal(loss, those) for loss, those in felt if those]


def _ended(old: Definitions, new: Definitions) -> Iterator[Loss]:
    """Products and plans. What goes with its product or plan is told there."""
    for name in sorted(old.products.keys() - new.products.keys()):
        yield Loss(f'product "{name}" is dropped or renamed', KEEP_PRODUCT, frozenset({name}))
    staying = frozenset(old.products.keys() & new.products.keys())
    dropped = old.plans - new.plans
    for plan in sorted(dropped):
        yield Loss(f'plan "{plan}" is dropped or renamed', f"{MOVE}, or keep the plan", staying, plan)
    for name in sorted(staying):
        for plan in sorted(old.products[name].plans - new.products[name].plans - dropped):
            what = f'product "{name}" no longer offers plan "{plan}"'
            yield Loss(what, f"{MOVE}, or keep offering it", frozenset({name}), plan)


def _moves(old: Definitions, new: Definitions, now: int) -> Iterator[Loss]:
    """Of versions that are sold. One that stays as it is goes nowhere, also where it began so out of turn."""
    for name in sorted(old.apis):
        was, coming, products = old.apis[name], new.apis.get(name, GONE), old.selling(name)
        if was == coming or not products:
            continue
        refused = refused_move(was.state, coming.state or None, was.lifecycle, coming.lifecycle, now)
        if refused is not None:
            yield Loss(f"API {name}: {refused.reason}", refused.mend, products)


def _unsold(old: Definitions, new: Definitions) -> Iterator[Loss]:
    """What leaves products that stay. A version that ends is judged by how it ends."""
    for name in sorted(old.products.keys() & new.products.keys()):
        before, after = old.products[name], new.products[name]
        for api in sorted(before.apis - after.apis):
            if old.apis[api].state in SERVED and api in new.apis and new.apis[api].state != RETIRED:
                yield Loss(f'API {api} is taken out of product "{name}"', KEEP_API, frozenset({name}))
        for rest_api in sorted(before.rest_apis - after.rest_apis):
            yield Loss(f'REST API {rest_api} is taken out of product "{name}"', KEEP_REST_API, frozenset({name}))


def _closed(ways: Iterable[str], products: frozenset[str]) -> Iterator[Loss]:
    for way in sorted(ways):
        issuer = f'issuer "{way}" is dropped or renamed'
        yield Loss(f"{IMPORTED} are no longer accepted" if way == IMPORTED else issuer, KEEP_WAY, products, way=way)
