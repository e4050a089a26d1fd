"""The authorizer as deployed: who gets in, who does not and why, what it costs, and what a failure does."""

import json
import re
from typing import Any

import pytest

from tests.events import authorizer_event
from tests.functions.conftest import Gateway
from tiergate.domain import keys
from tiergate.domain.decision import ADMITTED
from tiergate.domain.limits import SECOND
from tiergate.domain.refusals import REFUSALS

SECRET = re.compile(r"tg_[a-z]+_[0-9A-Za-z]{12}_[0-9A-Za-z]{10,}")


def forged(key: str) -> str:
    """The same key id with another secret and a checksum that fits."""
    body = key[:-38] + "x" * 32
    return body + keys.checksum(body)


def altered(key: str) -> str:
    """One letter of the secret changed, as a slip of the hand does."""
    return key[:-10] + ("a" if key[-10] != "a" else "b") + key[-9:]


@pytest.mark.parametrize("mode", ["managed", "direct"])
def test_a_good_key_is_admitted_and_all_is_known_of_it(gateway: Gateway, mode: str) -> None:
    partner = gateway.partner(plan="tiny")

    answer = gateway.authorizer(mode).handler(authorizer_event(method="POST", key=partner.key.text), None)

    assert answer == {
        "isAuthorized": True,
        "context": {
            "decision": "allow",
            "reason": ADMITTED,
            "api": "shop/v1",
            "operation": "order",
            "cost": "2",
            "address": "203.0.113.0",
            "credential": partner.key.id,
            "application": partner.application,
            "organization": "acme",
            "subscription": partner.subscription.id,
            "product": "retail",
            "plan": "tiny",
            "scheme": "ApiKey",
            "ratelimit": '"hour";r=1;t=3570, "month";r=7;t=1684770, "burst";r=958;t=1',
            "ratelimit_policy": '"hour";q=3;w=3600, "month";q=9;w=2678400, "burst";q=1000;w=1',
            "took": "0.0",
        }
        | ({"issuer": "-", "subject": "-", "scopes": "-"} if mode == "direct" else {}),
    }
    assert gateway.units(partner) == 2


JUNK = [None, "", " ", "junk", "tg_dev_short", "tg_dev_" + "a" * 12 + "_" + "b" * 38, "x" * 8000, "\ud800", "ключ"]


@pytest.mark.parametrize("mode", ["managed", "direct"])
@pytest.mark.parametrize("key", JUNK, ids=lambda key: repr(key)[:20])
def test_junk_is_refused_without_a_read_of_the_store(gateway: Gateway, mode: str, key: str | None) -> None:
    answer = gateway.authorizer(mode).handler(authorizer_event(key=key), None)

    assert answer["isAuthorized"] is (mode == "managed")
    assert answer["context"]["decision"] == "deny"
    assert answer["context"]["reason"] == ("credential_malformed" if key else "credential_missing")
    assert gateway.reads == []


def test_a_slip_or_a_key_of_another_environment_is_refused_without_a_read(gateway: Gateway) -> None:
    good = gateway.partner().key.text
    authorizer = gateway.authorizer()

    for key in (altered(good), keys.mint("prod").text, good + "0", f"{good},{good}"):
        answer = authorizer.handler(authorizer_event(key=key), None)
        assert answer["context"]["reason"] == "credential_malformed"
    assert gateway.reads == []


def test_keys_that_were_never_made_and_tampered_secrets_are_unknown(gateway: Gateway) -> None:
    partner = gateway.partner()
    authorizer = gateway.authorizer()

    for key in (keys.mint("dev").text, forged(partner.key.text)):
        context = authorizer.handler(authorizer_event(key=key), None)["context"]
        assert (context["decision"], context["reason"]) == ("deny", "credential_unknown")
        assert "application" not in context
    assert gateway.reads == ["GetItem", "GetItem"]
    assert gateway.units(partner) == 0


def test_a_known_key_costs_two_reads_and_one_write_then_the_write_alone(gateway: Gateway) -> None:
    partner, authorizer = gateway.partner(), gateway.authorizer()

    for _ in range(3):
        authorizer.handler(authorizer_event(key=partner.key.text), None)

    assert gateway.reads == ["GetItem", "GetItem", "UpdateItem", "UpdateItem", "UpdateItem"]


def test_a_revoked_key_is_refused_once_the_cache_time_is_over(gateway: Gateway) -> None:
    partner, authorizer = gateway.partner(), gateway.authorizer()
    event = authorizer_event(key=partner.key.text)
    assert authorizer.handler(event, None)["context"]["reason"] == ADMITTED
    gateway.registry.keys.revoke(partner.key.id)

    gateway.now += 30 * SECOND
    answer = authorizer.handler(event, None)

    assert answer["context"]["reason"] == "credential_revoked"
    assert gateway.units(partner) == 1
    assert gateway.authorizer("direct").handler(event, None)["isAuthorized"] is False


def test_a_key_of_another_product_is_forbidden(gateway: Gateway) -> None:
    partner = gateway.partner(product="other")

    context = gateway.authorizer().handler(authorizer_event(key=partner.key.text), None)["context"]

    assert (context["decision"], context["reason"]) == ("deny", "subscription_missing")
    assert REFUSALS[context["reason"]].status == 403
    assert gateway.units(partner) == 0


