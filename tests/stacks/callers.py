"""A policy folder with every way of saying who calls, and one with API keys alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEY_SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:upstream-key-a1B2c3"
CLIENT_SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:upstream-client-a1B2c3"
EDGE_SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:edge-a1B2c3"
ORDERS = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/*/orders/*"
LEDGER = "arn:aws:lambda:eu-west-1:123456789012:function:ledger"
MESH = "arn:aws:vpc-lattice:eu-west-1:123456789012:service/svc-0a1b2c3d4e5f60718/items"

DOMAIN = {
    "domain": "api.example.com",
    "certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
}
PORTAL_DOMAIN = {
    "portal_domain": "partners.example.com",
    "portal_certificate": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
}
MUTUAL = {**DOMAIN, "truststore": "s3://trust/clients.pem#3f2"}

OAUTH = {"token_url": "https://login.example/token", "client_id": "abc", "secret": CLIENT_SECRET}
SIGNED = {
    "items": {"service": "vpc-lattice-svcs", "region": "eu-west-1", "resource": MESH},
    "ledger": {"service": "lambda", "region": "eu-west-1", "resource": LEDGER},
    "orders": {"service": "execute-api", "region": "eu-west-1", "resource": ORDERS},
}

APIS = {
    "billing": {"upstream_auth": {"oauth": OAUTH}},
    "catalog": {"accepts": "token"},
    "counted": {"mode": "direct"},
    "items": {"upstream_auth": {"sigv4": SIGNED["items"]}},
    "ledger": {"isolated": True, "upstream_auth": {"sigv4": SIGNED["ledger"]}},
    "orders": {"upstream_auth": {"sigv4": SIGNED["orders"]}},
    "service": {"isolated": True, "upstream_auth": {"header": {"name": "X-Service-Key", "secret": KEY_SECRET}}},
    "shown": {"isolated": True, "upstream_auth": {"identity": {"audience": "https://shown.example"}}},
    "sworn": {"subjects": ["CN=partner,O=Acme,C=DE"]},
}
"""The rest of each ``api.yaml``, by the API's name; all of them have the version ``v1``."""

ISSUERS = {
    "acme": "title: Acme\nissuer: https://login.acme.example/\naudience: [https://api.example.com]\n",
    "partners": "title: Partners\ncognito: {token_minutes: 30}\n",
}

PLATFORM = "name: Test\nsupport: https://support.example\n"

SCHEME = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://t.example", "scopes": {"read": ""}}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "components": {"securitySchemes": {"OAuth": SCHEME}},
    "paths": {"/things": {"get": {"security": [{"OAuth": ["read"]}]}}},
}


def write_callers(folder: Path) -> None:
    """``APIS`` and ``ISSUERS``, and a portal that gives no keys to try them with."""
    _write(folder, APIS, f"{PLATFORM}identity_key: 3\n")
    (folder / "portal.yaml").write_text("headline: Build\n")
    (folder / "issuers").mkdir()
    for name, text in ISSUERS.items():
        (folder / "issuers" / f"{name}.yaml").write_text(text)


def write_plain(folder: Path) -> None:
    """One API that takes API keys."""
    _write(folder, {"plain": {}}, PLATFORM)


def _write(folder: Path, apis: Mapping[str, Mapping[str, Any]], platform: str) -> None:
    (folder / "plans").mkdir(parents=True)
    (folder / "products").mkdir()
    (folder / "platform.yaml").write_text(platform)
    (folder / "plans/basic.yaml").write_text("title: Basic\nlimits: {quota: {hour: 10}}\n")
    names = json.dumps([f"{name}/v1" for name in apis])
    (folder / "products/all.yaml").write_text(f"title: All\napis: {names}\nplans: [basic]\n")
    for name, more in apis.items():
        version = folder / "apis" / name / "v1"
        version.mkdir(parents=True)
        plain = {"title": name, "owner": "o", "state": "published", "upstream": f"https://{name}.example"}
        (version / "api.yaml").write_text(json.dumps(plain | more))
        (version / "openapi.json").write_text(json.dumps(DOCUMENT))
