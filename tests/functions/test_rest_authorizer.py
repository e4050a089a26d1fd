"""The authorizer of REST APIs as deployed: who gets in and by which native key, who does not and why."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.aws_services import FakeAws
from tests.fakes.hostile import changed, examples, json_values
from tests.functions.conftest import Gateway
from tests.functions.rest import NATIVE_KEY, ROOT, STAGE_ARN, check_policy, deploy, rest_event
from tiergate.adapters.registry import Onboarded
from tiergate.domain import keys
from tiergate.domain.decision import ADMITTED
from tiergate.domain.limits import SECOND
from tiergate.domain.native_keys import native_value

HOUR = 3600 * SECOND


@pytest.fixture
def authorizer(gateway: Gateway, services: FakeAws) -> ModuleType:
    return deploy(gateway, services)


def ask(authorizer: ModuleType, key: str | None, **event: Any) -> dict[str, str]:
    return check_policy(authorizer.handler(rest_event(key, **event), None))


def test_a_good_key_opens_its_stage_and_is_counted_by_its_subscriptions_native_key(
    gateway: Gateway, authorizer: ModuleType
) -> None:
    partner = gateway.partner(plan="tiny")

    answer = authorizer.handler(rest_event(partner.key.text, method="DELETE", path="/depots/7"), None)

    assert answer == {
        "principalId": partner.subscription.id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{STAGE_ARN}/*/*"}],
        },
        "context": {
            "decision": "allow",
            "reason": ADMITTED,
            "api": "stock/rest",
            "operation": "any",
            "cost": "1",
            "address": "203.0.113.0",
            "credential": partner.key.id,
            "application": partner.application,
            "organization": "acme",
            "subscription": partner.subscription.id,
            "product": "retail",
            "plan": "tiny",
            "scheme": "ApiKey",
        },
        "usageIdentifierKey": native_value(ROOT, partner.subscription.id),
    }


def use(gateway: Gateway, partner: Onboarded) -> dict[str, int]:
    item = gateway.client.get_item(TableName="usage", Key={"subscription": {"S": partner.subscription.id}})["Item"]
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}


def test_calls_are_counted_and_take_nothing_from_the_quotas_of_the_http_api(
    gateway: Gateway, authorizer: ModuleType
) -> None:
    """Also where the subscription has limits of its own."""
    partner = gateway.partner(plan="tiny")
    gateway.registry.subscriptions.override(partner.subscription.id, {"hour": 2}, until=None)
    for _ in range(5):
        assert ask(authorizer, partner.key.text)["decision"] == "allow"
        gateway.now += 10 * SECOND
    counted = use(gateway, partner)
    assert {number for name, number in counted.items() if "stock/rest" in name} == {5}
    assert gateway.units(partner) == 0


def suspended_organization(gateway: Gateway, partner: Onboarded) -> str:
    gateway.registry.organizations.suspend(partner.organization)
    return partner.key.text


def suspended_application(gateway: Gateway, partner: Onboarded) -> str:
    gateway.registry.applications.suspend(partner.application)
    return partner.key.text


def suspended_subscription(gateway: Gateway, partner: Onboarded) -> str:
    gateway.registry.subscriptions.suspend(partner.subscription.id)
    return partner.key.text


def revoked(gateway: Gateway, partner: Onboarded) -> str:
    gateway.registry.keys.revoke(partner.key.id)
    return partner.key.text


def expired(gateway: Gateway, partner: Onboarded) -> str:
    text = gateway.registry.keys.create(partner.application, expires=gateway.now + SECOND).key.text
    gateway.now += 2 * SECOND
    return text


def elsewhere(gateway: Gateway, partner: Onboarded) -> str:
    return gateway.registry.keys.create(partner.application, addresses=["198.51.100.0/24"]).key.text


def of_another_product(gateway: Gateway, _partner: Onboarded) -> str:
    return gateway.partner(product="other", name="Other").key.text


def forged(_gateway: Gateway, partner: Onboarded) -> str:
    body = partner.key.text[:-38] + "x" * 32
    return body + keys.checksum(body)


DENIALS: dict[str, Callable[[Gateway, Onboarded], str]] = {
    "organization_suspended": suspended_organization,
    "application_suspended": suspended_application,
    "subscription_suspended": suspended_subscription,
    "credential_revoked": revoked,
    "credential_expired": expired,
    "address_not_allowed": elsewhere,
    "subscription_missing": of_another_product,
    "credential_unknown": forged,
    "credential_malformed": lambda _gateway, partner: native_value(ROOT, partner.subscription.id),
    "credential_missing": lambda _gateway, _partner: "",
}


@pytest.mark.parametrize("reason", DENIALS)
def test_who_may_not_call_is_denied_and_told_why(gateway: Gateway, authorizer: ModuleType, reason: str) -> None:
    text = DENIALS[reason](gateway, gateway.partner())
    context = ask(authorizer, text)
    told = json.loads(context["problem"])
    assert (context["decision"], context["reason"], told["code"]) == ("deny", reason, reason)
    assert (told["status"], told["title"], told["request_id"]) == (
        403,
        "Forbidden",
        "d3d4c5f6-0001-4a01-8fb1-000000000001",
    )
    assert told["next"]


def test_a_refusal_is_the_problem_document_of_the_gateway_with_the_status_that_api_gateway_gives_it(
    gateway: Gateway, authorizer: ModuleType
) -> None:
    partner = gateway.partner()
    gateway.registry.subscriptions.suspend(partner.subscription.id)
    answer = authorizer.handler(rest_event(partner.key.text), None)
    assert answer["principalId"] == partner.subscription.id
    assert json.loads(answer["context"]["problem"]) == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "code": "subscription_suspended",
        "detail": "The subscription to this API is suspended.",
        "next": "Ask for it to be restored: https://help.example",
        "request_id": "d3d4c5f6-0001-4a01-8fb1-000000000001",
    }


def test_who_is_not_known_is_nobodys_principal(authorizer: ModuleType) -> None:
    assert authorizer.handler(rest_event(None), None)["principalId"] == "-"


def test_a_deny_holds_for_its_stage_alone(authorizer: ModuleType) -> None:
    (statement,) = authorizer.handler(rest_event(None), None)["policyDocument"]["Statement"]
    assert statement == {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": f"{STAGE_ARN}/*/*"}


@pytest.mark.parametrize(
    "stage_arn",
    [
        STAGE_ARN.replace("prod", "next"),
        STAGE_ARN.replace("prod", "test-invoke-stage"),
        STAGE_ARN.replace("a1b2c3d4e5", "c1b2c3d4e5"),
    ],
)
def test_a_stage_that_the_policies_do_not_name_is_closed(
    gateway: Gateway, authorizer: ModuleType, stage_arn: str
) -> None:
    assert ask(authorizer, gateway.partner().key.text, stage_arn=stage_arn)["reason"] == "api_not_found"


def test_a_rest_api_that_the_product_does_not_sell_is_closed(gateway: Gateway, authorizer: ModuleType) -> None:
    context = ask(authorizer, gateway.partner().key.text, stage_arn=STAGE_ARN.replace("a1b2", "b1b2"))
    assert context["reason"] == "subscription_missing"


@pytest.mark.parametrize("field", ["x-api-key", "X-API-KEY"])
def test_the_keys_field_is_found_however_it_is_written(gateway: Gateway, authorizer: ModuleType, field: str) -> None:
    assert ask(authorizer, gateway.partner().key.text, field=field)["decision"] == "allow"


def test_a_key_that_was_imported_opens_it_where_such_keys_are_good(gateway: Gateway, services: FakeAws) -> None:
    partner, text = gateway.partner(), "aVJ3q8Xw0Zt5uN1yLr6kEo2bPs9dCg4h7mTfYxQi"
    gateway.registry.keys.adopt(partner.application, keys.fingerprint(text))
    assert ask(deploy(gateway, services), text)["reason"] == "credential_malformed"
    context = ask(deploy(gateway, services, imported_keys=True), text)
    assert (context["decision"], context["subscription"]) == ("allow", partner.subscription.id)


def test_two_keys_in_one_call_are_none(gateway: Gateway, authorizer: ModuleType) -> None:
    event = rest_event(gateway.partner().key.text)
    event["multiValueHeaders"]["x-api-key"] = [gateway.partner(name="Other").key.text]
    assert check_policy(authorizer.handler(event, None))["reason"] == "credential_malformed"


def test_a_client_certificate_is_judged_as_at_the_gateway(gateway: Gateway, authorizer: ModuleType) -> None:
    partner = gateway.partner()
    text = gateway.registry.keys.create(partner.application, subjects=["CN=partner"]).key.text
    certificate = {"subjectDN": "CN=partner", "clientCertPem": "-----BEGIN CERTIFICATE-----"}
    assert ask(authorizer, text)["reason"] == "certificate_not_allowed"
    assert ask(authorizer, text, clientCert=certificate)["decision"] == "allow"


def test_the_root_is_asked_for_once(gateway: Gateway, authorizer: ModuleType, services: FakeAws) -> None:
    partner = gateway.partner()
    for _ in range(3):
        assert ask(authorizer, partner.key.text)["decision"] == "allow"
        gateway.now += HOUR
    assert services.calls == [("GenerateMac", NATIVE_KEY)]


def test_nobody_gets_in_without_a_root_and_all_do_once_it_is_there(
    gateway: Gateway, authorizer: ModuleType, services: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    partner = gateway.partner()
    services.down = True
    context = ask(authorizer, partner.key.text)
    assert (context["decision"], context["reason"]) == ("deny", "admission_unavailable")
    assert json.loads(context["problem"])["next"].startswith("Try again in 1 s.")
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["level"] for each in told if each["message"] == "store failed"] == ["WARNING"]
    assert any("root of native keys cannot be read" in str(each.values()) for each in told)
    services.down = False
    gateway.now += 6 * SECOND
    assert ask(authorizer, partner.key.text)["decision"] == "allow"


@pytest.mark.parametrize("answer", [{}, {"Mac": 3}, {"Mac": "%%"}, {"Mac": ""}, {"Mac": "cm9vdA=="}])
def test_what_is_no_root_opens_nothing(
    gateway: Gateway, authorizer: ModuleType, services: FakeAws, answer: dict[str, Any]
) -> None:
    services.answers["GenerateMac"] = answer
    assert ask(authorizer, gateway.partner().key.text)["reason"] == "admission_unavailable"


def test_no_key_and_no_root_is_logged(
    gateway: Gateway, authorizer: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    partner = gateway.partner()
    value = authorizer.handler(rest_event(partner.key.text), None)["usageIdentifierKey"]
    authorizer.handler(rest_event(partner.key.text) | {"requestContext": 3}, None)
    told = capsys.readouterr().out + "".join(gateway.metrics)
    assert "authorizer failed" in told
    assert partner.key.text[-38:] not in told
    assert value not in told


def test_a_call_is_measured_by_the_rest_apis_name(gateway: Gateway, authorizer: ModuleType) -> None:
    ask(authorizer, gateway.partner().key.text)
    (document,) = [json.loads(line) for line in gateway.metrics if "Requests" in line]
    assert (document["Api"], document["Requests"]) == ("stock/rest", 1)


def test_whatever_comes_in_is_answered_and_nothing_without_a_good_key_is_allowed(
    gateway: Gateway, authorizer: ModuleType
) -> None:
    partner = gateway.partner()
    good, bad = partner.key.text, keys.mint("dev").text
    start = [rest_event(key, method=method) for key in (good, bad, None) for method in ("GET", "PUT")]
    decisions = {ask(authorizer, good)["decision"]}

    @examples(300)
    @given(json_values | st.one_of(*[changed(event, json_values) for event in start]))
    def check(event: Any) -> None:
        context = check_policy(authorizer.handler(event, None))
        assert context["decision"] == "deny" or _has(event, good), event
        decisions.add(context["decision"])

    check()
    assert decisions == {"allow", "deny"}


def _has(event: Any, good: str) -> bool:
    """Whether the good key, and no other, is sent to the REST API that its product sells."""
    fields = event.get("multiValueHeaders") or {name: [text] for name, text in event["headers"].items()}
    sent = [text for name, texts in fields.items() if name.lower() == "x-api-key" for text in texts]
    return sent == [good] and event["methodArn"].startswith(f"{STAGE_ARN}/")
