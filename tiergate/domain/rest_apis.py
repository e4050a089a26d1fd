"""REST APIs of the account that the policies name: their calls go by native usage plans, in step with ours."""

from collections.abc import Mapping
from typing import Any, NamedTuple

DAY = "day"
"""An hourly quota is mirrored as 24 of it a day."""


class RestApi(NamedTuple):
    """One stage of a REST API. ``name``: the policies'. ``id``: API Gateway's. ``hourly``: ``DAY``, or empty where
    hourly quotas are not mirrored."""

    name: str
    id: str
    stage: str
    hourly: str = ""


class RestApis(NamedTuple):
    """``named``: by name. ``sold``: the names that each product sells, of products that sell any."""

    named: Mapping[str, RestApi]
    sold: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, bundle: Mapping[str, Any]) -> "RestApis":
        """From a compiled bundle's ``rest_apis`` and its products' lists of them, which both may be missing."""
        stated = bundle.get("rest_apis", {})
        named = {
            name: RestApi(name, each["id"], each["stage"], each.get("hourly", "")) for name, each in stated.items()
        }
        products = bundle["products"].items()
        sold = {
            name: tuple(each for each in product.get("rest_apis", ()) if each in named) for name, product in products
        }
        return cls(named, {name: names for name, names in sold.items() if names})

    def at(self, id_: str, stage: str) -> RestApi | None:
        """The one that is served there."""
        return next((each for each in self.named.values() if (each.id, each.stage) == (id_, stage)), None)
