"""An account with REST APIs, a registry, and what should become of them: the state that a mirror is held to."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tests.fakes.api_gateway import FakeApiGateway
from tests.fakes.registry_table import FakeTable
from tiergate.adapters.mirror import Mirror
from tiergate.domain.catalogue import Catalogue, Plan, Product
from tiergate.domain.limits import Limits
from tiergate.domain.native_keys import native_value
from tiergate.domain.native_limits import native_limits
from tiergate.domain.registry import Application, Subscription, effective
from tiergate.domain.rest_apis import RestApi, RestApis

ROOT = b"r" * 32
NOW = 1_800_000_000_000_000
ORDERS, STOCK, LEDGER = "orders0001:prod", "stock00002:prod", "ledger0003:prod"

NAMED = {
    "orders": RestApi("orders", "orders0001", "prod"),
    "stock": RestApi("stock", "stock00002", "prod", "day"),
    "ledger": RestApi("ledger", "ledger0003", "prod"),
}
PLANS = {
    "free": Plan(Limits.of({"rate": {"per_second": 5, "burst": 10}, "quota": {"day": 1000}})),
    "large": Plan(Limits.of({"rate": {"per_second": 50, "burst": 100}, "quota": {"hour": 200, "month": 200_000}})),
    "open": Plan(Limits.of({"mode": "off"})),
}
PRODUCTS = {
    "retail": Product("retail", frozenset({"bank/v1"}), frozenset({"free", "large"})),
    "trade": Product("trade", frozenset(), frozenset({"free", "open"})),
    "plain": Product("plain", frozenset({"cards/v1"}), frozenset({"free"})),
}
SOLD = {"retail": ("orders", "stock"), "trade": ("ledger",)}
CATALOGUE = Catalogue("Bank", "help", {}, PRODUCTS, PLANS)
REST_APIS = RestApis(NAMED, SOLD)


def ample() -> int:
    """Time left, in milliseconds."""
    return 900_000


class Shown(NamedTuple):
    """A subscription's key as its callers notice it. ``limits`` by stage."""

    value: str
    enabled: bool
    name: str
    limits: dict[str, tuple[float, int, int, str]]


