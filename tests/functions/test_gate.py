"""The gate: no deploy takes from anybody what they are subscribed to, whatever fails, and a rollback always passes."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lambdas.gate.message import refused as told
from tests.fakes.cloudformation import CloudFormation, Deployed
from tests.fakes.registry import create_registry_table
from tests.functions.conftest import Gateway, fresh
from tiergate.adapters.custom_resource import LONGEST_REASON
from tiergate.adapters.registry import NotOffered
from tiergate.domain.gate import Holder, Loss, Refusal, stated

LIFECYCLE = {"deprecated": 1_788_220_800, "sunset": 4_070_908_800, "gone": 4_078_684_800, "successor": "shop/v2"}
ALL, TINY_GONE = ["roomy", "slow", "tiny"], ["roomy", "slow"]
GATED = {"get_item", "put_item", "delete_item", "query", "scan"}


class Crash(BaseException):
    """The function's process ends where it is."""


class Store:
    """The registry's client: counts the gate's calls, runs ``before`` each with its number, fails while ``down``."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[str] = []
        self.before: Callable[[int], object] = lambda _: None
        self.down: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        if name not in GATED:
            return getattr(self._client, name)
        return lambda **request: self._asked(name, request)

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=lambda **request: self._pages(name, request))

    def _pages(self, name: str, request: dict[str, Any]) -> Iterator[Any]:
        while True:
            page = self._asked(name, request)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            request = request | {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _asked(self, name: str, request: dict[str, Any]) -> Any:
        assert name not in {"scan", "get_item"} or request["ConsistentRead"], "what was written just now is missing"
        self.calls.append(name)
        self.before(len(self.calls))
        if self.down:
            raise self.down
        return getattr(self._client, name)(**request)


class Function:
    """The function as it is deployed, asked by CloudFormation; ``waits`` are what it would have slept."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.cloudformation = CloudFormation()
        self.store = Store(gateway.client)
        self.waits: list[float] = []
        self.left = 240_000
        self.products = {"retail": {"apis": ["shop/v1"], "plans": ALL}, "other": {"apis": [], "plans": ["roomy"]}}
        self.apis: dict[str, Any] = {"shop/v1": {"state": "published"}}
        self.module = self.cold()

    def cold(self) -> ModuleType:
        """Another instance from here on."""
        with self.gateway.monkeypatch.context() as starting:
            starting.setattr(boto3, "client", lambda *_, **__: self.store)
            starting.setenv("TARGET", "prod")
            self.module = fresh("lambdas.gate.handler")
        self.module.GATE._wait = self.waits.append
        self.module.GATE._clock = lambda: self.gateway.now
        return self.module

    def __call__(self, event: Any) -> None:
        self.module.handler(event, SimpleNamespace(get_remaining_time_in_millis=lambda: self.left))

    def definitions(self, plans: list[str] | None = None, **apis: Any) -> str:
        """With so many plans of the product, and the API in another state."""
        products = self.products | {"retail": self.products["retail"] | {"plans": plans or ALL}}
        return stated({"products": products, "plans": dict.fromkeys(plans or ALL), "apis": self.apis | apis})

    def deploy(self, plans: list[str] | None = None, **apis: Any) -> Deployed:
        return self.cloudformation.deploy(self, Definitions=self.definitions(plans, **apis))

    def closing(self) -> set[tuple[str, str]]:
        return {*self.gateway.registry.offers.closing()}

    def stored(self) -> list[Any]:
        """All but the gate's own record."""
        items = self.gateway.client.scan(TableName="registry")["Items"]
        return sorted((item for item in items if item["pk"]["S"] != "GATE"), key=str)


@pytest.fixture
def gate(gateway: Gateway) -> Iterator[Function]:
    gateway.client.delete_table(TableName="registry")
    create_registry_table(gateway.client)
    function = Function(gateway)
    yield function
    function.cloudformation.close()


@pytest.fixture
def running(gate: Function) -> Function:
    """One deploy has passed."""
    assert gate.deploy() == Deployed("")
    gate.store.calls.clear()
    return gate


DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "…"}}, "Scan")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://dynamodb")


def test_a_plan_that_somebody_has_does_not_go_and_the_refusal_says_whose_it_is_and_what_to_do(running, gateway):
    partner = gateway.partner(plan="tiny")
    before = running.stored()
    refused, stuck = running.deploy(TINY_GONE)
    assert refused == (
        "No API was changed: this deploy would strand partners.\n"
        f'- plan "tiny" is dropped or renamed, and 1 subscription has it: {partner.subscription.id} (acme). Instead: '
        "move each to another plan first (tiergate subscription set-plan SUB PLAN --stage prod), or keep the plan.\n"
        "All that a deploy would change: tiergate preview --stage prod"
    )
    assert stuck == ""
    assert running.stored() == before


@pytest.mark.parametrize("state", ["suspended subscription", "suspended application", "suspended organization"])
def test_who_is_suspended_keeps_the_plan_too(running, gateway, state):
    partner = gateway.partner(plan="tiny")
    registry = gateway.registry
    {
        "suspended subscription": lambda: registry.subscriptions.suspend(partner.subscription.id),
        "suspended application": lambda: registry.applications.suspend(partner.application),
        "suspended organization": lambda: registry.organizations.suspend("acme"),
    }[state]()
    assert "1 subscription has it" in running.deploy(TINY_GONE).refused


def test_once_nobody_has_it_the_plan_goes(running, gateway):
    partner = gateway.partner(plan="tiny")
    assert running.deploy(TINY_GONE).refused
    gateway.registry.subscriptions.set_plan(partner.subscription.id, "roomy")
    assert running.deploy(TINY_GONE) == Deployed("")


def test_an_offer_that_went_is_closing_until_it_is_back_and_nobody_takes_it_meanwhile(running, gateway):
    partner = gateway.partner()
    assert running.deploy(TINY_GONE) == Deployed("")
    assert running.closing() == {("retail", "tiny")}
    refusal = 'plan "tiny" of product "retail" is being withdrawn by a deploy; choose another: roomy, slow'
    second = gateway.registry.applications.create("acme", "Second").id
    for take in (
        lambda: gateway.partner(plan="tiny", name="Globex"),
        lambda: gateway.registry.subscriptions.set_plan(partner.subscription.id, "tiny"),
        lambda: gateway.registry.subscriptions.create(second, "retail", "tiny"),
    ):
        before = running.stored()
        with pytest.raises(NotOffered) as refused:
            take()
        assert (str(refused.value), running.stored()) == (refusal, before)
    assert running.deploy() == Deployed("")
    assert running.closing() == set()
    assert gateway.partner(plan="tiny", name="Globex").subscription.plan == "tiny"


def test_where_nothing_goes_no_subscription_is_read(running):
    assert running.deploy(ALL, **{"new/v1": {"state": "draft"}}) == Deployed("")
    assert "scan" not in running.store.calls


@pytest.mark.parametrize("down", [DENIED, UNREACHABLE])
def test_where_nothing_goes_the_store_may_be_down(running, down):
    running.store.down = down
    assert running.deploy(ALL, **{"new/v1": {"state": "draft"}}) == Deployed("")
    assert running.waits == []


def test_the_first_deploy_with_a_gate_refuses_what_the_policies_lack_of_what_partners_have(gate, gateway):
    gateway.partner(plan="tiny")
    refused = gate.deploy(TINY_GONE).refused
    assert 'product "retail" does not offer plan "tiny", and 1 subscription has it' in refused
    assert gate.deploy() == Deployed("")


def test_an_api_that_partners_call_does_not_go_before_they_were_told(running, gateway):
    gateway.partner()
    refused, stuck = running.deploy(ALL, **{"shop/v1": {"state": "draft"}})
    assert "API shop/v1: from published back to draft" in refused
    assert stuck == ""