@pytest.mark.parametrize(
    ("method", "path", "reason", "methods"),
    [
        ("GET", "/shop/v1/nothing", "operation_not_found", None),
        ("GET", "/shop/v1", "operation_not_found", None),
        ("GET", "/shop/v1/orders/", "operation_not_found", None),
        ("DELETE", "/shop/v1/orders", "method_not_allowed", "GET,POST"),
        ("GET", "/shop/v1/files/a.txt", "method_not_allowed", "PUT"),
        ("PUT", "/shop/v1/files/..", "path_malformed", None),
        ("PUT", "/shop/v1/files/a\nb", "path_malformed", None),
    ],
)
def test_what_the_api_does_not_have_is_refused_before_any_read_or_debit(
    gateway: Gateway, method: str, path: str, reason: str, methods: str | None
) -> None:
    partner = gateway.partner()

    context = gateway.authorizer().handler(authorizer_event(path, method=method, key=partner.key.text), None)["context"]

    assert (context["decision"], context["reason"], context.get("methods")) == ("deny", reason, methods)
    assert gateway.reads == []
    assert gateway.units(partner) == 0


def test_an_api_that_is_not_published_does_not_exist(gateway: Gateway) -> None:
    partner = gateway.partner(product="other")
    event = authorizer_event("/hidden/v1/orders", route="ANY /hidden/v1/{proxy+}", key=partner.key.text)

    assert gateway.authorizer().handler(event, None)["context"]["reason"] == "api_not_found"


@pytest.mark.parametrize(
    ("plan", "admitted", "reason", "violated"),
    [("tiny", 3, "quota_exceeded", "hour"), ("slow", 2, "rate_exceeded", "burst")],
)
def test_calls_over_a_limit_are_refused_and_told_when_to_come_back(
    gateway: Gateway, plan: str, admitted: int, reason: str, violated: str
) -> None:
    partner, authorizer = gateway.partner(plan=plan), gateway.authorizer()
    event = authorizer_event(key=partner.key.text)

    reasons = [authorizer.handler(event, None)["context"]["reason"] for _ in range(admitted + 1)]
    context = authorizer.handler(event, None)["context"]

    assert reasons == [ADMITTED] * admitted + [reason]
    assert (context["decision"], context["reason"], context["violated"]) == ("deny", reason, violated)
    assert re.findall('"([a-z]+)";r=0', context["ratelimit"]) == [violated]
    assert all(int(context["wait"]) >= int(t) for t in re.findall(r";t=(\d+)", context["ratelimit"]))
    assert gateway.units(partner) == admitted
    gateway.now += int(context["wait"]) * SECOND
    assert authorizer.handler(event, None)["context"]["reason"] == ADMITTED


@pytest.mark.parametrize("table", ["registry", "usage"])
def test_nobody_gets_in_while_the_store_is_down(
    gateway: Gateway, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    partner = gateway.partner()
    gateway.client.delete_table(TableName=table)
    event = authorizer_event(key=partner.key.text)

    managed = gateway.authorizer("managed").handler(event, None)
    direct = gateway.authorizer("direct").handler(event, None)

    assert (managed["isAuthorized"], direct["isAuthorized"]) == (True, False)
    assert managed["context"] == direct["context"]
    assert managed["context"]["decision"] == "deny"
    assert managed["context"]["reason"] == "admission_unavailable"
    assert managed["context"]["wait"] == "1"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["cause"] for line in lines] == ["refused: ResourceNotFoundException"] * 2
    assert partner.key.text not in str(lines)


def test_nobody_gets_in_while_the_store_cannot_be_reached(gateway: Gateway) -> None:
    partner = gateway.partner()
    authorizer = gateway.authorizer(endpoint="http://127.0.0.1:9")

    context = authorizer.handler(authorizer_event(key=partner.key.text), None)["context"]

    assert (context["decision"], context["reason"]) == ("deny", "admission_unavailable")


class Broken:
    """Fails at the last step of the way, where everything about the caller is known."""

    def admit(self, *_: object, **__: object) -> None:
        raise RuntimeError("the unexpected")


@pytest.mark.parametrize("mode", ["managed", "direct"])
def test_whatever_fails_inside_is_a_deny_and_is_logged_without_the_key(
    gateway: Gateway, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    partner, authorizer = gateway.partner(), gateway.authorizer(mode)
    authorizer.AUTHORIZER._admission = Broken()

    answer = authorizer.handler(authorizer_event(key=partner.key.text), None)

    assert answer == {
        "isAuthorized": mode == "managed",
        "context": {"decision": "deny", "reason": "gateway_fault", "took": "0.0"},
    }
    logged = capsys.readouterr().out
    line = json.loads(logged)
    assert (line["level"], "the unexpected" in line["trace"]) == ("ERROR", True)
    assert partner.key.text[20:] not in logged


def test_no_key_is_ever_logged_or_answered(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    good = gateway.partner(plan="tiny").key.text
    events: list[Any] = [
        authorizer_event(key=key) | change
        for key in (good, altered(good), forged(good), good + "\n", keys.mint("prod").text)
        for change in (
            {},
            {"rawPath": f"/shop/v1/{good}"},
            {"requestContext": good},
            {"rawPath": None},
        )
    ]
    events += [good, [good], authorizer_event() | {"headers": [good]}, authorizer_event(headers={"x-api-key": [good]})]
    authorizer = gateway.authorizer()

    answers = [authorizer.handler(event, None) for event in events]
    gateway.client.delete_table(TableName="usage")
    answers += [authorizer.handler(event, None) for event in events]

    logged = capsys.readouterr().out
    assert "authorizer failed" in logged
    assert not SECRET.search(logged)
    assert not SECRET.search(json.dumps(answers))


@pytest.mark.parametrize("mode", ["", "Managed", "off"])
def test_a_function_of_no_known_mode_does_not_start(gateway: Gateway, mode: str) -> None:
    with pytest.raises(ValueError, match="expected managed or direct"):
        gateway.authorizer(mode)