class Account:
    """``catalogue``, ``rest_apis``, ``root`` and ``now`` may be given others, by which the next mirror goes."""

    def __init__(self, *applications: Application, table: Any = None) -> None:
        self.api = FakeApiGateway(ORDERS, STOCK, LEDGER)
        self.table = table if table is not None else FakeTable(*applications)
        self.catalogue, self.rest_apis, self.root, self.now = CATALOGUE, REST_APIS, ROOT, NOW
        self.others = self._make_others()

    def mirror(self) -> Mirror:
        return Mirror(
            self.api,
            self.table,
            catalogue=self.catalogue,
            rest_apis=self.rest_apis,
            stage="dev",
            root=lambda: self.root,
            clock=lambda: self.now,
        )

    def application(self, id_: str, time_left: Callable[[], int] = ample) -> Any:
        return self.mirror().application(id_, time_left=time_left)

    def run(self, time_left: Callable[[], int] = ample, **how: bool) -> Any:
        return self.mirror().run(time_left=time_left, **how)

    def shown(self) -> dict[str, Shown]:
        """What is there, by subscription. Fails where there are two keys of one, or a key has two plans of a stage."""
        found: dict[str, Shown] = {}
        for key in self.api.keys.values():
            if self.owned(key, "tiergate:subscription"):
                subscription = key["tags"]["tiergate:subscription"]
                assert subscription not in found, f"two keys of {subscription}"
                found[subscription] = Shown(key["value"], key["enabled"], key["name"], self._limits(key["id"]))
        return found

    def expected(self, applications: Iterable[Application]) -> dict[str, Shown]:
        """What should be there, straight from the definitions."""
        return {
            each.id: self._expected(application, each)
            for application in applications
            for each in application.subscriptions.values()
            if self.rest_apis.sold.get(each.product) and each.plan in self.catalogue.plans
        }

    def plans(self) -> dict[str, str]:
        """Ids of our usage plans by tag. Fails where one is there twice."""
        found = [plan for plan in self.api.plans.values() if self.owned(plan, "tiergate:plan")]
        tags = {plan["tags"]["tiergate:plan"]: plan["id"] for plan in found}
        assert len(tags) == len(found), "a usage plan is there twice"
        return tags

    def assert_in_step(self, applications: Iterable[Application]) -> None:
        expected = self.expected(applications)
        assert self.shown() == expected
        offered = {f"{product}/{plan}" for product in self.rest_apis.sold for plan in self._plans_of(product)}
        used = {plan for plan, members in self.api.members.items() if members}
        for tag, id_ in self.plans().items():
            assert "/".join(tag.split("/")[:2]) in offered or id_ in used, f"nobody needs {tag}"
        self.assert_others_untouched()

    def assert_others_untouched(self) -> None:
        assert self._others() == self.others

    def only(self, **tags: str) -> dict[str, Any]:
        """The one key or usage plan with a tag: ``subscription=…`` or ``plan=…``."""
        ((kind, value),) = tags.items()
        held = self.api.plans if kind == "plan" else self.api.keys
        owned = [each for each in held.values() if self.owned(each, f"tiergate:{kind}")]
        (found,) = [each for each in owned if each["tags"][f"tiergate:{kind}"] == value]
        return found

    def _expected(self, application: Application, subscription: Subscription) -> Shown:
        states = (application.state, application.organization_state, subscription.state)
        limits = effective(self.catalogue.plans[subscription.plan].limits, subscription.override, self.now)
        rest_apis = [self.rest_apis.named[name] for name in self.rest_apis.sold[subscription.product]]
        return Shown(
            native_value(self.root, subscription.id),
            set(states) == {"active"},
            f"tiergate/dev/{application.id}/{subscription.id}",
            {f"{each.id}:{each.stage}": native_limits(limits, hourly=each.hourly == "day")[0] for each in rest_apis},
        )

    def _limits(self, key: str) -> dict[str, tuple[float, int, int, str]]:
        found: dict[str, tuple[float, int, int, str]] = {}
        for id_, members in self.api.members.items():
            if key in members:
                plan = self.api.plans[id_]
                throttle, quota = plan.get("throttle", {}), plan.get("quota", {})
                for stage in plan["apiStages"]:
                    place = f"{stage['apiId']}:{stage['stage']}"
                    assert place not in found, f"a key has two usage plans of {place}"
                    found[place] = (
                        throttle.get("rateLimit", 0),
                        throttle.get("burstLimit", 0),
                        quota.get("limit", 0),
                        quota.get("period", ""),
                    )
        return found

    def _plans_of(self, product: str) -> Iterable[str]:
        return self.catalogue.products[product].plans if product in self.catalogue.products else ()

    def owned(self, item: dict[str, Any], tag: str) -> bool:
        tags = item.get("tags") or {}
        return tags.get("tiergate:stage") == "dev" and tag in tags

    def _make_others(self) -> Any:
        """People's own; another stage's; tagged by half; named as ours are."""
        half = {"tiergate:stage": "dev"}
        other = {"tiergate:stage": "prod", "tiergate:plan": "retail/free"}
        stage = [{"apiId": "ledger0003", "stage": "prod"}]
        plans = [
            self.api.create_usage_plan(name="tiergate/dev/retail/free", apiStages=stage),
            self.api.create_usage_plan(name="theirs", tags=half, quota={"limit": 1, "period": "DAY"}),
            self.api.create_usage_plan(name="tiergate/prod/retail/free", tags=other),
        ]
        foreign = {"tiergate:stage": "prod", "tiergate:subscription": "sub_other"}
        keys = [
            self.api.create_api_key(name="tiergate/dev/app_1/sub_1", value="v" * 20, enabled=True),
            self.api.create_api_key(name="theirs", enabled=True, tags=half),
            self.api.create_api_key(name="tiergate/prod/app_1/sub_other", enabled=True, tags=foreign),
        ]
        for plan, key in zip(plans, keys, strict=True):
            self.api.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
        self._other_ids = {each["id"] for each in (*plans, *keys)}
        self.api.calls.clear()
        return self._others()

    def _others(self) -> Any:
        """All that is not ours, as it is now."""
        plans = {id_: repr(plan) for id_, plan in self.api.plans.items() if id_ in self._other_ids}
        keys = {id_: repr(key) for id_, key in self.api.keys.items() if id_ in self._other_ids}
        members = {id_: list(ids) for id_, ids in self.api.members.items() if id_ in self._other_ids}
        return plans, keys, members


def application(number: int, **plans: str) -> Application:
    """With subscriptions ``sub_<number>_<product>`` to products on plans."""
    subscriptions = {product: Subscription(f"sub_{number}_{product}", product, plan) for product, plan in plans.items()}
    return Application(f"app_{number}", f"org-{number}", subscriptions, "App")


def altered(held: Application, product: str, **changes: Any) -> Application:
    """With another state, plan or override of its subscription to a product."""
    subscription = held.subscriptions[product]._replace(**changes)
    return held._replace(subscriptions={**held.subscriptions, product: subscription})
