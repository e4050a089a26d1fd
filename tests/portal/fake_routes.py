"""What each route of the portal API answers in memory (`fake_api.Fake`); importing it adds the routes."""

from datetime import timedelta

from tests.portal import fake_partner as given
from tests.portal.fake_api import (
    AUTOMATIC,
    ROUTES,
    Answer,
    Call,
    Json,
    Refused,
    State,
    application,
    credential,
    fresh,
    named,
    organization,
    page,
    route,
)
from tests.portal.fake_usage import usage

__all__ = ["ROUTES"]


@route("GET", "/me")
def me(state: State, call: Call) -> Answer:
    joined = [{name: each[name] for name in ("id", "name", "role", "state")} for each in state.organizations.values()]
    return Answer(
        200,
        {
            "id": given.ME,
            "email": state.mail,
            "email_verified": state.verified,
            "organizations": joined,
            "invitations": state.invited,
        },
    )


def told(state: State, found: Json) -> Json:
    owned = [each for each in state.applications.values() if each["organization"] == found["id"]]
    return found | {"applications": len(owned), "members": len(state.members[found["id"]])}


@route("POST", "/organizations")
def create_organization(state: State, call: Call) -> Answer:
    name = named(call)
    if not state.verified:
        raise Refused(403, "email_unverified", "Your mail address is not verified.", "Verify it first.")
    id_ = name.lower().replace(" ", "-")
    made = {"id": id_, "name": name, "state": "active", "created": given.told(state.now), "role": "owner", "version": 1}
    state.organizations[id_], state.invitations[id_] = made, []
    state.members[id_] = [given.member(state, given.ME, state.mail, "owner", you=True)]
    return Answer(201, told(state, made))


@route("GET", "/organizations/{org}")
def get_organization(state: State, call: Call, org: str) -> Answer:
    return Answer(200, told(state, organization(state, org)))


@route("PATCH", "/organizations/{org}")
def rename_organization(state: State, call: Call, org: str) -> Answer:
    found = organization(state, org, "owner")
    fresh(found, call)
    found |= {"name": named(call), "version": found["version"] + 1}
    return Answer(200, told(state, found))


@route("GET", "/organizations/{org}/audit")
def audit(state: State, call: Call, org: str) -> Answer:
    organization(state, org, "owner")
    return page(state.audit, call)


@route("GET", "/organizations/{org}/members")
def members(state: State, call: Call, org: str) -> Answer:
    organization(state, org)
    return page(state.members[org], call)


def member(state: State, org: str, id_: str) -> Json:
    found = next((each for each in state.members[org] if each["id"] == id_), None)
    if found is None:
        raise Refused(404, "not_found", "There is no such member.")
    others = [each for each in state.members[org] if each["role"] == "owner" and each is not found]
    if found["role"] == "owner" and not others:
        raise Refused(
            409,
            "last_owner",
            "An organization always keeps one owner, and this is the last.",
            "Make somebody else owner.",
        )
    return found


@route("PATCH", "/organizations/{org}/members/{id_}")
def change_member(state: State, call: Call, org: str, id_: str) -> Answer:
    organization(state, org, "owner")
    found = member(state, org, id_)
    fresh(found, call)
    found |= {"role": call.body["role"], "version": found["version"] + 1}
    if found["you"]:
        state.organizations[org]["role"] = found["role"]
    return Answer(200, found)


@route("DELETE", "/organizations/{org}/members/{id_}")
def remove_member(state: State, call: Call, org: str, id_: str) -> Answer:
    organization(state, org, "viewer" if id_ == given.ME else "owner")
    found = member(state, org, id_)
    state.members[org].remove(found)
    if found["you"]:
        del state.organizations[org]
    return Answer(204)


@route("GET", "/organizations/{org}/invitations")
def invitations(state: State, call: Call, org: str) -> Answer:
    organization(state, org)
    return page(state.invitations[org], call)


@route("POST", "/organizations/{org}/invitations")
def invite(state: State, call: Call, org: str) -> Answer:
    organization(state, org, "owner")
    mail = named(call, "email")
    if "@" not in mail:
        fault = {"field": "email", "detail": "Give a mail address, such as name@company.example."}
        raise Refused(
            422, "invalid", "Some fields are not as they must be.", "Mend what `errors` lists.", errors=[fault]
        )
    made = given.invitation(state, mail, call.body["role"], state.ahead(days=7), "open")
    others = [each for each in state.invitations[org] if each["id"] != made["id"]]
    renewed = len(others) < len(state.invitations[org])
    state.invitations[org] = [made, *others]
    return Answer(201, made | {"renewed": renewed})


