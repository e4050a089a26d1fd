"""Every OpenAPI document of a folder is added, compiled, routed and served.

``TIERGATE_SAMPLES=DIR`` names the folder; the counts are printed for each document and in total.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.events import proxy_event
from tests.fakes import FakeCounters, FakeRegistry
from tests.functions.conftest import NOON, fresh
from tests.policies.made_up import COMMON, NOWHERE, fitting, made
from tests.upstream import METHODS, TestUpstream
from tiergate.domain import keys
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer
from tiergate.domain.calls import Call
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.decision import Decision
from tiergate.domain.registry import Application, CachedRegistry, Credential, Subscription
from tiergate.policy.add import add_api
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked
from tiergate.policy.load import Policies
from tiergate.policy.openapi import Operation
from tiergate.policy.source import Faults

SAMPLES = os.environ.get("TIERGATE_SAMPLES", "")
SUFFIXES = {".yaml", ".yml", ".json"}
DOCUMENTS = sorted(path for path in Path(SAMPLES).resolve().glob("*") if SAMPLES and path.suffix in SUFFIXES)
KEY = keys.mint("dev")

pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not SAMPLES, reason="TIERGATE_SAMPLES names no folder of OpenAPI documents"),
]


@dataclass
class Served:
    """The documents behind an authorizer and a proxy. ``added``: a document's name by API version."""

    added: dict[str, str]
    policies: Policies
    authorizer: Authorizer
    proxy: ModuleType

    def decision(self, api: str, method: str, path: str) -> Decision:
        return self.authorizer.decide(Call(api, method, path, KEY.text, "192.0.2.77"), NOON)

    def answer(self, decision: Decision, method: str, path: str) -> dict[str, Any]:
        """The proxy's, to a call that the authorizer decided on so."""
        route = f"ANY /{decision.api}/{{proxy+}}"
        event = proxy_event(f"/{decision.api}{path}", method=method, context=decision.context(), route=route)
        answer: dict[str, Any] = self.proxy.handler(event, None)
        return answer


@pytest.fixture
def served(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    assert DOCUMENTS, f"no .yaml, .yml or .json in {SAMPLES}"
    added, faults = {}, []
    with TestUpstream() as upstream:
        for number, document in enumerate(DOCUMENTS):
            try:
                add_api(folder, f"sample-{number}", document=document, upstream=upstream.url, product="shop")
                added[f"sample-{number}/v1"] = document.name
            except Faults as found:
                faults.append(str(found))
        assert not faults, "\n".join(faults)
        policies = checked(folder)
        bundle = json.loads(serialized(compiled(policies)))
        bundle["plans"]["basic"]["limits"] = {"quota": {"hour": 10**9}}
        (tmp_path / "bundle.json").write_text(json.dumps(bundle), encoding="utf-8")
        monkeypatch.setenv("BUNDLE", str(tmp_path / "bundle.json"))
        yield Served(added, policies, authorizer(Catalogue.of(bundle)), fresh("lambdas.proxy.handler"))


def authorizer(catalogue: Catalogue) -> Authorizer:
    """One that knows a key of a subscriber of the shop."""
    subscriber = Application("app_1", "acme", {"shop": Subscription("sub_1", "shop", "basic")})
    return Authorizer(
        catalogue=catalogue,
        registry=CachedRegistry(FakeRegistry(Credential(KEY.id, "app_1", KEY.hash), subscriber)),
        admission=Admission(FakeCounters()),
        env="dev",
        report=lambda error: pytest.fail(str(error)),
    )


def wrong(served: Served, api: str, operation: Operation) -> Iterator[str]:
    """What a call made from an operation's template is answered other than it should be."""
    operations, path = served.policies.apis[api].operations, made(operation.template)
    decision = served.decision(api, operation.method, path)
    if (decision.reason, decision.operation) != ("admitted", operation.id):
        yield f"{operation.method} {path}: {decision.reason} {decision.operation} instead of {operation.id}"
    elif operation.method.lower() in METHODS:
        answer = served.answer(decision, operation.method, path)
        echoed = operation.method == "HEAD" or json.loads(answer["body"]).get("target") == path
        if answer["statusCode"] != 200 or not echoed:
            yield f"{operation.method} {path}: answered {answer['statusCode']} {answer['body'][:200]}"
    for method in sorted(COMMON - fitting(operations, path)):
        refused = served.decision(api, method, path)
        if refused.reason != "method_not_allowed" or served.answer(refused, method, path)["statusCode"] != 405:
            yield f"{method} {path}: {refused.reason} instead of method_not_allowed"
    if not fitting(operations, path + NOWHERE):
        refused = served.decision(api, operation.method, path + NOWHERE)
        answer = served.answer(refused, operation.method, path + NOWHERE)
        if refused.reason != "operation_not_found" or answer["statusCode"] != 404:
            yield f"{operation.method} {path}{NOWHERE}: {refused.reason} instead of operation_not_found"


def test_every_operation_of_every_document_is_served_and_nothing_else(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    faults: list[str] = []
    rows: list[tuple[str, int]] = []
    for api, name in served.added.items():
        operations = served.policies.apis[api].operations
        found = {operation.id: list(wrong(served, api, operation)) for operation in operations}
        faults += [f"{name}: {each}" for told in found.values() for each in told]
        rows.append((name, sum(not told for told in found.values())))
    with capsys.disabled():
        width = max(len(name) for name in [*served.added.values(), "document"])
        print(f"\n{'document'.ljust(width)}  operations served")
        for name, count in rows:
            print(f"{name.ljust(width)}  {count}")
        print(f"{'total'.ljust(width)}  {sum(count for _, count in rows)} in {len(rows)} of {len(DOCUMENTS)} documents")
    assert not faults, "\n".join(faults)
