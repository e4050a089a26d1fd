"""Keys to try an API without signing in: for minutes, with tight limits, few of them."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from lambdas.portal_api import limits
from lambdas.portal_api.bodies import Field, choice
from lambdas.portal_api.call import Answer, Call
from lambdas.portal_api.refusals import Refused
from tiergate.domain.moments import utc

VIEWER_ADDRESS = "tiergate-viewer-address"
"""Whose browser it is, as the portal's own domain says. Whoever calls the API's own address can make it up."""

HOUSEHOLD, SITE = 64, 48
"""What one line has of IPv6, and the most that one customer has: bits of a network."""

MINUTES = 15


def create(call: Call) -> Answer:
    terms = call.portal.settings.try_keys
    apis = call.portal.catalogue.tried(terms["product"]) if terms else []
    if not apis:
        raise Refused("try_keys_off")
    call.fields({"api": Field(choice(*apis))})
    stated = _limits(terms)
    source = call.event["requestContext"]["http"].get("sourceIp", "")
    viewer = call.headers.get(VIEWER_ADDRESS, "") or source
    made = call.portal.registry("portal:try").try_keys.create(
        terms["product"],
        terms["plan"],
        scopes=terms.get("scopes"),
        minutes=MINUTES,
        limits=stated,
        also=limits.tries(
            call, viewer=_network(viewer, HOUSEHOLD), site=_network(viewer, SITE), source=_network(source, HOUSEHOLD)
        ),
    )
    expires = made.credential.expires
    body = {"key": made.key.text, "expires": utc(expires) if expires else None, "limits": stated, "apis": apis}
    return Answer(201, body)


def _limits(terms: Any) -> dict[str, float]:
    """As overrides name them."""
    rate, quota = terms.get("rate") or {}, terms.get("quota") or {}
    named = {"rate": rate.get("per_second"), "burst": rate.get("burst"), **quota}
    return {name: value for name, value in named.items() if value is not None}


def _network(text: str, bits: int) -> str:
    """An address, or the network of so many bits where it is one of IPv6."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text.strip())
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, bits), strict=False))
    return str(address)
