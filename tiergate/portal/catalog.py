"""What the portal's first pages show: APIs with their versions, products and plans, as the catalogue publishes them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tiergate.domain.catalogue import tried
from tiergate.domain.lifecycle import RETIRED
from tiergate.policy.articles import Entry
from tiergate.policy.markdown import first_sentence, inline
from tiergate.policy.portal import Portal, Try
from tiergate.portal.reference import Reference

Catalogue = Mapping[str, Any]


def catalog(
    portal: Portal,
    catalogue: Catalogue,
    references: Mapping[str, Reference],
    entries: Iterable[Entry],
    logo: str | None,
) -> dict[str, Any]:
    """``references``: of the versions that are served; ``logo``: its address."""
    platform = catalogue["platform"]
    versions: dict[str, list[str]] = {}
    for name in catalogue["apis"]:
        versions.setdefault(name.partition("/")[0], []).append(name)
    updated: dict[str, str] = {}
    for entry in entries:
        if entry.api:
            updated[entry.api] = max(entry.date, updated.get(entry.api, ""))
    return {
        "portal": {
            "name": portal.name or platform["name"],
            "headline": portal.headline,
            "intro": inline(portal.intro or ""),
            "logo": logo,
            "links": [link.model_dump() for link in portal.links],
            "texts": portal.texts.model_dump(exclude_none=True),
            "try": trial(portal.trial, catalogue),
            "support": platform["support"],
        },
        "apis": [
            {
                "name": api,
                "category": portal.categories.get(api, ""),
                "versions": [
                    _version(name, catalogue, references.get(name), updated.get(name))
                    for name in sorted(names, key=_number, reverse=True)
                ],
            }
            for api, names in versions.items()
        ],
        "products": {
            name: {
                "title": each["title"],
                "description": inline(each["description"]),
                "apis": each["apis"],
                "plans": each["plans"],
            }
            for name, each in catalogue["products"].items()
        },
        "plans": {
            name: plan | {"description": inline(plan["description"])} for name, plan in catalogue["plans"].items()
        },
    }


def trial(stated: Try | None, catalogue: Catalogue) -> dict[str, Any] | None:
    """What can be tried without signing up; None where nothing can."""
    if stated is None or stated.product not in catalogue["products"]:
        return None
    sold = catalogue["products"][stated.product]["apis"]
    apis = [name for name in sold if tried(catalogue["apis"][name]["state"], catalogue["apis"][name]["accepts"])]
    return {"product": stated.product, "plan": stated.plan, "apis": apis} if apis else None


def _version(name: str, catalogue: Catalogue, reference: Reference | None, updated: str | None) -> dict[str, Any]:
    api, card = catalogue["apis"][name], catalogue["apis"][name]["scorecard"]
    products = [product for product, each in catalogue["products"].items() if name in each["apis"]]
    plans = dict.fromkeys(plan for product in products for plan in catalogue["products"][product]["plans"])
    return {
        "id": name,
        "version": name.partition("/")[2],
        "title": api["title"],
        "summary": first_sentence(api["description"]),
        "owner": api["owner"],
        "state": api["state"],
        "lifecycle": api["lifecycle"],
        "accepts": api["accepts"],
        "mode": api["mode"],
        "products": products,
        "plans": list(plans),
        "operations": 0 if api["state"] == RETIRED else len(api["operations"]),
        "scopes": sorted({scope for each in api["operations"] for needed in each["scopes"] for scope in needed}),
        "grade": card and {"grade": card["grade"], "score": card["points"]},
        "tags": [{"slug": tag.slug, "name": tag.name} for tag in reference.tags] if reference else [],
        "updated": updated,
    }


def _number(name: str) -> int:
    found = re.search(r"\d+$", name)
    return int(found[0]) if found else 0
