"""Every operation of the portal's document: faulty bodies, repeated creations, stale versions and forged pages.

That answers are as it says is checked at each call (`document.conforms`).
"""

from typing import Any

from tests.functions.portal_api.document import OPERATIONS, Operation, operations, resolved
from tests.functions.portal_api.portal import PortalApi
from tests.functions.portal_api.requests import asked, body_of, prepared

WITH_BODY = [each for each in OPERATIONS if each.body]
CREATING = [each for each in OPERATIONS if "idempotency-key" in each.headers]
CHANGING = [each for each in OPERATIONS if "if-match" in each.headers]


@operations(WITH_BODY)
def test_every_fault_of_a_body_is_told_at_its_field_at_once(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    before, needed = portal.stored(), set(resolved(operation.body["schema"])["required"])
    assert set(asked(portal, operation, ours, body={"surprise": 1}).fields) == needed | {"surprise"}
    wrong = asked(portal, operation, ours, body={name: {"not": "this"} for name in operation.fields})
    assert (wrong.status, wrong.body["code"], set(wrong.fields)) == (422, "invalid", set(operation.fields))
    assert portal.stored() == before


@operations(WITH_BODY)
def test_values_out_of_bounds_are_told_at_their_field(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    good = body_of(operation)
    for name, schema in operation.fields.items():
        for value in _beyond(resolved(schema)):
            reply = asked(portal, operation, ours, body=good | {name: value})
            assert (reply.status, set(reply.fields)) == (422, {name}), value


@operations(WITH_BODY)
def test_a_body_that_is_no_json_object_is_refused(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    nested = "[" * 8000
    for raw in ("", "{", "[]", '"x"', "null", '{"name": NaN}', '{"name": "a", "name": "b"}', nested):
        reply = asked(portal, operation, ours, raw=raw)
        assert (reply.status, reply.body["code"]) == (400, "body_malformed"), raw[:20]
    large = asked(portal, operation, ours, raw='{"name": "' + "x" * 16_384 + '"}')
    assert (large.status, large.body["code"]) == (413, "body_too_large")
    form = asked(portal, operation, ours, headers={"content-type": "text/plain"})
    assert (form.status, form.body["code"]) == (415, "media_type_unsupported")


@operations(CREATING)
def test_creating_twice_with_one_key_makes_one_and_answers_the_same(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    prepared(portal, operation, ours)
    headers = {"idempotency-key": "one-and-only"}
    first = asked(portal, operation, ours, headers=headers)
    before = portal.stored()
    portal.later(3600)
    second = asked(portal, operation, ours, headers=headers)
    assert (second.status, second.body) == (first.status, first.body)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert first.headers.get("etag") == second.headers.get("etag")
    assert portal.stored() == before


@operations(CREATING)
def test_a_key_of_another_request_is_refused(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    headers = {"idempotency-key": "one-and-only"}
    assert portal.call("POST", "/organizations", {"name": "Another"}, headers=headers).status == 201
    before = portal.stored()
    reply = asked(portal, operation, ours, headers=headers)
    assert (reply.status, reply.body["code"]) == (422, "idempotency_key_reused")
    assert portal.stored() == before


@operations(CREATING)
def test_creating_without_a_usable_idempotency_key_is_refused(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    for key in ("", "short", "x" * 129, "with space", "ümlauts-12", "new\nline-12"):
        reply = asked(portal, operation, ours, headers={"idempotency-key": key})
        assert (reply.status, reply.body["code"]) == (400, "idempotency_key_invalid")


@operations(CREATING)
def test_a_request_is_not_repeated_after_a_day(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    headers = {"idempotency-key": "one-and-only"}
    assert asked(portal, operation, ours, headers=headers).status < 300
    portal.later(24 * 3600 + 1)
    reply = asked(portal, operation, ours, headers=headers)
    assert (reply.status, reply.body["code"]) == (409, "request_expired")


@operations(CHANGING)
def test_a_change_needs_the_version_that_somebody_saw(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    before = portal.stored()
    missing = asked(portal, operation, ours, headers={"if-match": ""})
    assert (missing.status, missing.body["code"]) == (428, "version_required")
    for stale in ('"99"', "1", 'W/"1"', '"1', "junk", '"999999999999999999999999"'):
        reply = asked(portal, operation, ours, headers={"if-match": stale})
        assert (reply.status, reply.body["code"]) == (412, "version_stale"), stale
    assert portal.stored() == before


@operations([each for each in OPERATIONS if each.method == "DELETE" and "412" in each.raw["responses"]])
def test_a_deletion_may_name_the_version(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    prepared(portal, operation, ours)
    before = portal.stored()
    reply = asked(portal, operation, ours, headers={"if-match": '"99"'})
    assert (reply.status, reply.body["code"]) == (412, "version_stale")
    assert portal.stored() == before


@operations([each for each in OPERATIONS if each.id.startswith("list")])
def test_forged_limits_and_cursors_are_refused(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    for limit in ("0", "101", "-1", "x", "1.5", "９", "1" * 50):
        assert "limit" not in str(operation.raw.get("parameters", "")).lower() or (
            asked(portal, operation, ours, query={"limit": limit}).body["code"] == "limit_invalid"
        )
    if "Cursor" not in str(operation.raw.get("parameters", "")):
        return
    for cursor in ("x", "ünï", "e30", "WyJhIiwgMV0", "bnVsbA", "A" * 2000, "WyIvYXBpL21lIiwgImEiXQ"):
        assert asked(portal, operation, ours, query={"cursor": cursor}).body["code"] == "cursor_invalid"


def _beyond(schema: dict[str, Any]) -> list[Any]:
    """What a schema does not allow, of the right type where that can be."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "integer" in types:
        return [schema["minimum"] - 1, schema["maximum"] + 1, True, 1.5, "1"]
    if "array" in types:
        return [["x"] * 51, [1], [""], ["two words"], "orders:read"]
    if schema.get("format") == "date-time":
        return ["", "tomorrow", "2027-01-01", "2027-01-01T00:00:00", "2020-01-01T00:00:00Z", "9" * 30, 5]
    if "enum" in schema:
        return ["", "admin", 5]
    beyond: list[Any] = ["x" * (schema["maxLength"] + 1), 5, True, None]
    return beyond + (["", "   "] if schema.get("minLength") else [])