@route("DELETE", "/organizations/{org}/invitations/{id_}")
def withdraw_invitation(state: State, call: Call, org: str, id_: str) -> Answer:
    organization(state, org, "owner")
    state.invitations[org] = [each for each in state.invitations[org] if each["id"] != id_]
    return Answer(204)


@route("POST", "/invitations/{org}/accept")
def accept(state: State, call: Call, org: str) -> Answer:
    found = next((each for each in state.invited if each["organization"]["id"] == org), None)
    if found is None:
        raise Refused(404, "not_found", "There is no such invitation.")
    state.invited.remove(found)
    made = found["organization"] | {"role": found["role"], "state": "active"}
    state.organizations[org] = made | {"created": state.ago(days=90), "version": 1}
    state.members[org] = [given.member(state, given.ME, state.mail, found["role"], you=True)]
    state.invitations[org] = []
    return Answer(200, made)


@route("DELETE", "/invitations/{org}")
def decline(state: State, call: Call, org: str) -> Answer:
    state.invited = [each for each in state.invited if each["organization"]["id"] != org]
    return Answer(204)


@route("GET", "/organizations/{org}/applications")
def applications(state: State, call: Call, org: str) -> Answer:
    organization(state, org)
    owned = [each for each in state.applications.values() if each["organization"] == org]
    return page([each | {"credentials": len(state.credentials[each["id"]])} for each in owned], call)


@route("POST", "/organizations/{org}/applications")
def create_application(state: State, call: Call, org: str) -> Answer:
    role = organization(state, org, "developer")["role"]
    return Answer(201, given.application(state, state.name("app_"), named(call), role, organization=org))


@route("GET", "/organizations/{org}/upgrade-requests")
def upgrade_requests(state: State, call: Call, org: str) -> Answer:
    organization(state, org)
    subscriptions = [sub for each in state.applications.values() for sub in each["subscriptions"]]
    return page([each["request"] for each in subscriptions if each["request"]], call)


@route("GET", "/organizations/{org}/usage")
def organization_usage(state: State, call: Call, org: str) -> Answer:
    organization(state, org)
    owned = [each for each in state.applications.values() if each["organization"] == org]
    return Answer(200, usage(state, owned, call.query.get("by", "api"), period(state, call)))


def period(state: State, call: Call) -> str:
    return call.query.get("period", state.now.strftime("%Y-%m"))


@route("GET", "/organizations/{org}/notices")
def notices(state: State, call: Call, org: str) -> Answer:
    organization(state, org)
    return Answer(200, {"items": state.notices})


@route("GET", "/applications/{app}")
def get_application(state: State, call: Call, app: str) -> Answer:
    return Answer(200, application(state, app) | {"credentials": len(state.credentials[app])})


@route("PATCH", "/applications/{app}")
def rename_application(state: State, call: Call, app: str) -> Answer:
    found = application(state, app, "developer")
    fresh(found, call)
    found |= {"name": named(call), "version": found["version"] + 1}
    return Answer(200, found)


@route("DELETE", "/applications/{app}")
def delete_application(state: State, call: Call, app: str) -> Answer:
    application(state, app, "developer")
    del state.applications[app], state.credentials[app]
    return Answer(204)


@route("GET", "/applications/{app}/credentials")
def credentials(state: State, call: Call, app: str) -> Answer:
    application(state, app)
    return page(state.credentials[app], call)


def keyed(made: Json) -> Json:
    return made | {"key": f"{made['hint'].rstrip('…')}b5Jq0nT7vRkX2mWcY8sZ3dLf6hGp9aEr4uQ1"}


@route("POST", "/applications/{app}/credentials")
def create_credential(state: State, call: Call, app: str) -> Answer:
    application(state, app, "developer")
    sent = {"expires": call.body.get("expires"), "scopes": call.body.get("scopes")}
    made = given.credential(state, state.name("k"), named(call), **sent)
    state.credentials[app].insert(0, made)
    return Answer(201, keyed(made))


