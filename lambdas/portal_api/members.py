"""Members of an organization."""

from lambdas.portal_api import access, views
from lambdas.portal_api.bodies import Field, role
from lambdas.portal_api.call import Answer, Call
from tiergate.domain.members import Role

FIELDS = {"role": Field(role)}


def every(call: Call, organization: str) -> Answer:
    access.membership(call, organization, Role.VIEWER)
    found = call.registry.members.list(organization)
    return Answer(
        200,
        call.window().page(
            found, lambda each: f"{each.value.joined} {each.value.id}", lambda each: views.member(each, call.sub)
        ),
    )


def change(call: Call, organization: str, member: str) -> Answer:
    access.organization(call, organization, Role.OWNER, adding=True)
    expected = call.expected(needed=True)
    call.registry.members.set_role(organization, member, call.fields(FIELDS)["role"], expected=expected)
    return Answer(200, views.member(call.registry.members.get(organization, member), call.sub))


def remove(call: Call, organization: str, member: str) -> Answer:
    """Everybody may leave."""
    access.membership(call, organization, Role.VIEWER if member == call.sub else Role.OWNER)
    call.registry.members.remove(organization, member, expected=call.expected())
    return Answer(204)
