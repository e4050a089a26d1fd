"""Keys → partners: whose each key is, what its application is called, and what it subscribes to."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tiergate.domain.gate import Offer
from tiergate.domain.imported_keys import id_of
from tiergate.domain.rest_account import Partner, RestAccount, RestKey
from tiergate.migrate.names import organization_names, shown_name

CUSTOMER, KEY_NAME, TAG = "customer", "name", "tag:"
"""What says whose a key is: its customer id, its name, or a tag."""


class Left(NamedTuple):
    """A key that becomes nothing, or less than it was. ``ref``: what people know it by."""

    ref: str
    why: str


class Partners(NamedTuple):
    partners: tuple[Partner, ...]
    left: tuple[Left, ...]


class Brought(NamedTuple):
    """A key as some source has it. ``organization``: empty where it is not said. ``fault``: why it cannot be
    imported; empty where it can."""

    ref: str
    organization: str
    name: str
    fingerprint: str
    active: bool
    offers: tuple[Offer, ...]
    fault: str = ""


def partners(brought: Iterable[Brought], products: Mapping[str, frozenset[str]]) -> Partners:
    """One application for each key, as quotas of usage plans count by key. ``products``: the APIs of each.

    An application has one subscription for an API version at most: of two offers that share one, the one of more APIs
    stays, and the other is told.
    """
    left: list[Left] = []
    kept = [*_importable(brought, left)]
    named = {each.ref: _names(each) for each in kept}
    organizations = organization_names(organization for organization, _ in named.values())
    counts: dict[tuple[str, str], int] = {}
    for names in named.values():
        counts[names] = counts.get(names, 0) + 1
    found = []
    for each in kept:
        organization, name = named[each.ref]
        application = name if counts[organization, name] == 1 else f"{name} ({id_of(each.fingerprint)[:8]})"
        offers = tuple(_beside_each_other(each, products, left))
        found.append(
            Partner(each.ref, organizations[organization], application, name, each.fingerprint, each.active, offers)
        )
    return Partners(tuple(sorted(found, key=lambda each: (each.organization, each.application))), tuple(left))


def of_account(account: RestAccount, offers: Mapping[str, Offer], by: str) -> Iterator[Brought]:
    """Keys of usage plans that are migrated. ``by``: ``customer``, ``name`` or ``tag:<tag>``; where a key does not have
    it, its name."""
    plans: dict[str, list[str]] = {}
    for plan in account.plans:
        for key in plan.keys if plan.id in offers else ():
            plans.setdefault(key, []).append(plan.id)
    for each in sorted(account.keys, key=lambda each: each.id):
        if each.id in plans:
            theirs = dict.fromkeys(offers[plan] for plan in sorted(plans[each.id]))
            yield Brought(
                each.id, _owner(each, by), each.name, each.fingerprint, each.enabled, tuple(theirs), each.fault
            )


def _owner(key: RestKey, by: str) -> str:
    if by == CUSTOMER:
        return key.customer
    return key.tags.get(by.removeprefix(TAG), "") if by.startswith(TAG) else ""


def _names(each: Brought) -> tuple[str, str]:
    """Its organization's and its application's; a key without a name is called as people know it."""
    name = shown_name(each.name) or f"key {each.ref}"
    return shown_name(each.organization) or name, name


def _importable(brought: Iterable[Brought], left: list[Left]) -> Iterator[Brought]:
    """Those that can be imported, each key once."""
    first: dict[str, str] = {}
    for each in brought:
        if each.fault:
            left.append(Left(each.ref, f"it cannot be imported: {each.fault}"))
        elif each.fingerprint in first:
            left.append(Left(each.ref, f"it is the same key as {first[each.fingerprint]}"))
        elif not each.offers:
            left.append(Left(each.ref, "nothing says which product and plan it has"))
        else:
            first[each.fingerprint] = each.ref
            yield each


def _beside_each_other(each: Brought, products: Mapping[str, frozenset[str]], left: list[Left]) -> Iterator[Offer]:
    """Those that share no API."""
    taken: dict[str, Offer] = {}
    for offer in sorted(each.offers, key=lambda offer: (-len(products.get(offer[0], ())), offer)):
        apis = products.get(offer[0], frozenset())
        shared = sorted(api for api in apis if api in taken)
        if shared:
            by = taken[shared[0]]
            left.append(
                Left(
                    each.ref,
                    f"{' '.join(offer)} is left out: {', '.join(shared)} is covered by {' '.join(by)} already, and a "
                    "call counts against one subscription",
                )
            )
            continue
        taken |= dict.fromkeys(apis, offer)
        yield offer
