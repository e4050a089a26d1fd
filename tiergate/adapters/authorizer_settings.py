"""What the authorizer is told through its environment; apart from the others' settings, none of which it carries."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from tiergate.adapters.packaged import AUTHORITIES, packaged

SECONDS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")


class AuthorizerSettings(NamedTuple):
    """``managed``: refusals are left to the proxy; otherwise (direct) the gateway refuses.

    ``store_timeout``: seconds that DynamoDB has for an answer. ``authorities``: see ``adapters.aws_json.AwsJson``.
    ``issuers``: what came with the deploy of those that the bundle names. ``edge_secret``: the ARN of the secret with
    the edge's keys, empty without an edge.
    """

    registry_table: str
    usage_table: str
    env: str
    managed: bool
    store_timeout: float
    authorities: str
    issuers: Mapping[str, Mapping[str, str]] = {}
    edge_secret: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "AuthorizerSettings":
        mode = environ["MODE"]
        if mode not in {"managed", "direct"}:
            raise ValueError(f"MODE is {mode!r}, expected managed or direct")
        return cls(
            registry_table=environ["REGISTRY_TABLE"],
            usage_table=environ["USAGE_TABLE"],
            env=environ["KEY_ENV"],
            managed=mode == "managed",
            store_timeout=_seconds("STORE_TIMEOUT", environ["STORE_TIMEOUT"]),
            authorities=packaged(AUTHORITIES, environ),
            issuers=json.loads(environ.get("ISSUERS", "{}")),
            edge_secret=environ.get("EDGE_SECRET", ""),
        )


def _seconds(name: str, text: str) -> float:
    if not SECONDS.fullmatch(text) or not float(text):
        raise ValueError(f"{name} is {text!r}, expected seconds above 0, such as 0.3")
    return float(text)
