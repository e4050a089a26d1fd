"""REST APIs as the authorizer's rules see them: sold by products, and counted; native usage plans limit them."""

from collections.abc import Mapping
from typing import Any

from tiergate.domain.catalogue import ApiVersion, Catalogue, Operation, Plan, Product
from tiergate.domain.limits import OFF, Limits
from tiergate.domain.registry import Application, Credential, RegistryReader
from tiergate.domain.rest_apis import RestApis

ANY = Operation("any", 1)
"""All of a REST API, whose own methods and paths are its own matter."""

METERED = Limits(None, (), OFF)


class AnyCall(ApiVersion):
    """One that takes every method and path."""

    def match(self, method: str, path: str) -> tuple[Operation | None, tuple[str, ...]]:
        del method, path
        return ANY, ()


def counted_as(name: str) -> str:
    """What use and metrics call a REST API, beside the API versions; no version has such a name."""
    return f"{name}/rest"


def rest_catalogue(bundle: Mapping[str, Any]) -> Catalogue:
    """The definitions of a bundle with its REST APIs, by `counted_as`, in place of its API versions.

    Its plans only count, and no windows: what is called here takes nothing from the quotas of the API versions.

    Raises
    ------
    ValueError
        The bundle is of another format.
    """
    found, rest_apis = Catalogue.of(bundle), RestApis.of(bundle)
    names = map(counted_as, rest_apis.named)
    return found._replace(
        apis={name: AnyCall(name, "published", "", 0, (ANY,), {}) for name in names},
        products={
            id_: Product(id_, frozenset(map(counted_as, rest_apis.sold.get(id_, ()))), product.plans)
            for id_, product in found.products.items()
        },
        plans={name: Plan(METERED, plan.failure) for name, plan in found.plans.items()},
    )


class WithoutOverrides:
    """A registry's reader to which no subscription has limits of its own: those are for native usage plans to hold."""

    def __init__(self, reader: RegistryReader) -> None:
        self._reader = reader

    def credential(self, key_id: str) -> Credential | None:
        return self._reader.credential(key_id)

    def client(self, ref: str) -> Credential | None:
        return self._reader.client(ref)

    def application(self, application_id: str) -> Application | None:
        found = self._reader.application(application_id)
        if found is None:
            return None
        return found._replace(
            subscriptions={name: each._replace(override=None) for name, each in found.subscriptions.items()}
        )
