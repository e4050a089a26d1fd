"""Applications of an organization."""

from lambdas.portal_api import access, limits, views
from lambdas.portal_api.bodies import Field, named
from lambdas.portal_api.call import Answer, Call
from tiergate.adapters.repeatable import Attempt
from tiergate.domain.members import Role

FIELDS = {"name": Field(named("an application"))}


def every(call: Call, organization: str) -> Answer:
    found, role = access.organization(call, organization, Role.VIEWER)
    requests = call.registry.upgrades.of_organization(found.value.organization)
    known = views.mails(call.registry.members.list(organization))
    page = call.window().page(
        call.portal.reads.applications(found.value.organization),
        lambda each: f"{each.value.application.created} {each.value.application.id}",
        lambda each: views.application(each, role, requests, known),
    )
    return Answer(200, page)


def create(call: Call, organization: str) -> Answer:
    owner, role = access.organization(call, organization, Role.DEVELOPER, adding=True)

    def make(attempt: Attempt) -> object:
        name = call.fields(FIELDS)["name"]
        access.refuse_substitute(call, owner.value.organization)
        return call.registry.applications.create(
            organization,
            name,
            also=lambda made: [
                attempt.remember(201, views.new_application(made, role)),
                limits.applications(call, organization),
            ],
        )

    return call.once(make)


def get(call: Call, application: str) -> Answer:
    owned = access.application(call, application, Role.VIEWER)
    requests = call.registry.upgrades.of_application(owned.application)
    known = views.mails(call.registry.members.list(owned.application.organization)) if requests else {}
    return Answer(200, views.application(owned.stored, owned.role, requests, known))


def rename(call: Call, application: str) -> Answer:
    access.application(call, application, Role.DEVELOPER, adding=True)
    expected = call.expected(needed=True)
    call.registry.applications.rename(application, call.fields(FIELDS)["name"], expected=expected)
    return get(call, application)


def delete(call: Call, application: str) -> Answer:
    access.application(call, application, Role.DEVELOPER)
    call.registry.applications.delete(application, expected=call.expected())
    return Answer(204)