@route("POST", "/applications/{app}/credentials/{id_}/rotate")
def rotate(state: State, call: Call, app: str, id_: str) -> Answer:
    old = credential(state, app, id_)
    grace = call.body["grace_hours"]
    made = given.credential(state, state.name("k"), old["name"], expires=call.body.get("expires"), scopes=old["scopes"])
    end = given.told(state.now + timedelta(hours=grace))
    old |= {"state": "replaced" if grace else "revoked", "expires": end, "replaced_by": made["id"], "version": 2}
    state.credentials[app].insert(0, made)
    return Answer(201, keyed(made) | {"replaced": old})


@route("POST", "/applications/{app}/credentials/{id_}/revoke")
def revoke(state: State, call: Call, app: str, id_: str) -> Answer:
    found = credential(state, app, id_)
    found |= {"state": "revoked", "version": found["version"] + 1}
    return Answer(200, found)


@route("DELETE", "/applications/{app}/credentials/{id_}")
def delete_credential(state: State, call: Call, app: str, id_: str) -> Answer:
    found = credential(state, app, id_)
    if found["state"] not in ("revoked", "expired"):
        raise Refused(409, "credential_in_use", "It still works.", "Revoke it first.")
    state.credentials[app].remove(found)
    return Answer(204)


@route("GET", "/applications/{app}/subscriptions")
def subscriptions(state: State, call: Call, app: str) -> Answer:
    return page(application(state, app)["subscriptions"], call)


@route("POST", "/applications/{app}/subscriptions")
def subscribe(state: State, call: Call, app: str) -> Answer:
    found = application(state, app, "developer")
    plan = named(call, "plan")
    if plan not in AUTOMATIC:
        return Answer(202, given.request(state, app, None, plan, call.body.get("note", "")))
    made = given.subscription(state, app, state.name("sub_"), plan, call.body["product"])
    found["subscriptions"].append(made)
    return Answer(201, made)


def subscription(state: State, app: str, id_: str) -> Json:
    found = next((each for each in application(state, app, "developer")["subscriptions"] if each["id"] == id_), None)
    if found is None:
        raise Refused(404, "not_found", "There is no such subscription.")
    return found


@route("PATCH", "/applications/{app}/subscriptions/{id_}")
def change_plan(state: State, call: Call, app: str, id_: str) -> Answer:
    found, plan = subscription(state, app, id_), named(call, "plan")
    fresh(found, call)
    if plan in AUTOMATIC:
        found |= {"plan": plan, "version": found["version"] + 1}
        return Answer(200, found)
    found["request"] = given.request(
        state, app, found["plan"], plan, call.body.get("note", ""), asked=given.told(state.now)
    )
    return Answer(202, found["request"])


@route("DELETE", "/applications/{app}/subscriptions/{id_}")
def unsubscribe(state: State, call: Call, app: str, id_: str) -> Answer:
    found = subscription(state, app, id_)
    state.applications[app]["subscriptions"].remove(found)
    return Answer(204)


def asked(state: State, app: str, product: str, needed: str = "viewer") -> Json:
    for each in application(state, app, needed)["subscriptions"]:
        if each["product"] == product and each["request"]:
            return each
    raise Refused(404, "not_found", "There is no such request.")


@route("GET", "/applications/{app}/upgrade-requests/{product}")
def upgrade_request(state: State, call: Call, app: str, product: str) -> Answer:
    return Answer(200, asked(state, app, product)["request"])


@route("DELETE", "/applications/{app}/upgrade-requests/{product}")
def withdraw(state: State, call: Call, app: str, product: str) -> Answer:
    found = asked(state, app, product, "developer")
    if found["request"]["state"] != "waiting":
        raise Refused(409, "request_decided", "The request is decided already.")
    found["request"] = None
    return Answer(204)


@route("GET", "/applications/{app}/usage")
def application_usage(state: State, call: Call, app: str) -> Answer:
    return Answer(200, usage(state, [application(state, app)], call.query.get("by", "api"), period(state, call)))


@route("GET", "/applications/{app}/refusals")
def refusals(state: State, call: Call, app: str) -> Answer:
    application(state, app)
    return Answer(200, {"items": state.refusals.get(app, [])[: int(call.query.get("limit", "50"))]})


@route("POST", "/try-keys")
def try_key(state: State, call: Call) -> Answer:
    limits = {"hour": 60, "rate": 2, "burst": 5}
    key = "tg_dev_try9mQ2sX0aB_b5Jq0nT7vRkX2mWcY8sZ3dLf6hGp9aEr4uQ1"
    return Answer(201, {"key": key, "expires": state.ahead(minutes=15), "limits": limits, "apis": ["bank/v1"]})
