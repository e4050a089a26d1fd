"""Organizations: made and named."""

from typing import Any

from lambdas.portal_api import access, limits, views
from lambdas.portal_api.bodies import Field, named
from lambdas.portal_api.call import Answer, Call
from tiergate.adapters.registry import slug
from tiergate.adapters.repeatable import Attempt
from tiergate.domain.members import Role

NAME = named("an organization")
FIELDS = {"name": Field(NAME)}


def create(call: Call) -> Answer:
    def make(attempt: Attempt) -> object:
        name = call.fields({"name": Field(_name)})["name"]
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


def _name(value: Any) -> str:
    """A name that an id can be made of."""
    name: str = NAME(value)
    slug(name)
    return name
