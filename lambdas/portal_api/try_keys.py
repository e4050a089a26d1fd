"""Keys to try an API without signing in: for minutes, with tight limits, few of them."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from lambdas.portal_api import limits
from lambdas.portal_api.bodies import Field, choice
from lambdas.portal_api.call import Answer, Call
from lambdas.portal_api.problems import Refused
from tiergate.adapters.events import moment
from tiergate.domain.lifecycle import SERVED

VIEWER_ADDRESS = "tiergate-viewer-address"
"""Whose browser it is, as the portal's own domain says. Whoever calls the API's own address can make it up."""

MINUTES = 15
MANY = "many keys to try APIs were made just now"
BY_VIEWER, BY_SOURCE, IN_ALL = (5, 600), (30, 600), (200, 3600)
"""How many in how many seconds. A source is what called API Gateway: one edge location for many viewers, or somebody
who makes viewers' addresses up, who is to use up no more than a part of what all have."""


def create(call: Call) -> Answer:
    terms = call.portal.settings.try_keys
    if not terms:
        advice = "Sign in, and make an API key for an application."
        raise Refused(404, "try_keys_off", "This portal has no keys to try APIs with.", advice)
    product = terms["product"]
    apis = _apis(call, product)
    call.fields({"api": Field(choice(*apis))})
    _take(call)
    stated = _limits(terms)
    made = call.portal.registry("portal:try").try_key(
        product, terms["plan"], scopes=terms.get("scopes"), minutes=MINUTES, limits=stated
    )
    expires = made.credential.expires
    body = {"key": made.key.text, "expires": moment(expires) if expires else None, "limits": stated, "apis": apis}
    return Answer(201, body)


def _apis(call: Call, product: str) -> list[str]:
    catalogue = call.portal.catalogue
    known = catalogue.products[product].apis if product in catalogue.products else ()
    return sorted(each for each in known if each in catalogue.apis and catalogue.apis[each].state in SERVED)


def _limits(terms: Any) -> dict[str, float]:
    """As overrides name them."""
    rate, quota = terms.get("rate") or {}, terms.get("quota") or {}
    named = {"rate": rate.get("per_second"), "burst": rate.get("burst"), **quota}
    return {name: value for name, value in named.items() if value is not None}


def _take(call: Call) -> None:
    """Raises ``Exhausted``."""
    source = call.event["requestContext"]["http"].get("sourceIp", "")
    viewer = call.headers.get(VIEWER_ADDRESS, "") or source
    limits.take(call, limits.Limit(f"try-viewer {_network(viewer)}", *BY_VIEWER), MANY)
    limits.take(call, limits.Limit(f"try-source {_network(source)}", *BY_SOURCE), MANY)
    limits.take(call, limits.Limit("try", *IN_ALL), MANY)


def _network(text: str) -> str:
    """An address, or the network of one household where that has many."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((address, 64), strict=False))
    return str(address)
