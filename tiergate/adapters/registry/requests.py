"""Upgrade requests as registry items, and as audit entries tell of them."""

from collections.abc import Iterator
from typing import Any

from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry_reader import MALFORMED, Item, malformed
from tiergate.domain.registry import Application
from tiergate.domain.upgrades import STATES, WAITING, UpgradeRequest

QUEUE = "UPGRADES"
"""Owner, in the index, of every request that waits."""

TEXTS = ("current", "to", "state", "note", "asked", "asked_by", "decided", "decided_by", "reason")


def request_of(item: Item) -> UpgradeRequest:
    """From a registry item.

    Raises
    ------
    RecordMalformed
        It is not what the registry writes.
    """
    try:
        application, _, product = item["sk"]["S"].partition("/")
        texts = {name: item[name]["S"] for name in TEXTS}
        if texts["state"] not in STATES:
            raise malformed(item)
        return UpgradeRequest(item["pk"]["S"].removeprefix("UPGRADE#"), application, product, **texts)
    except MALFORMED as error:
        raise malformed(item) from error


def request_item(request: UpgradeRequest) -> dict[str, Any]:
    item = {"pk": pk_of(request.organization), "sk": sk_of(request.application, request.product)}
    item |= {name: getattr(request, name) for name in TEXTS}
    return item | ({"owner": QUEUE} if request.state == WAITING else {})


def request_facts(request: UpgradeRequest) -> dict[str, Any]:
    facts = {"application": request.application, "product": request.product, "plan": request.to}
    facts |= {"state": request.state}
    return facts | ({"from": request.current} if request.current else {})


def requests_of(table: RegistryTable, application: Application) -> Iterator[tuple[str, str]]:
    """The keys of an application's."""
    pk = pk_of(application.organization)
    return ((each.pk, each.sk) for each in table.under(pk, request_of, sk_of(application.id, "")))


def pk_of(organization: str) -> str:
    return f"UPGRADE#{organization}"


def sk_of(application: str, product: str) -> str:
    return f"{application}/{product}"
