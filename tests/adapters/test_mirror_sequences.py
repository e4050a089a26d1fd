"""Any sequence of changes of the registry, of deploys, of runs, of crashes and of people's own changes: one full run
after it, and the account is as it should be."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.api_gateway import fault
from tests.fakes.mirrored import CATALOGUE, NAMED, NOW, PLANS, PRODUCTS, REST_APIS, Account
from tests.fakes.registry import create_registry_table
from tiergate.adapters.registry import Registry, RegistryError
from tiergate.adapters.registry.table import RegistryTable
from tiergate.domain.catalogue import Plan
from tiergate.domain.limits import Limits
from tiergate.domain.rest_apis import RestApis

STEPS = st.lists(st.tuples(st.integers(0, 21), st.integers(0, 7), st.integers(0, 40)), max_size=14)
DEPLOYS = [
    (CATALOGUE, REST_APIS),
    (CATALOGUE._replace(plans=PLANS | {"free": Plan(Limits.of({"quota": {"month": 9}}))}), REST_APIS),
    (CATALOGUE, RestApis(NAMED, {"retail": ("orders", "stock", "ledger")})),
    (CATALOGUE, RestApis(NAMED | {"orders": NAMED["orders"]._replace(hourly="day")}, REST_APIS.sold)),
    (CATALOGUE, RestApis(NAMED | {"stock": NAMED["stock"]._replace(hourly="")}, REST_APIS.sold)),
    (CATALOGUE, RestApis({}, {})),
]


class Story:
    """Takes steps; each is told by its kind, whom it concerns, and a number."""

    def __init__(self, client: Any, name: str) -> None:
        self._now = NOW
        create_registry_table(client, name)
        how: dict[str, Any] = {"actor": "ann", "clock": self._clock}
        self.registry = Registry(client, name, env="dev", products=PRODUCTS, **how)
        self.account = Account(table=RegistryTable(client, name, **how))
        self._names = count()
        self.kinds: list[Callable[[int, int], object]] = [
            self._onboard,
            self._onboard,
            self._subscribe,
            self._change_plan,
            lambda who, _: self.registry.subscriptions.suspend(self._subscription(who)),
            lambda who, _: self.registry.subscriptions.restore(self._subscription(who)),
            lambda who, _: self.registry.subscriptions.delete(self._subscription(who)),
            self._override,
            lambda who, _: self.registry.applications.suspend(self._application(who)),
            lambda who, _: self.registry.applications.delete(self._application(who)),
            lambda who, _: self.registry.organizations.suspend(self._organization(who)),
            lambda who, _: self.registry.organizations.restore(self._organization(who)),
            self._pass_time,
            self._deploy,
            self._other_root,
            lambda _, __: self.account.run(),
            lambda who, _: self.account.application(self._application(who)),
            self._cut_off,
            self._crash,
            self._drift_of_a_key,
            self._drift_of_a_plan,
            self._duplicate,
        ]

    def take(self, kind: int, who: int, number: int) -> None:
        with contextlib.suppress(RegistryError, IndexError, KeyboardInterrupt):
            self.kinds[kind](who, number)

    def _clock(self) -> datetime:
        return datetime.fromtimestamp(self._now / 1_000_000, UTC)

    def _application(self, who: int) -> str:
        found = [each.id for each in self.registry.applications.list()]
        return found[who % len(found)] if found else "app_gone"

    def _organization(self, who: int) -> str:
        found = [each.id for each in self.registry.organizations.list()]
        return found[who % len(found)] if found else "gone"

    def _subscription(self, who: int) -> str:
        found = [each.id for _, each in self.registry.subscriptions.list()]
        return found[who % len(found)] if found else "sub_gone"

    def _onboard(self, _: int, number: int) -> None:
        product = ("retail", "trade", "plain")[number % 3]
        plan = sorted(PRODUCTS[product].plans)[number % len(PRODUCTS[product].plans)]
        self.registry.onboard(name=f"Org {next(self._names)}", product=product, plan=plan)

    def _subscribe(self, who: int, number: int) -> None:
        product = ("retail", "trade", "plain")[number % 3]
        plan = sorted(PRODUCTS[product].plans)[number % len(PRODUCTS[product].plans)]
        self.registry.subscriptions.create(self._application(who), product, plan)

    def _change_plan(self, who: int, number: int) -> None:
        self.registry.subscriptions.set_plan(self._subscription(who), sorted(PLANS)[number % len(PLANS)])

    def _override(self, who: int, number: int) -> None:
        id_ = self._subscription(who)
        if number % 4 == 0:
            self.registry.subscriptions.clear_override(id_)
        else:
            limits = ({"day": 3}, {"hour": 2}, {"rate": 7, "burst": 70})[number % 3]
            until = None if number % 2 else self._now + 1 + number * 1_000_000
            self.registry.subscriptions.override(id_, limits, until=until)

    def _pass_time(self, _: int, number: int) -> None:
        self._now += number * 1_000_000
        self.account.now = self._now

    def _deploy(self, _: int, number: int) -> None:
        self.account.catalogue, self.account.rest_apis = DEPLOYS[number % len(DEPLOYS)]

    def _other_root(self, _: int, number: int) -> None:
        self.account.root = bytes([number]) * 32

    def _cut_off(self, _: int, number: int) -> None:
        looks = iter([900_000] * number)
        self.account.run(lambda: next(looks, 0))

    def _crash(self, who: int, number: int) -> None:
        calls = count()

        def around(name: str, request: Any, call: Callable[[], Any]) -> Any:
            stop = next(calls) == number
            if not stop or who % 2:
                result = call()
            if stop:
                raise KeyboardInterrupt if who % 3 else fault("Any", "InternalFailure", "oops", 500)
            return result

        self.account.api.around = around
        try:
            self.account.run()
        finally:
            self.account.api.around = lambda _, __, call: call()

    def _drift_of_a_key(self, who: int, number: int) -> None:
        api = self.account.api
        key = api.keys[sorted(self._ours(api.keys, "tiergate:subscription"))[who]]
        if number % 4 == 0:
            key["name"] = "renamed"
        elif number % 4 == 1:
            key["enabled"] = not key["enabled"]
        elif number % 4 == 2:
            for members in api.members.values():
                members.pop(key["id"], None)
        else:
            api.delete_api_key(apiKey=key["id"])

    def _drift_of_a_plan(self, who: int, number: int) -> None:
        api = self.account.api
        plan = api.plans[sorted(self._ours(api.plans, "tiergate:plan"))[who]]
        if number % 4 == 0:
            plan |= {"name": "renamed", "quota": {"limit": 1, "period": "WEEK", "offset": 2}}
        elif number % 4 == 1:
            plan.pop("throttle", None)
        else:
            plan["apiStages"] = []
            if number % 4 == 2:
                api.delete_usage_plan(usagePlanId=plan["id"])

    def _duplicate(self, who: int, _: int) -> None:
        api = self.account.api
        plan = api.plans[sorted(self._ours(api.plans, "tiergate:plan"))[who]]
        api.create_usage_plan(name="again", tags=plan["tags"], apiStages=plan["apiStages"])

    def _ours(self, held: dict[str, Any], tag: str) -> list[str]:
        return [id_ for id_, each in held.items() if self.account.owned(each, tag)]


_tables = count()


@pytest.fixture(scope="module")
def story(dynamodb: Any) -> Callable[[], Story]:
    return lambda: Story(dynamodb, f"registry-{next(_tables)}")


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happened_one_run_puts_all_in_step_and_touches_nothing_of_others(
    story: Callable[[], Story], steps: list[tuple[int, int, int]]
) -> None:
    told = story()
    for step in steps:
        told.take(*step)
        told.account.assert_others_untouched()
    outcome = told.account.run()
    assert not outcome.failed
    assert outcome.complete
    told.account.assert_in_step(told.registry.applications.list())
    again = told.account.run()
    assert again.changed == 0
