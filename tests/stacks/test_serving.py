"""What the stacks take from a bundle; no Node is needed to know."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from stacks.serving import Serving, folders, require_mutual_tls, require_network, require_reachable, served
from stacks.settings import STAGES, Domain, Network, SettingsError
from tests.stacks.callers import write_callers
from tests.stacks.conftest import ROOT
from tests.stacks.mixed import APIS, DEPRECATED, DRAFTS, GONE, PAYROLL, RETIRED, write_policies
from tiergate.domain.lifecycle import Lifecycle
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

NETWORK = Network(("subnet-0a1b2c3d",), ("sg-0a1b2c3d",))


NOW = int(time.time())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    policies = tmp_path_factory.mktemp("serving") / "policies"
    write_policies(policies, ROOT)
    return compiled(checked(policies))


@pytest.fixture(scope="module")
def apis(bundle: Mapping[str, Any]) -> list[Serving]:
    return served(bundle, NOW)


def named(apis: list[Serving], *names: str) -> list[Serving]:
    return [each for each in apis if each.name in {f"{name}/v1" for name in names}]


def test_drafts_are_not_served_and_what_has_ended_until_it_is_gone(apis: list[Serving]):
    assert [each.name for each in apis] == sorted(f"{name}/v1" for name in (*APIS, *DEPRECATED, *RETIRED, "bank"))
    assert DRAFTS.keys() == {"later", "later-bare"}
    assert GONE.keys() == {"long-gone"}


def test_a_retired_api_is_gone_by_the_time_of_the_deploy(bundle: Mapping[str, Any]):
    gone = bundle["apis"]["past/v1"]["lifecycle"]["gone"]
    assert "past/v1" in {each.name for each in served(bundle, gone - 1)}
    assert "past/v1" not in {each.name for each in served(bundle, gone)}


@pytest.mark.parametrize("name", RETIRED)
def test_a_retired_api_is_the_shared_proxys_and_needs_nothing_that_it_needed(apis: list[Serving], name: str):
    (ended,) = named(apis, name)
    assert ended.cors is (name == "past-bare")
    assert replace(ended, cors=False) == Serving(
        f"{name}/v1",
        "",
        0,
        direct=False,
        cors=False,
        isolated=False,
        concurrency=None,
        private=False,
        listener=None,
        auth=None,
        certificates=False,
    )


def test_what_is_said_of_its_end_is_known_of_a_deprecated_api_alone(apis: list[Serving], bundle: Mapping[str, Any]):
    assert [each.lifecycle for each in named(apis, "fading")] == [
        Lifecycle.of(bundle["apis"]["fading/v1"]["lifecycle"])
    ]
    assert {each.name for each in apis if each.lifecycle} == {"fading/v1"}


def test_only_functions_of_this_project_that_a_served_api_calls_are_deployed(apis: list[Serving]):
    assert folders(apis) == ["demo_bank"]
    assert folders(named(apis, "pages", "called", "past-own")) == []
    assert [each.function for each in named(apis, "called")] == [PAYROLL]


def test_private_apis_without_a_network_are_named_with_what_to_give(apis: list[Serving]):
    with pytest.raises(SettingsError) as refused:
        require_network(STAGES["dev"], apis)
    assert str(refused.value) == (
        "private in their api.yaml: inner/v1, plain/v1, vault/v1, vaulted/v1; give the VPC's subnets and security "
        "groups that reach their upstreams: -c subnets=subnet-…,subnet-… -c security_groups=sg-…"
    )


def test_a_network_is_needed_for_private_apis_on_aws_alone(apis: list[Serving]):
    require_network(replace(STAGES["dev"], network=NETWORK), apis)
    require_network(replace(STAGES["dev"], local=True), apis)
    require_network(STAGES["dev"], named(apis, "bank", "bare", "called"))


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> list[Serving]:
    policies = tmp_path_factory.mktemp("serving") / "callers"
    write_callers(policies)
    return served(compiled(checked(policies)), NOW)


@pytest.mark.parametrize("domain", [None, Domain("api.example.com", "arn")])
def test_apis_that_ask_for_certificates_without_mutual_tls_are_named_with_what_to_give(
    called: list[Serving], domain: Domain | None
):
    with pytest.raises(SettingsError) as refused:
        require_mutual_tls(replace(STAGES["dev"], domain=domain), called)
    assert str(refused.value) == (
        "subjects in their api.yaml: sworn/v1; client certificates come through a domain with mutual TLS alone: "
        "-c domain=… -c certificate=arn:… -c truststore=s3://… (docs/domain.md)"
    )


def test_mutual_tls_is_needed_where_an_api_asks_for_certificates_on_aws_alone(called: list[Serving]):
    require_mutual_tls(replace(STAGES["dev"], domain=Domain("api.example.com", "arn", "s3://b/k")), called)
    require_mutual_tls(replace(STAGES["dev"], local=True), called)
    require_mutual_tls(STAGES["dev"], named(called, "shown", "orders"))


HERE = {
    "pool": {"algorithms": ["RS256"]},
    "far": {"url": "https://login.acme.example", "jwks": "https://login.acme.example/keys"},
    "here": {"url": "http://127.0.0.1:8080"},
    "keys": {"url": "https://login.acme.example", "jwks": "https://[::1]/keys"},
}


@pytest.mark.parametrize("stage", ["staging", "prod"])
def test_whoever_signs_or_gives_tokens_is_not_this_machine_once_it_matters(called: list[Serving], stage: str):
    shown = replace(named(called, "shown")[0], auth={"kind": "oauth", "token_url": "http://localhost:9/token"})
    with pytest.raises(SettingsError) as refused:
        require_reachable(STAGES[stage], [*called, shown], HERE)
    assert str(refused.value) == (
        "addresses of this machine in apis/shown/v1/api.yaml, issuers/here.yaml, issuers/keys.yaml; no function "
        f"reaches them: in the stage {stage}, give those of issuers and token endpoints that it can"
    )


def test_issuers_on_this_machine_are_there_to_try_things_out(called: list[Serving]):
    require_reachable(STAGES["dev"], called, HERE)
    require_reachable(replace(STAGES["staging"], local=True), called, HERE)
    require_reachable(STAGES["prod"], called, {name: HERE[name] for name in ("pool", "far")})


def test_an_api_says_how_its_proxy_authenticates_upstream(called: list[Serving]):
    kinds = {each.name: each.auth["kind"] if each.auth else None for each in called}
    assert kinds["shown/v1"] == "identity"
    assert kinds["catalog/v1"] is None
    assert [each.name for each in called if each.identity] == ["shown/v1"]