@pytest.mark.parametrize("cold", [False, True])
def test_a_rollback_passes_also_where_the_way_back_is_one_that_no_deploy_may_go(running, gateway, cold):
    """With the plan the deprecation was refused; undoing the deprecation is not for the gate to refuse."""
    gateway.partner(plan="tiny")
    ending = {"shop/v1": {"state": "deprecated", "lifecycle": LIFECYCLE}}
    before = running.cloudformation.standing
    new = {"Definitions": running.definitions(TINY_GONE, **ending)}
    assert "tiny" in running.cloudformation.ask(running, new, before)
    if cold:
        running.cold()
    assert [running.cloudformation.ask(running, before, new) for _ in range(2)] == ["", ""]
    assert running.deploy(ALL, **ending) == Deployed("")
    assert "back to published" in running.deploy().refused


def test_what_was_refused_and_not_rolled_back_is_nothing_to_judge_by(running, gateway):
    gateway.partner(plan="tiny")
    before = running.cloudformation.standing
    refused = {"Definitions": running.definitions(TINY_GONE)}
    assert running.cloudformation.ask(running, refused, before)
    more = {"Definitions": running.definitions([*TINY_GONE, "more"])}
    assert 'does not offer plan "tiny"' in running.cloudformation.ask(running, more, refused)


def _calls(gate: Function, plans: list[str]) -> int:
    """How often a deploy asks the store."""
    gate.store.calls.clear()
    gate.deploy(plans)
    return len(gate.store.calls)


@pytest.mark.parametrize("call", range(1, 7))
def test_whoever_subscribes_in_the_midst_of_a_deploy_is_refused_or_seen(running, gateway, call):
    taken = []

    def subscribe(number: int) -> None:
        if number == call and not taken:
            taken.append(None)
            try:
                taken[0] = gateway.partner(plan="tiny").subscription
            except NotOffered as refusal:
                taken[0] = refusal

    running.store.before = subscribe
    refused = running.deploy(TINY_GONE).refused
    assert bool(refused) is not isinstance(taken[0], NotOffered)
    assert running.closing() == (set() if refused else {("retail", "tiny")})


def test_that_was_every_moment_of_a_deploy_that_passes(running):
    assert _calls(running, TINY_GONE) == 6
    assert running.store.calls == ["get_item", "put_item", "put_item", "scan", "delete_item", "query"]


def _crash(gate: Function, call: int) -> tuple[Any, Any]:
    """A deploy that withdraws a plan and ends before that call of the store; what stood, and what was to come."""

    def crash(number: int) -> None:
        if number == call:
            raise Crash

    before, new = gate.cloudformation.standing, {"Definitions": gate.definitions(TINY_GONE)}
    gate.store.before = crash
    with suppress(Crash):
        gate.cloudformation.ask(gate, new, before)
    gate.store.before = lambda _: None
    gate.cold()
    return before, new


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("call", range(1, 7))
def test_after_a_crash_at_any_call_the_next_attempt_ends_as_the_first_would_have(running, gateway, call, held):
    if held:
        gateway.partner(plan="tiny")
    before, new = _crash(running, call)
    assert bool(running.cloudformation.ask(running, new, before)) is held
    assert running.closing() == (set() if held else {("retail", "tiny")})


@pytest.mark.parametrize("call", range(1, 7))
def test_after_a_crash_at_any_call_the_rollback_passes_and_leaves_nothing_closing(running, call):
    before, new = _crash(running, call)
    assert running.cloudformation.ask(running, before, new) == ""
    assert running.closing() == set()


