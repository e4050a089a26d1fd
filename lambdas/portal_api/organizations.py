"""Organizations: made, named, and what was changed of them."""

from lambdas.portal_api import access, limits, views
from lambdas.portal_api.bodies import LONGEST_NAME, Field, text
from lambdas.portal_api.call import Answer, Call
from tiergate.adapters.portal_requests import Attempt
from tiergate.domain.members import Role

FIELDS = {"name": Field(text(LONGEST_NAME))}


def create(call: Call) -> Answer:
    def make(attempt: Attempt) -> object:
        name = call.fields(FIELDS)["name"]
        return call.registry.organizations.create(
            name,
            founder=call.person(),
            also=lambda made: [attempt.remember(201, views.new_organization(made)), limits.organizations(call)],
        )

    return call.once(make)


def get(call: Call, organization: str) -> Answer:
    return Answer(200, views.organization(*access.organization(call, organization, Role.VIEWER)))


def rename(call: Call, organization: str) -> Answer:
    access.organization(call, organization, Role.OWNER, adding=True)
    expected = call.expected(needed=True)
    call.registry.organizations.rename(organization, call.fields(FIELDS)["name"], expected=expected)
    return get(call, organization)


def audit(call: Call, organization: str) -> Answer:
    access.membership(call, organization, Role.OWNER)
    window = call.window()
    entries, last = call.registry.audit_page(organization, most=window.limit, after=window.after)
    known = views.mails(call.registry.members.list(organization))
    items = [views.audit_entry(each, known) for each in entries]
    return Answer(200, {"items": items, "next": window.cursor(last) if last else None})
