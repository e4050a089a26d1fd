"""The project's own portal with one more API, built as a deploy builds it and served with the portal API in memory."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.portal import fake_partner, fake_routes
from tests.portal.fake_api import Fake
from tests.portal.fake_sign_in import token
from tests.portal.sites import ROOT, TODAY, document
from tiergate.local.preview import server
from tiergate.policy.check import checked
from tiergate.policy.published import published
from tiergate.portal.build import build

CLIENT = "portal"
OPERATIONS = 120
LARGE = "stock/v2"
ENDING = "stock/v1"
ENDS = "state: deprecated\ndeprecation: {{date: {since}, sunset: {until}, successor: stock/v2}}\n"
AUTH = "issuer authorize sign_up token revoke logout jwks"
PLACES = {"sign_up": "authorize", "issuer": ""}


class Portal(NamedTuple):
    """``fake`` is everybody's: a test that wants another partner sets its ``state``."""

    url: str
    fake: Fake
    folder: Path

    @property
    def session(self) -> dict[str, str]:
        """What the tab of somebody who is signed in has stored."""
        issuer = f"{self.url}/idp"
        now = int(datetime.now(UTC).timestamp())
        profile = {"sub": fake_partner.ME, "email": self.fake.state.mail, "name": ""}
        access = token({"sub": fake_partner.ME, "iss": issuer, "exp": now + 3600, "token_use": "access"})
        user = {"access_token": access, "refresh_token": "refresh", "expires_at": now + 3600, "profile": profile}
        return {f"portal.user:{issuer}:{CLIENT}": json.dumps(user)}


@contextmanager
def demo_site(folder: Path) -> Iterator[Portal]:
    """The site, at a free port of this machine."""
    policies = checked(_policies(folder / "policies"))
    site = build(policies, published(policies, {}), out=folder / "site", root=ROOT, today=TODAY).folder
    fake = Fake(fake_partner.partner(), fake_routes.ROUTES)
    upstream = fake.start()
    config = folder / "config.json"
    upstreams = {"/api": upstream, "/idp": upstream, "/gateway": f"{upstream}/gateway"}
    web = server(0, lambda: site, upstreams=upstreams, config=config)
    url = f"http://127.0.0.1:{web.server_address[1]}"
    auth = {name: f"{url}/idp/{PLACES.get(name, name)}".rstrip("/") for name in AUTH.split()} | {"client_id": CLIENT}
    config.write_text(json.dumps({"stage": "test", "gateway": f"{url}/gateway", "try": "/gateway", "auth": auth}))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        yield Portal(url, fake, site)
    finally:
        web.shutdown()
        web.server_close()


def _policies(folder: Path) -> Path:
    """The project's, and an API whose old version ends and whose new one has many operations on one page."""
    shutil.copytree(ROOT / "policies", folder)
    today = datetime.now(UTC).date()
    since, until = today - timedelta(days=fake_partner.SINCE), today + timedelta(days=fake_partner.LEFT)
    states = {"v1": ENDS.format(since=since, until=until), "v2": "state: published\n"}
    for version, state in states.items():
        place = folder / "apis/stock" / version
        place.mkdir(parents=True)
        place.joinpath("api.yaml").write_text(f"title: Stock\n{state}upstream: https://stock.example\naccepts: key\n")
        place.joinpath("openapi.yaml").write_text(_document(OPERATIONS if version == "v2" else 2))
    product = folder / "products/open-banking.yaml"
    stated = yaml.safe_load(product.read_text())
    product.write_text(yaml.safe_dump(stated | {"apis": [*stated["apis"], LARGE, ENDING]}))
    return folder


def _document(count: int) -> str:
    item = {
        "type": "object",
        "properties": {"id": {"type": "string", "description": "Ours."}, "left": {"type": "integer"}},
    }
    answers = {"200": {"description": "What is left.", "content": {"application/json": {"schema": item}}}}
    parameter = {"name": "place", "in": "query", "schema": {"type": "string", "maxLength": 20}}

    def operation(number: int) -> dict[str, Any]:
        named = {"operationId": f"shelf{number}", "summary": f"Read shelf {number}", "tags": ["Shelves"]}
        return {"get": {**named, "parameters": [parameter], "responses": answers}}

    return document({f"/shelves/{number}": operation(number) for number in range(count)})
