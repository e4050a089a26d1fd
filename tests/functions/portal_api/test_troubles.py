"""What goes wrong: nothing internal leaves, nothing secret is logged, and whoever calls knows what to do."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.functions.portal_api.document import OPERATIONS
from tests.functions.portal_api.portal import NEWCOMER, OWNER, PEOPLE, SUPPORT, PortalApi
from tests.functions.portal_api.requests import asked
from tiergate.adapters.usage_records import RecordUnreadable

SECRET = "tell-nobody-4711"


class Failing:
    """A client whose every operation fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        if name == "exceptions":
            return ClientErrors

        def fail(*_: Any, **__: Any) -> Any:
            raise self._error

        return fail


class ClientErrors:
    class TransactionCanceledException(Exception): ...

    class ConditionalCheckFailedException(Exception): ...


TROUBLES = [
    (ClientError({"Error": {"Code": "ThrottlingException", "Message": SECRET}}, "GetItem"), 503, "portal_unavailable"),
    (EndpointConnectionError(endpoint_url=f"https://{SECRET}.example"), 503, "portal_unavailable"),
    (RuntimeError(SECRET), 500, "portal_failed"),
]


@pytest.mark.parametrize(("error", "status", "code"), TROUBLES)
def test_a_store_in_trouble_is_told_as_that_and_nothing_more(
    portal: PortalApi, capsys: pytest.CaptureFixture[str], error: Exception, status: int, code: str
):
    ours, _ = portal.settle()
    real, portal.gateway.client = portal.gateway.client, Failing(error)
    portal.rebuilt()
    portal.gateway.client = real
    for operation in OPERATIONS:
        if operation.id == "getMe" or operation.ids:
            reply = asked(portal, operation, ours)
            assert (reply.status, reply.body["code"]) == (status, code)
            assert SUPPORT in reply.body["next"]
            assert SECRET not in str(reply.body)
    captured = capsys.readouterr()
    assert SECRET not in captured.out + captured.err
    told = [json.loads(line) for line in captured.out.splitlines()]
    assert {each["error"] for each in told if each["message"] == "portal failed"} == {type(error).__name__}


def test_somebody_who_was_deleted_is_signed_out(portal: PortalApi):
    del portal.people.known[NEWCOMER.sub]
    assert portal.call("GET", "/me", by=NEWCOMER).body["code"] == "token_invalid"


def test_a_pool_that_knows_somebody_else_by_the_name_signs_nobody_in(portal: PortalApi):
    claims = {"sub": NEWCOMER.sub, "username": OWNER.sub, "token_use": "access"}
    assert portal.call("GET", "/me", claims=claims).status == 401


def test_a_pool_in_trouble_is_told_as_that(portal: PortalApi):
    portal.people.failing = "TooManyRequestsException"
    reply = portal.call("GET", "/me")
    assert (reply.status, reply.headers["retry-after"]) == (503, "2")


@pytest.mark.parametrize("error", [*(each[0] for each in TROUBLES[:2]), RecordUnreadable("of last calls")])
def test_keys_are_shown_and_revoked_where_their_last_use_cannot_be_told(
    portal: PortalApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
):
    ours, _ = portal.settle()
    monkeypatch.setattr(portal.usage, "last_used", Failing(error).last_used)
    path = f"/applications/{ours['application']}/credentials"
    (shown,) = portal.call("GET", path).body["items"]
    assert (shown["id"], shown["last_used"]) == (ours["credential"], None)
    revoked = portal.call("POST", f"{path}/{ours['credential']}/revoke")
    assert (revoked.status, revoked.body["state"]) == (200, "revoked")
    assert [each["state"] for each in portal.call("GET", path).body["items"]] == ["revoked"]
    assert SECRET not in capsys.readouterr().out


def test_every_call_leaves_one_line_that_holds_nothing_of_what_was_sent(
    portal: PortalApi, capfd: pytest.CaptureFixture[str]
):
    capfd.readouterr()
    said: list[str] = []
    ours, _ = portal.settle()
    for operation in sorted(OPERATIONS, key=lambda each: each.method == "DELETE"):
        reply = asked(portal, operation, ours, by=PEOPLE.get(operation.role), query={"cursor": SECRET})
        asked(portal, operation, ours, raw=f'{{"name": "{SECRET}", "email": "{SECRET}@x.example"')
        asked(portal, operation, ours, body={"name": SECRET, SECRET: SECRET, "email": f"{SECRET}@x.example"})
        said += [reply.body["key"]] if reply.body and "key" in reply.body else []
    out, err = capfd.readouterr()
    assert err == ""
    lines = [json.loads(line) for line in out.splitlines()]
    assert len(lines) == 3 * len(OPERATIONS)
    assert {frozenset(each) for each in lines} == {
        frozenset({"time", "level", "message", "request_id", "route", "caller", "status"})
    }
    assert len(said) == 3
    for secret in (SECRET, "@", *said, *(each.mail for each in PEOPLE.values())):
        assert secret not in out
    assert {each["route"].partition(" ")[0] for each in lines} == {"GET", "POST", "PATCH", "DELETE"}


def test_a_record_that_cannot_be_read_is_trouble_of_ours(portal: PortalApi):
    ours, _ = portal.settle()
    key = {"pk": {"S": f"APP#{ours['application']}"}, "sk": {"S": "-"}}
    portal.gateway.client.update_item(TableName="registry", Key=key, UpdateExpression="REMOVE subscriptions")
    reply = portal.call("GET", f"/applications/{ours['application']}")
    assert (reply.status, reply.body["code"]) == (500, "portal_failed")
    assert "APP#" not in str(reply.body)


def test_no_answer_speaks_of_the_command_line(portal: PortalApi):
    ours, _ = portal.settle()
    registry = portal.registry
    for number in range(49):
        registry.applications.create("acme", f"App {number}")
    full = portal.call("POST", "/organizations/acme/applications", {"name": "One more"})
    assert (full.status, full.body["code"]) == (409, "full")
    assert full.body["detail"] == 'Organization "acme" has 50 applications, as many as it can.'
    for number in range(49):
        registry.keys.create(ours["application"], name=str(number))
    keys = portal.call("POST", f"/applications/{ours['application']}/credentials", {"name": "One more"})
    assert (keys.status, keys.body["code"]) == (409, "full")
    assert "tiergate" not in str([full.body, keys.body])
