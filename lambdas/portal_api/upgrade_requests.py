"""Upgrade requests: plans that somebody of the platform must approve."""

from lambdas.portal_api import access, views
from lambdas.portal_api.call import Answer, Call
from tiergate.domain.members import Role


def every(call: Call, organization: str) -> Answer:
    access.membership(call, organization, Role.VIEWER)
    known = views.mails(call.registry.members.list(organization))
    page = call.window().page(
        call.registry.upgrades.of_organization(call.registry.organizations.get(organization)),
        lambda each: f"{each.asked} {each.application} {each.product}",
        lambda each: views.upgrade_request(each, known),
        newest_first=True,
    )
    return Answer(200, page)


def get(call: Call, application: str, product: str) -> Answer:
    owned = access.application(call, application, Role.VIEWER)
    found = call.registry.upgrades.stored(application, product)
    known = views.mails(call.registry.members.list(owned.application.organization))
    return Answer(200, views.upgrade_request(found.value, known), {"etag": f'"{found.version}"'})


def withdraw(call: Call, application: str, product: str) -> Answer:
    access.application(call, application, Role.DEVELOPER)
    call.registry.upgrades.withdraw(application, product, expected=call.expected())
    return Answer(204)
