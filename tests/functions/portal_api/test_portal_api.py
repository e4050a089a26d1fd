"""Every operation of the portal's document: who may call it, what it refuses, and that its answers are as it says.

That they are is checked at each call (`document.conforms`).
"""

from itertools import combinations

from tests.functions.portal_api.document import OPERATIONS, Operation, operations
from tests.functions.portal_api.portal import DEVELOPER, OWNER, PEOPLE, STRANGER, VIEWER, PortalApi
from tests.functions.portal_api.requests import asked, prepared
from tiergate.domain.members import Role, allows

ABOUT = [each for each in OPERATIONS if each.ids]
SIGNED_IN = [each for each in OPERATIONS if not each.public]
NO_ID = {"organization": "no-such", "application": "app_000000000000", "member": "nobody", "product": "none"}
NO_ID |= {"subscription": "sub_000000000000", "credential": "000000000000", "invitation": "0" * 32}
NO_ACCESS: list[dict[str, str] | None] = [
    None,
    {},
    {"sub": OWNER.sub},
    {"sub": OWNER.sub, "token_use": "id"},
    {"sub": OWNER.sub, "token_use": "refresh"},
    {"token_use": "access"},
    {"sub": "", "token_use": "access"},
    {"sub": "a#b", "token_use": "access"},
]
"""Claims of what is no access token of a person."""

OF_NOBODY = {"product"}
"""Ids that are the same for all organizations."""


@operations(OPERATIONS)
def test_whoever_may_call_it_is_answered_as_the_document_says(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    reply = asked(portal, operation, ours, by=prepared(portal, operation, ours))
    assert reply.status < 300


@operations(ABOUT)
def test_what_another_organization_has_is_not_found_and_stays_as_it_is(portal: PortalApi, operation: Operation):
    ours, theirs = portal.settle()
    prepared(portal, operation, theirs)
    before, foreign = portal.stored(), [each for each in operation.ids if each not in OF_NOBODY]
    for count in range(1, len(foreign) + 1):
        for names in combinations(foreign, count):
            reply = asked(portal, operation, ours | {name: theirs[name] for name in names})
            assert (reply.status, reply.body["code"]) == (404, "not_found"), names
    assert portal.stored() == before


@operations(ABOUT)
def test_what_is_nobodys_is_answered_as_what_is_anothers(portal: PortalApi, operation: Operation):
    ours, theirs = portal.settle()
    prepared(portal, operation, theirs)
    for name in operation.ids:
        missing = asked(portal, operation, ours | {name: NO_ID[name]})
        foreign = asked(portal, operation, ours | {name: theirs[name] if name not in OF_NOBODY else NO_ID[name]})
        assert missing.status == 404
        assert missing.body | {"request_id": ""} == foreign.body | {"request_id": ""}


@operations(ABOUT)
def test_what_can_be_no_id_is_not_found(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    for junk in ("x" * 3000, "ORG#acme", "%00", "ünï", "..", "a b", "-" * 65 + "!", "a\n", "\u0661"):
        for name in operation.ids:
            assert asked(portal, operation, ours | {name: junk}).status == 404


@operations([each for each in ABOUT if each.role is not Role.VIEWER])
def test_a_role_that_is_too_low_is_refused_and_changes_nothing(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    if operation.id == "removeMember":
        ours["member"] = OWNER.sub
    before = portal.stored()
    for role, somebody in PEOPLE.items():
        if not allows(role, operation.role):
            reply = asked(portal, operation, ours, by=somebody)
            assert (reply.status, reply.body["code"]) == (403, "role_insufficient")
            assert operation.role in reply.body["detail"]
    assert portal.stored() == before


@operations(SIGNED_IN)
def test_only_an_access_token_that_was_checked_signs_somebody_in(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    before, forged = portal.stored(), {"authorization": "Bearer eyJ.forged.token"}
    for claims in NO_ACCESS:
        reply = asked(portal, operation, ours, by=None, claims=claims, headers=forged)
        assert (reply.status, reply.body["code"]) == (401, "token_invalid"), claims
    assert portal.stored() == before


@operations([each for each in ABOUT if each.role is not Role.VIEWER and each.method in {"POST", "PATCH"}])
def test_a_suspended_organization_adds_and_changes_nothing(portal: PortalApi, operation: Operation):
    ours, _ = portal.settle()
    portal.registry.organizations.suspend(ours["organization"])
    reply = asked(portal, operation, ours)
    if operation.id == "revokeCredential":
        assert reply.status == 200
    else:
        assert (reply.status, reply.body["code"]) == (403, "organization_suspended")


def test_routes_and_document_name_the_same_operations(portal: PortalApi):
    documented = {f"{each.method} {each.path.replace('{', '<').replace('}', '>')}" for each in OPERATIONS}
    assert documented == set(portal.module.ROUTES)
    assert {f"{each.method} {each.path}" for each in OPERATIONS if each.public} == set(portal.module.PUBLIC)


def test_unknown_paths_and_methods_are_not_found(portal: PortalApi):
    portal.settle()
    for method, path in (
        ("GET", "/nothing"),
        ("PUT", "/me"),
        ("GET", "/"),
        ("POST", "/organizations/acme/"),
        ("GET", ""),
    ):
        assert portal.call(method, path).status == 404


def test_a_former_member_finds_nothing(portal: PortalApi):
    ours, _ = portal.settle()
    assert portal.call("DELETE", f"/organizations/acme/members/{VIEWER.sub}", by=VIEWER).status == 204
    for operation in ABOUT:
        assert asked(portal, operation, ours, by=VIEWER).status in {403, 404}
        assert asked(portal, operation, ours, by=STRANGER).status == 404
    assert portal.call("GET", "/organizations/acme", by=DEVELOPER).status == 200
