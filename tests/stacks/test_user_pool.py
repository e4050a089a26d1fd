"""The user pool that gives OAuth clients their tokens, and what the authorizer is told of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stacks.settings import STAGES
from tests.stacks.conftest import EMULATOR

pytestmark = pytest.mark.synth


@pytest.fixture(scope="module")
def user_pool(template) -> dict[str, Any]:
    return template("callers", "UserPool")


@pytest.fixture(scope="module")
def authorizers(template, of_type):
    """``authorizers("callers")``: the properties of a run's authorizers by mode."""

    def find(run: str) -> dict[str, dict[str, Any]]:
        functions = of_type(template(run, "Gateway"), "AWS::Lambda::Function").values()
        found = [each["Properties"] for each in functions if "authorizer" in each["Properties"]["Handler"]]
        assert found
        return {each["Environment"]["Variables"]["MODE"]: each for each in found}

    return find


def test_nobody_signs_up_or_recovers_a_password_and_production_keeps_the_pool(user_pool, of_type):
    """An account that can be recovered wants mail or SMS, and a user whom an administrator vouches for."""
    (pool,) = of_type(user_pool, "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    recovery = {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    assert pool["Properties"]["AccountRecoverySetting"] == recovery
    assert pool["Properties"]["DeletionProtection"] == "ACTIVE"
    assert pool["DeletionPolicy"] == pool["UpdateReplacePolicy"] == "Retain"


def test_the_pool_is_of_the_cheapest_plan_that_has_client_credentials(user_pool, of_type):
    (pool,) = of_type(user_pool, "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["UserPoolTier"] == "LITE"


def test_a_stage_for_trying_things_out_lets_the_pool_go(template, of_type):
    (pool,) = of_type(template("callers-local", "UserPool"), "AWS::Cognito::UserPool").values()
    assert STAGES["dev"].retain is False
    assert pool["Properties"]["DeletionProtection"] == "INACTIVE"
    assert pool["DeletionPolicy"] == "Delete"


def test_clients_can_be_given_the_scopes_of_the_documents_and_no_others(user_pool, of_type):
    (server,) = of_type(user_pool, "AWS::Cognito::UserPoolResourceServer").values()
    assert server["Properties"]["Identifier"] == "tiergate"
    assert [each["ScopeName"] for each in server["Properties"]["Scopes"]] == ["read"]


def test_its_domain_is_the_stages_and_the_accounts(user_pool, of_type):
    (domain,) = of_type(user_pool, "AWS::Cognito::UserPoolDomain").values()
    assert domain["Properties"]["Domain"] == {"Fn::Join": ["", ["tiergate-prod-", {"Ref": "AWS::AccountId"}]]}


def test_the_outputs_say_what_clients_and_the_command_line_need(user_pool, of_type):
    (pool,) = of_type(user_pool, "AWS::Cognito::UserPool")
    (domain,) = of_type(user_pool, "AWS::Cognito::UserPoolDomain")
    outputs = {name: each["Value"] for name, each in user_pool["Outputs"].items()}
    assert outputs["UserPoolId"] == {"Ref": pool}
    assert outputs["Issuer"] == "partners"
    assert outputs["IssuerUrl"] == {"Fn::Join": ["", ["https://", {"Fn::GetAtt": [pool, "ProviderName"]}]]}
    token = ["https://", {"Ref": domain}, ".auth.", {"Ref": "AWS::Region"}, ".amazoncognito.com/oauth2/token"]
    assert outputs["TokenUrl"] == {"Fn::Join": ["", token]}
    assert "ResourceServer" in outputs


def test_on_the_local_emulator_tokens_and_keys_are_at_its_address(template, authorizers):
    outputs = template("callers-local", "UserPool")["Outputs"]
    assert outputs["TokenUrl"]["Value"] == f"{EMULATOR}/oauth2/token"
    authorizer = authorizers("callers-local")["managed"]
    parts = authorizer["Environment"]["Variables"]["ISSUERS"]["Fn::Join"][1]
    assert [each for each in parts if isinstance(each, str)] == [
        '{"partners":{"url":"https://',
        f'","jwks":"{EMULATOR}/',
        '/.well-known/jwks.json"}}',
    ]


def test_the_authorizer_is_told_the_pools_address_and_where_its_keys_are(authorizers):
    authorizer = authorizers("callers")["managed"]
    text = authorizer["Environment"]["Variables"]["ISSUERS"]["Fn::Join"][1]
    assert all("ProviderName" in each["Fn::ImportValue"] for each in text if isinstance(each, dict))
    joined = "".join(each if isinstance(each, str) else "POOL" for each in text)
    told = {"url": "https://POOL", "jwks": "https://POOL/.well-known/jwks.json"}
    assert json.loads(joined) == {"partners": told}


@pytest.mark.parametrize("run", ["callers", "mixed"])
def test_what_verifies_tokens_is_a_layer_of_the_managed_authorizer_alone(template, of_type, run: str):
    gateway = template(run, "Gateway")
    (layer,) = of_type(gateway, "AWS::Lambda::LayerVersion")
    functions = [each["Properties"] for each in of_type(gateway, "AWS::Lambda::Function").values()]
    layered = [each for each in functions if "Layers" in each]
    assert [each["Layers"] for each in layered] == [[{"Ref": layer}]]
    assert [each["Environment"]["Variables"]["MODE"] for each in layered] == ["managed"]


def test_the_layer_is_for_lambdas_python_and_processor(template, of_type, synthesized):
    (layer,) = of_type(template("callers", "Gateway"), "AWS::Lambda::LayerVersion").values()
    hash_, _ = layer["Properties"]["Content"]["S3Key"].split(".")
    folder = synthesized("callers") / f"asset.{hash_}/python"
    native = [path.name for path in folder.rglob("*.so")]
    assert any("_rust" in name for name in native)
    assert all("aarch64" in name or name.endswith(".abi3.so") for name in native)
    assert (folder / "jwt/__init__.py").is_file()


def test_on_the_local_emulator_it_runs_here(template, of_type, synthesized):
    (layer,) = of_type(template("callers-local", "Gateway"), "AWS::Lambda::LayerVersion").values()
    hash_, _ = layer["Properties"]["Content"]["S3Key"].split(".")
    folder = synthesized("callers-local") / f"asset.{hash_}/python"
    program = (
        "import jwt; from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key as new;"
        "print(jwt.encode({}, new(SECP256R1()), 'ES256').count('.'), jwt.__file__)"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    dots, file = done.stdout.split()
    assert dots == "2"
    assert Path(file).is_relative_to(folder)


def test_api_keys_alone_need_no_pool_no_layer_and_no_module_for_tokens(template, authorizers, synthesized):
    assert not (synthesized("plain") / "UserPool.template.json").exists()
    assert "LayerVersion" not in json.dumps(template("plain", "Gateway"))
    for authorizer in authorizers("plain").values():
        assert "Layers" not in authorizer
        assert authorizer["Environment"]["Variables"].keys() == {
            *("STAGE", "MODE", "KEY_ENV", "REGISTRY_TABLE", "USAGE_TABLE", "STORE_TIMEOUT")
        }
    package = synthesized("plain") / "packages/authorizer"
    assert (package / "tiergate/adapters/http_api.py").exists()
    assert not (package / "tiergate/adapters/tokens.py").exists()
    assert not (package / "tiergate/adapters/edge_keys.py").exists()


def test_issuers_and_an_edge_bring_the_modules_that_they_need(synthesized):
    package = synthesized("callers") / "packages/authorizer/tiergate/adapters"
    assert (package / "tokens.py").exists()
    assert (package / "edge_keys.py").exists()
    assert not (synthesized("callers-local") / "packages/authorizer/tiergate/adapters/edge_keys.py").exists()