@pytest.mark.parametrize(("down", "named"), [(DENIED, "AccessDeniedException"), (UNREACHABLE, "EndpointConnection")])
def test_a_store_that_stays_down_is_a_refusal_that_says_so_and_the_rollback_passes(running, down, named):
    running.store.down = down
    ending = {"shop/v1": {"state": "deprecated", "lifecycle": LIFECYCLE}}
    refused, stuck = running.deploy(TINY_GONE, **ending)
    assert refused.startswith("No API was changed: whom this deploy would strand could not be judged: the registry")
    assert named in refused
    assert stuck == ""
    assert 30 <= sum(running.waits[: len(running.waits) // 2]) <= 90


def test_a_store_that_comes_back_in_time_is_no_reason(running):
    running.store.down = DENIED

    def wait(seconds: float) -> None:
        running.waits.append(seconds)
        running.store.down = DENIED if len(running.waits) < 3 else None

    running.module.GATE._wait = wait
    assert running.deploy(TINY_GONE) == Deployed("")
    assert running.waits == [1, 2, 4]


def test_where_time_is_short_nobody_waits_for_the_store(running):
    running.store.down, running.left = DENIED, 60_000
    assert "AccessDeniedException" in running.deploy(TINY_GONE).refused
    assert running.waits == []


def test_where_the_time_is_over_before_all_is_read_the_deploy_is_refused(running, gateway):
    gateway.partner()
    running.left = 59_999
    ending = {"shop/v1": {"state": "deprecated", "lifecycle": LIFECYCLE}}  # so that the way back takes something too
    refused, stuck = running.deploy(TINY_GONE, **ending)
    assert "too large to be read in the gate's time" in refused
    assert (stuck, running.closing()) == ("", set())


def test_a_record_that_cannot_be_read_is_refused_by_name(running, gateway):
    gateway.client.put_item(TableName="registry", Item={"pk": {"S": "APP#app_x"}, "sk": {"S": "-"}, "name": {"S": "s"}})
    refused, stuck = running.deploy(TINY_GONE)
    assert "the registry's record APP#app_x cannot be read; mend it or delete it" in refused
    assert (stuck, running.closing()) == ("", set())


def test_a_fault_of_the_gates_own_is_an_answer_too(running, monkeypatch, capsys):
    monkeypatch.setattr(running.module.GATE, "_book", None)
    assert "AttributeError; the log of the gate's function has more" in running.deploy(TINY_GONE).refused
    assert "Traceback" in capsys.readouterr().out


def test_what_deletes_the_gate_passes_without_the_store(running):
    running.store.down = UNREACHABLE
    assert running.cloudformation.ask(running, running.cloudformation.standing, kind="Delete") == ""


def test_an_answer_that_nobody_takes_is_no_success(running):
    request = running.cloudformation.request({"Definitions": running.definitions()})
    with pytest.raises(OSError, match="refused"):
        running(request | {"ResponseURL": "http://127.0.0.1:9/answer"})


def test_only_cloudformation_asks(running):
    with pytest.raises(ValueError, match="only CloudFormation asks"):
        running({"RequestType": "Delete"})


def test_all_pages_of_a_thousand_applications_are_read_and_ten_are_named(running, gateway):
    padding = {"S": "x" * 3000}
    entry = {"M": {name: {"S": text} for name, text in (("id", "sub_n"), ("plan", "tiny"), ("state", "active"))}}
    for start in range(0, 1000, 25):
        puts = [
            {
                "PutRequest": {
                    "Item": {
                        "pk": {"S": f"APP#app_{number:05}"},
                        "sk": {"S": "-"},
                        "organization": {"S": f"org-{number:05}"},
                        "name": padding,
                        "subscriptions": {"M": {"retail": {"M": entry["M"] | {"id": {"S": f"sub_{number:05}"}}}}},
                    }
                }
            }
            for number in range(start, start + 25)
        ]
        gateway.client.batch_write_item(RequestItems={"registry": puts})
    refused = running.deploy(TINY_GONE).refused
    assert running.store.calls.count("scan") > 2
    assert "1000 subscriptions have it: sub_00000 (org-00000), " in refused
    assert "sub_00009 (org-00009) and 990 more. Instead: " in refused
    assert "sub_00010" not in refused


def test_the_longest_message_is_whole_and_counts_what_it_leaves_out(gateway):
    loss = Loss('plan "p" is dropped or renamed', "move each to another plan first", frozenset({"retail"}))
    held = tuple(Holder(f"sub_{number:012}", "o" * 40, "retail", "p") for number in range(20))
    text = told([Refusal(loss, held)] * 30, "prod")
    assert len(text.encode()) <= LONGEST_REASON
    assert text.endswith("tiergate preview --stage prod")
    assert "\n- … and 28 more\n" in text
