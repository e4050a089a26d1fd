"""Subscriptions of an application: on self-service plans at once, on others by a request."""

from lambdas.portal_api import access, views
from lambdas.portal_api.bodies import Field, choice, note
from lambdas.portal_api.call import Answer, Call
from lambdas.portal_api.refusals import Refused, invalid
from tiergate.adapters.repeatable import Attempt
from tiergate.domain.members import Role
from tiergate.domain.registry import Subscription
from tiergate.domain.upgrades import UpgradeRequest

NOTE = Field(note, needed=False, default="")


def every(call: Call, application: str) -> Answer:
    owned = access.application(call, application, Role.VIEWER)
    requests, known = _asked(call, owned)
    page = call.window().page(
        [*owned.application.subscriptions.values()],
        lambda each: each.product,
        lambda each: views.subscription(application, each, requests.get(each.product), known, owned.stored.version),
    )
    return Answer(200, page)


def create(call: Call, application: str) -> Answer:
    owned = access.application(call, application, Role.DEVELOPER, adding=True)

    def make(attempt: Attempt) -> object:
        products, plans = call.portal.published["products"], call.portal.published["plans"]
        wanted = call.fields({"product": Field(choice(*products)), "plan": Field(choice(*plans)), "note": NOTE})
        product, plan = wanted["product"], wanted["plan"]
        _refuse_unsold(call, product, plan)
        owner = call.registry.organizations.get(owned.application.organization)
        access.refuse_substitute(call, owner, product)
        if not call.portal.approved_by_itself(plan):
            return _ask(call, owned, product, plan, wanted["note"], attempt)
        requests, known = _asked(call, owned)
        version = owned.stored.version
        return call.registry.subscriptions.create(
            application,
            product,
            plan,
            expected=version,
            also=lambda made: [
                attempt.remember(201, views.subscription(application, made, requests.get(product), known, version + 1))
            ],
        )

    return call.once(make)


def change(call: Call, application: str, subscription: str) -> Answer:
    owned = access.application(call, application, Role.DEVELOPER, adding=True)
    found = _one(owned, subscription)
    expected = call.expected(needed=True)
    wanted = call.fields({"plan": Field(choice(*call.portal.published["plans"])), "note": NOTE})
    plan = wanted["plan"]
    _refuse_unsold(call, found.product, plan)
    if plan != found.plan and not call.portal.approved_by_itself(plan):
        asked = call.registry.upgrades.ask(application, found.product, plan, note=wanted["note"], expected=expected)
        return Answer(202, views.upgrade_request(asked, _mails(call, owned)))
    call.registry.subscriptions.set_plan(subscription, plan, expected=expected)
    changed = access.application(call, application, Role.VIEWER)
    requests, known = _asked(call, changed)
    shown = views.subscription(
        application, _one(changed, subscription), requests.get(found.product), known, changed.stored.version
    )
    return Answer(200, shown)


def delete(call: Call, application: str, subscription: str) -> Answer:
    owned = access.application(call, application, Role.DEVELOPER)
    _one(owned, subscription)
    call.registry.subscriptions.delete(subscription, expected=call.expected())
    return Answer(204)


def _ask(call: Call, owned: access.Owned, product: str, plan: str, why: str, attempt: Attempt) -> UpgradeRequest:
    known = _mails(call, owned)
    return call.registry.upgrades.ask(
        owned.application.id,
        product,
        plan,
        note=why,
        expected=owned.stored.version,
        also=lambda made: [attempt.remember(202, views.upgrade_request(made, known))],
    )


def _asked(call: Call, owned: access.Owned) -> tuple[dict[str, UpgradeRequest], views.Mails]:
    """The application's requests by product, and who may have made them."""
    requests = call.registry.upgrades.of_application(owned.application)
    return {each.product: each for each in requests}, _mails(call, owned) if requests else {}


def _mails(call: Call, owned: access.Owned) -> views.Mails:
    return views.mails(call.registry.members.list(owned.application.organization))


def _one(owned: access.Owned, id_: str) -> Subscription:
    """One of this application; that of another is not found."""
    found = next((each for each in owned.application.subscriptions.values() if each.id == id_), None)
    if found is None:
        raise Refused("not_found")
    return found


def _refuse_unsold(call: Call, product: str, plan: str) -> None:
    """Raises ``Refused``: the product, which may be one that is no longer published, does not have the plan."""
    plans = call.portal.published["products"].get(product, {}).get("plans", ())
    if plan not in plans:
        raise invalid({"plan": f"The product does not have this plan; choose one of {', '.join(plans) or 'none'}."})
