"""The gate: no deploy takes from anybody what they are subscribed to."""

from collections.abc import Iterator

import pytest

from lambdas.gate.message import refused as told
from tests.fakes.cloudformation import Deployed
from tests.functions.conftest import Gateway
from tests.functions.gate_function import ALL, DENIED, TINY_GONE, UNREACHABLE, Function, deployed, later
from tiergate.adapters.custom_resource import LONGEST_REASON
from tiergate.adapters.registry import NotOffered
from tiergate.domain.gate import Holder, Loss, Refusal


@pytest.fixture
def gate(gateway: Gateway) -> Iterator[Function]:
    yield from deployed(gateway)


@pytest.fixture
def running(gate: Function) -> Function:
    """One deploy has passed."""
    return gate.begun()


def test_a_plan_that_somebody_has_does_not_go_and_the_refusal_says_whose_it_is_and_what_to_do(running, gateway):
    partner = gateway.partner(plan="tiny")
    before = running.stored()
    refused, stuck = running.deploy(TINY_GONE)
    assert refused == (
        "No API was changed: this deploy would strand partners.\n"
        f'- plan "tiny" is dropped or renamed, and 1 subscription has it: {partner.subscription.id} (acme). Instead: '
        "move each first to a plan that is deployed and stays (tiergate subscription set-plan SUB PLAN --stage prod), "
        "or keep the plan.\n"
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
    assert running.store.calls == ["get_item", "put_item", "put_item", "scan", "query", "delete_item"]


def test_keys_of_other_makes_stay_accepted_as_long_as_somebody_calls_with_one(running, gateway):
    running.callers = {"platform": {"imported_keys": True}}
    assert running.deploy() == Deployed("")
    partner = gateway.partner()
    key = gateway.registry.keys.adopt(partner.application, "5e" * 32)
    running.callers = {}
    refused, stuck = running.deploy()
    assert (
        f"keys of other makes are no longer accepted, and 1 subscription has it: {partner.subscription.id}" in refused
    )
    assert stuck == ""
    gateway.registry.keys.revoke(key.id)
    gateway.registry.keys.delete(key.id)
    assert running.deploy() == Deployed("")


def test_an_issuer_stays_as_long_as_a_client_of_it_calls(running, gateway):
    running.callers = {"issuers": {"entra": {}, "okta": {}}}
    assert running.deploy() == Deployed("")
    partner = gateway.partner()
    later(gateway).clients.link(partner.application, "entra", "5b1c0e7a")
    running.callers = {"issuers": {"entra": {}}}
    assert running.deploy() == Deployed("")
    running.callers = {}
    assert 'issuer "entra" is dropped or renamed, and 1 subscription has it' in running.deploy().refused


def test_a_record_that_cannot_be_read_is_refused_by_name(running, gateway):
    gateway.client.put_item(TableName="registry", Item={"pk": {"S": "APP#app_x"}, "sk": {"S": "-"}, "name": {"S": "s"}})
    refused, stuck = running.deploy(TINY_GONE)
    assert "the registry's record APP#app_x cannot be read; mend it or delete it" in refused
    assert (stuck, running.closing()) == ("", set())


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


def test_what_a_terminal_obeys_is_not_repeated():
    loss = Loss("plan", "move", frozenset({"retail"}))
    text = told([Refusal(loss, (Holder("sub_1", "acme\x1b[2J\u202e", "retail", "p"),))], "prod")
    assert "sub_1 (acme?[2J?)" in text


def test_the_longest_message_is_whole_and_counts_what_it_leaves_out(gateway):
    loss = Loss('plan "p" is dropped or renamed', "move each to another plan first", frozenset({"retail"}))
    held = tuple(Holder(f"sub_{number:012}", "o" * 40, "retail", "p") for number in range(20))
    text = told([Refusal(loss, held)] * 30, "prod")
    assert len(text.encode()) <= LONGEST_REASON
    assert text.endswith("tiergate preview --stage prod")
    assert "\n- … and 28 more\n" in text
