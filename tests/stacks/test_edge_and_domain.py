"""An edge in front, and the gateway's own name with client certificates or without."""

import json

import pytest

from tests.stacks.callers import DOMAIN, EDGE_SECRET

pytestmark = pytest.mark.synth

READ = "secretsmanager:GetSecretValue"
AUTHORIZERS = {"Authorizer", "DirectAuthorizer"}


@pytest.fixture(scope="module")
def reading(template, of_type):
    """``reading("callers")``: what secrets each role may read, by the beginning of its policy's id."""

    def find(run: str) -> dict[str, list[str]]:
        policies = of_type(template(run, "Gateway"), "AWS::IAM::Policy").items()
        return {
            name.partition("RoleDefaultPolicy")[0]: [
                each["Resource"]
                for each in policy["Properties"]["PolicyDocument"]["Statement"]
                if each["Action"] == READ
            ]
            for name, policy in policies
        }

    return find


def test_both_authorizers_are_told_the_edges_secret_and_may_read_it_and_no_other(reading, template, of_type):
    """Were one of them not told, its APIs could be called round the edge."""
    may_read = reading("callers")
    assert {name: may_read[name] for name in AUTHORIZERS} == {name: [EDGE_SECRET] for name in AUTHORIZERS}
    functions = {
        name.partition("Function")[0]: each["Properties"]["Environment"]["Variables"]
        for name, each in of_type(template("callers", "Gateway"), "AWS::Lambda::Function").items()
    }
    assert {functions[name]["MODE"] for name in AUTHORIZERS} == {"managed", "direct"}
    assert {name: each["EDGE_SECRET"] for name, each in functions.items() if "EDGE_SECRET" in each} == dict.fromkeys(
        AUTHORIZERS, EDGE_SECRET
    )
    assert {name for name, each in functions.items() if EDGE_SECRET in json.dumps(each)} == AUTHORIZERS


def test_without_an_edge_nobody_reads_a_secret(reading):
    assert not any(reading("plain").values())


@pytest.mark.parametrize("run", ["callers", "plain"])
def test_calls_to_the_domain_go_to_the_default_stage_when_there_is_one(template, of_type, run: str):
    gateway = template(run, "Gateway")
    ((domain, named),) = of_type(gateway, "AWS::ApiGatewayV2::DomainName").items()
    assert named["Properties"]["DomainName"] == DOMAIN["domain"]
    (configuration,) = named["Properties"]["DomainNameConfigurations"]
    assert configuration["CertificateArn"] == DOMAIN["certificate"]
    assert (configuration["EndpointType"], configuration["SecurityPolicy"]) == ("REGIONAL", "TLS_1_2")
    (mapping,) = of_type(gateway, "AWS::ApiGatewayV2::ApiMapping").values()
    (gateways_api,) = of_type(gateway, "AWS::ApiGatewayV2::Api")
    (stage,) = of_type(gateway, "AWS::ApiGatewayV2::Stage")
    assert mapping["Properties"] == {"ApiId": {"Ref": gateways_api}, "DomainName": {"Ref": domain}, "Stage": "$default"}
    assert stage in mapping["DependsOn"]


def test_client_certificates_are_asked_for_and_there_is_no_way_round_them(template, of_type):
    gateway = template("callers", "Gateway")
    (domain,) = of_type(gateway, "AWS::ApiGatewayV2::DomainName").values()
    trusted = {"TruststoreUri": "s3://trust/clients.pem", "TruststoreVersion": "3f2"}
    assert domain["Properties"]["MutualTlsAuthentication"] == trusted
    (gateways_api,) = of_type(gateway, "AWS::ApiGatewayV2::Api").values()
    assert gateways_api["Properties"]["DisableExecuteApiEndpoint"] is True


def test_without_them_both_addresses_serve(template, of_type):
    gateway = template("plain", "Gateway")
    (domain,) = of_type(gateway, "AWS::ApiGatewayV2::DomainName").values()
    assert "MutualTlsAuthentication" not in domain["Properties"]
    (gateways_api,) = of_type(gateway, "AWS::ApiGatewayV2::Api").values()
    assert "DisableExecuteApiEndpoint" not in gateways_api["Properties"]


@pytest.mark.parametrize("run", ["callers", "plain"])
def test_the_outputs_name_the_domain_and_what_its_record_points_to(template, run: str):
    outputs = {name: each["Value"] for name, each in template(run, "Gateway")["Outputs"].items()}
    assert outputs["Endpoint"] == f"https://{DOMAIN['domain']}"
    assert outputs["OnboardUrl"] == f"https://{DOMAIN['domain']}/_tiergate/onboard"
    assert outputs["DomainTarget"]["Fn::GetAtt"][1] == "RegionalDomainName"
    assert outputs["DomainZone"]["Fn::GetAtt"][1] == "RegionalHostedZoneId"


def test_the_local_emulator_has_no_domain(template):
    assert "DomainName" not in json.dumps(template("callers-local", "Gateway"))
