"""The portal's API as it is deployed: its tables, its people, two organizations that know nothing of each other."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import quote

import boto3
from botocore.exceptions import ClientError

from tests.fakes.event_bus import FakeEventBus
from tests.functions.conftest import DOCUMENT, Gateway, fresh
from tests.functions.portal_api.document import conforms
from tiergate.adapters.registry import Registry
from tiergate.domain.limits import SECOND
from tiergate.domain.members import Person, Role
from tiergate.domain.registry import Application
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked
from tiergate.policy.published import published

SUPPORT = "https://help.example"
POOL = "eu-central-1_people"
SUNSET = "2026-09-01"
TRY = {
    "product": "retail",
    "plan": "tiny",
    "scopes": ["orders:read"],
    "rate": {"per_second": 2, "burst": 5},
    "quota": {"hour": 60},
}
POLICIES = {
    "platform.yaml": f"name: Test Platform\nsupport: {SUPPORT}\n",
    "plans/tiny.yaml": "title: Tiny\nlimits:\n  quota: {hour: 100}\napproval: automatic\n",
    "plans/roomy.yaml": "title: Roomy\nlimits:\n  quota: {hour: 1000}\napproval: automatic\n",
    "plans/vast.yaml": "title: Vast\nlimits:\n  quota: {hour: 100000}\napproval: manual\n",
    "plans/odd.yaml": "title: Odd\nlimits:\n  quota: {hour: 7}\napproval: automatic\n",
    "products/retail.yaml": "title: Retail\napis: [shop/v1]\nplans: [tiny, roomy, vast]\n",
    "products/old.yaml": "title: Old\napis: [stock/v1]\nplans: [tiny, odd]\n",
    "apis/shop/v1/api.yaml": "title: Shop\nowner: o@example.com\nstate: published\nupstream: http://127.0.0.1:9\n",
    "apis/stock/v1/api.yaml": (
        "title: Stock\nowner: o@example.com\nstate: deprecated\nupstream: http://127.0.0.1:9\n"
        f"deprecation:\n  date: 2026-01-01\n  sunset: {SUNSET}\n  successor: shop/v1\n"
        "  guide: https://help.example/stock\n"
    ),
}


@dataclass(frozen=True)
class Someone:
    """``verified``: their mail address."""

    sub: str
    mail: str
    verified: bool = True

    @property
    def person(self) -> Person:
        return Person(self.sub, self.mail)


def someone(name: str, *, verified: bool = True) -> Someone:
    return Someone(f"{name}-0000-4000-8000-000000000000", f"{name}@acme.example", verified)


OWNER, DEVELOPER, VIEWER, STRANGER, NEWCOMER = map(someone, ("olga", "dora", "vera", "sven", "nora"))
PEOPLE = {Role.OWNER: OWNER, Role.DEVELOPER: DEVELOPER, Role.VIEWER: VIEWER}


class FakePeople:
    """Cognito's client as far as people are looked up. ``failing``: the error code of every answer."""

    def __init__(self) -> None:
        self.known = {each.sub: each for each in (*PEOPLE.values(), STRANGER, NEWCOMER)}
        self.failing = ""

    def admin_get_user(self, *, UserPoolId: str, Username: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        assert UserPoolId == POOL
        found = self.known.get(Username)
        code = self.failing or ("" if found else "UserNotFoundException")
        if found is None or code:
            raise ClientError({"Error": {"Code": code, "Message": f"about {Username}"}}, "AdminGetUser")
        attributes = {"sub": found.sub, "email": found.mail, "email_verified": str(found.verified).lower()}
        return {"Enabled": True, "UserAttributes": [{"Name": each, "Value": attributes[each]} for each in attributes]}


class FakeUsage:
    """What the usage report tells. ``asked``: what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.used: dict[str, str] = {}
        self.names: list[str] = ["one"]
        self.refused: list[dict[str, Any]] = []

    def usage(self, applications: Sequence[Application], by: str, period: str) -> dict[str, Any]:
        self.asked.append(([each.id for each in applications], by, period))
        names = [each.id for each in applications] if by == "application" else self.names
        return {
            "by": by,
            "period": period,
            "subscriptions": [],
            "series": [{"name": name, "label": name, "total": 0, "points": []} for name in names],
            "refusals": [],
            "total": 0,
            "refused": 0,
            "until": "2026-03-12T12:00:00Z",
        }

    def refusals(self, application: Application, limit: int) -> list[dict[str, Any]]:
        self.asked.append((application.id, limit))
        return self.refused

    def last_used(self, application: Application) -> dict[str, str]:
        self.asked.append(application.id)
        return self.used

    def callers(self, applications: Sequence[Application], days: int) -> dict[str, dict[str, int]]:
        return {"stock/v1": {each.id: days for each in applications}}


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def fields(self) -> dict[str, str]:
        """The faults of a problem, by field."""
        return {each["field"]: each["detail"] for each in self.body.get("errors", ())}


Side = dict[str, str]
"""The ids of one organization and what it has, each by the name that paths have for it."""


class PortalApi:
    """The function, and both sides: ``ours`` with ``PEOPLE``, ``theirs`` with ``STRANGER``."""

    def __init__(self, gateway: Gateway, folder: Path, *, mac_key: str, kms: Any) -> None:
        self.gateway = gateway
        self._kms = kms
        self.people = FakePeople()
        self.bus = FakeEventBus()
        self.usage = FakeUsage()
        self._calls = 0
        environment = {
            "BUNDLE": str(folder / "bundle.json"),
            "CATALOGUE": str(folder / "catalogue.json"),
            "MAC_KEY": mac_key,
            "PORTAL_URL": "https://portal.example",
            "STAGE": "test",
            "TRY": json.dumps(TRY),
            "USAGE_RECORDS_TABLE": "records",
            "USER_POOL_ID": POOL,
        }
        for name, value in environment.items():
            gateway.monkeypatch.setenv(name, value)
        clients = {"cognito-idp": self.people, "events": self.bus, "dynamodb": gateway.client, "kms": kms}
        with gateway.monkeypatch.context() as starting:
            starting.setattr(boto3, "client", lambda name, **_: clients[name])
            self.module: ModuleType = fresh("lambdas.portal_api.handler")
        self.rebuilt()

    def rebuilt(self, **changes: Any) -> None:
        """The function's portal with other parts; at the gateway's time."""
        portal = self.module.PORTAL
        built = type(portal).of(
            os.environ,
            dynamodb=self.gateway.client,
            kms=self._kms,
            cognito=self.people,
            events=self.bus,
            microseconds=lambda: self.gateway.now,
        )
        self.module.PORTAL = built._replace(usage=self.usage, **changes)

    @property
    def registry(self) -> Registry:
        return self.module.PORTAL.registry("test")

    def settle(self) -> tuple[Side, Side]:
        """Ours and theirs, made anew."""
        return self._side("Acme", OWNER), self._side("Stranger", STRANGER)

    def _side(self, name: str, owner: Someone) -> Side:
        registry = self.module.PORTAL.registry(f"portal:{owner.sub}")
        made = registry.organizations.create(name, founder=owner.person)
        if owner is OWNER:
            for role in (Role.DEVELOPER, Role.VIEWER):
                registry.members.enrol(made.id, PEOPLE[role].person, role)
        application = registry.applications.create(made.id, f"{name} shop")
        subscription = registry.subscriptions.create(application.id, "retail", "tiny")
        registry.upgrades.ask(application.id, "retail", "vast", note="We grow.")
        key = registry.keys.create(application.id, name="Production")
        invitation = registry.invitations.invite(made.id, f"guest@{made.id}.example", Role.VIEWER)
        return {
            "organization": made.id,
            "application": application.id,
            "subscription": subscription.id,
            "credential": key.credential.id,
            "invitation": invitation.id,
            "product": "retail",
            "member": VIEWER.sub if owner is OWNER else owner.sub,
        }

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: Someone | None = OWNER,
        headers: Mapping[str, str] = {},
        query: Mapping[str, str] = {},
        claims: Mapping[str, str] | None = None,
        raw: str | None = None,
        source: str = "203.0.113.9",
    ) -> Reply:
        """Ask for something; creations have an idempotency key of their own unless ``headers`` have one."""
        self._calls += 1
        sent = {"idempotency-key": f"request-{self._calls:08}", **headers}
        text = raw if raw is not None else None if body is None else json.dumps(body)
        if text is not None:
            sent.setdefault("content-type", "application/json")
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "ANY /api/{proxy+}",
            "rawPath": f"/api{path}",
            "rawQueryString": "&".join(f"{name}={quote(value)}" for name, value in query.items()),
            "headers": {name.lower(): value for name, value in sent.items() if value is not None},
            "requestContext": {
                "requestId": f"req-{self._calls}",
                "stage": "$default",
                "http": {"method": method, "path": f"/api{path}", "sourceIp": source},
            },
            "isBase64Encoded": False,
        }
        if query:
            event["queryStringParameters"] = dict(query)
        if text is not None:
            event["body"] = text
        if claims is None and by is not None:
            claims = {"sub": by.sub, "username": by.sub, "token_use": "access"}
        if claims is not None:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
        answer = self.module.handler(event, SimpleNamespace(aws_request_id="x"))
        content = answer.get("body") or ""
        reply = Reply(
            answer["statusCode"],
            {name.lower(): value for name, value in answer["headers"].items()},
            json.loads(content) if content else None,
        )
        conforms(method, path, reply)
        return reply

    def stored(self) -> list[dict[str, Any]]:
        """All of the registry's items but how often what was done."""
        found = self.gateway.client.scan(TableName="registry")["Items"]
        return sorted((each for each in found if not each["pk"]["S"].startswith("LIMIT#")), key=str)

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.gateway.now / SECOND, UTC)

    def later(self, seconds: int) -> None:
        self.gateway.now += seconds * SECOND


def packaged_files(folder: Path) -> Path:
    """The files beside the function's modules."""
    for name, text in POLICIES.items():
        path = folder / "policies" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if path.name == "api.yaml":
            (path.parent / "openapi.json").write_text(json.dumps(_document()))
    policies = checked(folder / "policies")
    (folder / "bundle.json").write_text(serialized(compiled(policies)))
    (folder / "catalogue.json").write_text(serialized(published(policies, {})))
    return folder


def _document() -> dict[str, Any]:
    security = {"security": [{"Key": [], "OAuth": ["orders:read"]}]}
    schemes = {
        "Key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        "OAuth": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "https://t.example", "scopes": {"orders:read": "Read"}}},
        },
    }
    return DOCUMENT | {"components": {"securitySchemes": schemes}} | security
