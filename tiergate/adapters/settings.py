"""What each function is told through its environment; the stacks write it, the handlers read it here."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from tiergate.domain.catalogue import FILE, Catalogue

AUTHORITIES = "authorities.pem"
"""Beside the bundle; `stacks.assets` puts it there."""

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
            authorities=_packaged(AUTHORITIES, environ),
            issuers=json.loads(environ.get("ISSUERS", "{}")),
            edge_secret=environ.get("EDGE_SECRET", ""),
        )


class ProxySettings(NamedTuple):
    """``functions``: the ARN of each Lambda upstream by the name it has in the policies.

    ``identity_key``: the KMS key that tokens on callers are signed with, by ARN; ``identity_issuer``: their issuer.
    Both empty where no API has them. ``authorities``: see ``adapters.aws_json.AwsJson``.
    """

    functions: Mapping[str, str]
    identity_key: str = ""
    identity_issuer: str = ""
    authorities: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "ProxySettings":
        return cls(
            functions=json.loads(environ.get("UPSTREAM_FUNCTIONS", "{}")),
            identity_key=environ.get("IDENTITY_KEY", ""),
            identity_issuer=environ.get("IDENTITY_ISSUER", ""),
            authorities=_packaged(AUTHORITIES, environ),
        )


class JwksSettings(NamedTuple):
    """``keys``: ARNs of the KMS keys that identity tokens may be signed with; ``issuer``: theirs."""

    keys: tuple[str, ...]
    issuer: str
    authorities: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "JwksSettings":
        return cls(
            tuple(json.loads(environ["IDENTITY_KEYS"])),
            environ["IDENTITY_ISSUER"],
            _packaged(AUTHORITIES, environ),
        )


class OnboardingSettings(NamedTuple):
    """``mac_key``: the KMS key (HMAC_256) that new customers' API keys are derived with."""

    registry_table: str
    env: str
    mac_key: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "OnboardingSettings":
        return cls(environ["REGISTRY_TABLE"], environ["KEY_ENV"], environ["MAC_KEY"])


class RollUpSettings(NamedTuple):
    """``records_table``: where the records of actual use are kept."""

    registry_table: str
    records_table: str
    stage: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "RollUpSettings":
        return cls(environ["REGISTRY_TABLE"], environ["USAGE_RECORDS_TABLE"], environ["STAGE"])


class NoticesSettings(NamedTuple):
    """``records_table``: where use is read, and kept who was told."""

    registry_table: str
    records_table: str
    stage: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "NoticesSettings":
        return cls(environ["REGISTRY_TABLE"], environ["USAGE_RECORDS_TABLE"], environ["STAGE"])


def _seconds(name: str, text: str) -> float:
    if not SECONDS.fullmatch(text) or not float(text):
        raise ValueError(f"{name} is {text!r}, expected seconds above 0, such as 0.3")
    return float(text)


def load_catalogue(environ: Mapping[str, str]) -> Catalogue:
    """The definitions that were deployed with this function."""
    path = environ.get("BUNDLE") or _packaged(FILE, environ)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes 3 ms to import
        return Catalogue.of(json.load(file))


def _packaged(file: str, environ: Mapping[str, str]) -> str:
    return f"{environ.get('LAMBDA_TASK_ROOT', '.')}/{file}"
