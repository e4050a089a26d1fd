"""The portal's stack: who may sign in, what is served where and with which header fields, who may do what."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from stacks.constructs.portal_headers import OWN_SETTINGS
from tests.stacks.callers import PORTAL_DOMAIN
from tests.stacks.conftest import EMULATOR
from tiergate.domain.calls import VIA_PORTAL
from tiergate.portal.headers import ANSWERS, FIELDS, UNSAFE, content_security_policy

pytestmark = pytest.mark.synth

READING = {"s3:GetObject", "s3:ListBucket"}
WRITING = {f"dynamodb:{name}Item" for name in ("Put", "Update", "Delete")}
NAME = PORTAL_DOMAIN["portal_domain"]


@pytest.fixture(scope="module")
def portal(template) -> dict[str, Any]:
    """In production, at a name of its own."""
    return template("mixed", "Portal")


@pytest.fixture(scope="module")
def own(template) -> dict[str, Any]:
    """In production, at CloudFront's name."""
    return template("prod", "Portal")


@pytest.fixture(scope="module")
def local(template) -> dict[str, Any]:
    return template("local", "Portal")


@pytest.fixture(scope="module")
def only(of_type):
    """``only(template, type)``: the properties of the one resource of a type."""

    def find(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
        (resource,) = of_type(template, kind).values()
        return dict(resource["Properties"])

    return find


def text(value: Any) -> str:
    """A value that CloudFormation joins, with what it refers to by name."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(map(text, argument[1]))
    if function == "Fn::GetStackOutput":
        return f"<{argument['StackName']}.{argument['OutputName']}>"
    if function == "Ref":
        return f"<{argument}>"
    return f"<{'.'.join(map(str, argument))}>" if isinstance(argument, list) else f"<{argument}>"


def behavior(portal: Mapping[str, Any], only, path: str | None = None) -> dict[str, Any]:
    config = only(portal, "AWS::CloudFront::Distribution")["DistributionConfig"]
    if path is None:
        return dict(config["DefaultCacheBehavior"])
    (found,) = [each for each in config["CacheBehaviors"] if each["PathPattern"] == path]
    return dict(found)


def origin(portal: Mapping[str, Any], only, behaved: Mapping[str, Any]) -> dict[str, Any]:
    origins = only(portal, "AWS::CloudFront::Distribution")["DistributionConfig"]["Origins"]
    (found,) = [each for each in origins if each["Id"] == behaved["TargetOriginId"]]
    return dict(found)


# --- people ---


def test_people_sign_up_with_a_mail_address_that_they_prove_and_a_strong_password(portal, only):
    pool = only(portal, "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False}
    assert pool["UsernameAttributes"] == pool["AutoVerifiedAttributes"] == ["email"]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
    assert pool["MfaConfiguration"] == "OPTIONAL"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [{"Name": "verified_email", "Priority": 1}]


def test_production_keeps_its_people_and_its_site_and_other_stages_do_not(template, of_type):
    for stage, kept in (("prod", True), ("staging", False), ("dev", False)):
        stack = template(stage, "Portal")
        (pool,) = of_type(stack, "AWS::Cognito::UserPool").values()
        (bucket,) = of_type(stack, "AWS::S3::Bucket").values()
        assert pool["Properties"]["DeletionProtection"] == ("ACTIVE" if kept else "INACTIVE")
        assert pool["DeletionPolicy"] == bucket["DeletionPolicy"] == ("Retain" if kept else "Delete")
        (published,) = of_type(stack, "Custom::Site").values()
        assert published["Properties"]["Emptied"] == json.dumps(not kept)


def test_cognito_asks_before_it_takes_somebody_in(portal, only, of_type):
    arn = only(portal, "AWS::Cognito::UserPool")["LambdaConfig"]["PreSignUp"]["Fn::GetAtt"][0]
    function = portal["Resources"][arn]["Properties"]
    assert function["Handler"] == "lambdas.sign_up.handler.handler"
    assert function["Timeout"] <= 5
    (permission,) = [
        each["Properties"]
        for each in of_type(portal, "AWS::Lambda::Permission").values()
        if each["Properties"]["Principal"] == "cognito-idp.amazonaws.com"
    ]
    assert "Pool" in json.dumps(permission["SourceArn"])


def test_pages_sign_people_in_by_code_without_a_secret_and_tokens_do_not_last(portal, only):
    client = only(portal, "AWS::Cognito::UserPoolClient")
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid", "email", "profile"]
    assert "ALLOW_REFRESH_TOKEN_AUTH" not in client["ExplicitAuthFlows"]
    assert not [flow for flow in client["ExplicitAuthFlows"] if "PASSWORD" in flow or "SRP" in flow]
    assert (client["AccessTokenValidity"], client["IdTokenValidity"], client["RefreshTokenValidity"]) == (15, 15, 720)
    assert set(client["TokenValidityUnits"].values()) == {"minutes"}
    assert client["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["CallbackURLs"] == [f"https://{NAME}/signed-in"]
    assert client["LogoutURLs"] == [f"https://{NAME}/signed-out"]


def test_without_a_name_of_its_own_people_come_back_to_cloudfronts(own, only, of_type):
    client = only(own, "AWS::Cognito::UserPoolClient")
    (distribution,) = of_type(own, "AWS::CloudFront::Distribution")
    assert [text(url) for url in client["CallbackURLs"]] == [f"https://<{distribution}.DomainName>/signed-in"]
    assert text(own["Outputs"]["PortalUrl"]["Value"]) == f"https://<{distribution}.DomainName>"


def test_the_managed_pages_have_a_style_or_they_would_not_open(portal, of_type, only):
    assert only(portal, "AWS::Cognito::UserPoolDomain")["ManagedLoginVersion"] == 2
    assert only(portal, "AWS::Cognito::ManagedLoginBranding")["UseCognitoProvidedValues"] is True


# --- the API ---


def test_all_of_the_api_is_for_people_who_signed_in_but_keys_to_try_with(portal, of_type, only):
    routes = {
        each["Properties"]["RouteKey"]: each["Properties"]
        for each in of_type(portal, "AWS::ApiGatewayV2::Route").values()
    }
    assert routes.keys() == {"ANY /api/{proxy+}", "POST /api/try-keys"}
    assert routes["ANY /api/{proxy+}"]["AuthorizationType"] == "JWT"
    assert routes["POST /api/try-keys"]["AuthorizationType"] == "NONE"
    authorizer = only(portal, "AWS::ApiGatewayV2::Authorizer")
    (client,) = of_type(portal, "AWS::Cognito::UserPoolClient")
    (pool,) = of_type(portal, "AWS::Cognito::UserPool")
    assert authorizer["JwtConfiguration"]["Audience"] == [{"Ref": client}]
    assert text(authorizer["JwtConfiguration"]["Issuer"]) == f"https://<{pool}.ProviderName>"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]


def test_keys_to_try_with_have_a_throttle_of_their_own_which_is_set_when_there_is_such_a_route(portal, of_type):
    ((_, stage),) = of_type(portal, "AWS::ApiGatewayV2::Stage").items()
    assert stage["Properties"]["RouteSettings"] == {
        "POST /api/try-keys": {"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": 40}
    }
    (route,) = [
        name
        for name, each in of_type(portal, "AWS::ApiGatewayV2::Route").items()
        if each["Properties"]["RouteKey"] == "POST /api/try-keys"
    ]
    assert route in stage["DependsOn"]


def test_the_api_is_throttled_and_its_log_has_neither_token_nor_mail_address(portal, only):
    stage = only(portal, "AWS::ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 200, "ThrottlingRateLimit": 100}
    fields = json.loads(stage["AccessLogSettings"]["Format"])
    assert fields["person"] == "$context.authorizer.claims.sub"
    assert not [value for value in fields.values() if "email" in value or "header" in value or "query" in value]


def test_functions_may_do_what_they_need_and_nothing_else(portal, of_type):
    allowed: dict[str, dict[str, set[str]]] = {}
    for name, policy in of_type(portal, "AWS::IAM::Policy").items():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
            where = text(statement["Resource"])
            assert "*" not in where or where.endswith(".Arn>/*"), where
            if not actions[0].startswith("logs:"):
                allowed.setdefault(name, {}).setdefault(where.rpartition(":")[2], set()).update(actions)
    site, sign_up, api = (
        next(each for name, each in allowed.items() if name.startswith(prefix)) for prefix in ("Site", "People", "Api")
    )
    assert sorted(map(sorted, site.values())) == [
        ["cloudfront:CreateInvalidation"],
        ["s3:DeleteObject", "s3:PutObject"],
        ["s3:GetObject"],
        ["s3:ListBucket"],
    ]
    assert list(sign_up.values()) == [{"dynamodb:UpdateItem"}]
    assert {"cognito-idp:AdminGetUser"} in api.values()
    assert {action.partition(":")[0] for actions in api.values() for action in actions} == {
        *("dynamodb", "kms", "cognito-idp", "events")
    }
    assert not [action for actions in api.values() for action in actions if "Scan" in action or "Admin" in action[:5]]


@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        ("SignUp", {"LIMIT"}),
        (
            "ApiFunction",
            {"ORG", "APP", "SUB", "KEY", "CLIENT", "MEMBER", "INVITATION", "UPGRADE", "LIMIT", "REQUEST"},
        ),
    ],
)
def test_of_the_registry_functions_write_what_is_partners_and_nothing_of_the_platforms(
    portal, of_type, function: str, kinds: set[str]
):
    (policy,) = [each for name, each in of_type(portal, "AWS::IAM::Policy").items() if function in name]
    writing = [
        each["Condition"]
        for each in policy["Properties"]["PolicyDocument"]["Statement"]
        if WRITING.intersection([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    ]
    ((operator, by_key),) = [each for condition in writing for each in condition.items()]
    assert operator == "ForAllValues:StringLike"
    assert {each.removesuffix("#*") for each in by_key["dynamodb:LeadingKeys"]} == kinds


def test_the_api_is_told_where_all_it_needs_is(portal, of_type):
    (function,) = [
        each["Properties"]
        for each in of_type(portal, "AWS::Lambda::Function").values()
        if each["Properties"]["Handler"] == "lambdas.portal_api.handler.handler"
    ]
    told = function["Environment"]["Variables"]
    assert told.keys() >= {
        *("STAGE", "KEY_ENV", "REGISTRY_TABLE", "USAGE_TABLE", "USAGE_RECORDS_TABLE", "USER_POOL_ID", "MAC_KEY"),
        *("PORTAL_URL", "TRY"),
    }
    assert json.loads(told["TRY"])["product"] == "open-banking"
    (layer,) = of_type(portal, "AWS::Lambda::LayerVersion")
    assert function["Layers"] == [{"Ref": layer}]


# --- the site ---


def test_nobody_but_the_distribution_reads_the_bucket(portal, only):
    bucket = only(portal, "AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    policy = only(portal, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    denied = [each for each in policy if each["Effect"] == "Deny"]
    assert [each["Condition"] for each in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]
    for each in policy:
        if each["Effect"] == "Allow":
            assert each["Principal"] == {"Service": "cloudfront.amazonaws.com"}
            assert "Distribution" in json.dumps(each["Condition"])
            assert {*([each["Action"]] if isinstance(each["Action"], str) else each["Action"])} <= READING
    pages = origin(portal, only, behavior(portal, only))
    assert "OriginAccessControlId" in pages


def test_pages_and_answers_have_the_header_fields_that_the_preview_has(portal, of_type, only):
    policies = of_type(portal, "AWS::CloudFront::ResponseHeadersPolicy")
    told = {
        name: policies[behavior(portal, only, path)["ResponseHeadersPolicyId"]["Ref"]]["Properties"][
            "ResponseHeadersPolicyConfig"
        ]
        for name, path in (("pages", None), ("api", "/api/*"), ("gateway", "/gateway/*"))
    }
    security = told["pages"]["SecurityHeadersConfig"]
    (domain,) = of_type(portal, "AWS::Cognito::UserPoolDomain")
    login = f"https://<{domain}>.auth.<AWS::Region>.amazoncognito.com"
    policy = text(security["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    assert policy == content_security_policy([login])
    custom = {each["Header"]: each["Value"] for each in told["pages"]["CustomHeadersConfig"]["Items"]}
    assert custom == {name: value for name, value in FIELDS.items() if name not in OWN_SETTINGS}
    assert security["FrameOptions"] == {"FrameOption": "DENY", "Override": True}
    assert security["ReferrerPolicy"] == {"ReferrerPolicy": "no-referrer", "Override": True}
    assert security["ContentTypeOptions"] == {"Override": True}
    assert security["StrictTransportSecurity"] == {"AccessControlMaxAgeSec": 31_536_000, "Override": True}
    assert told["api"] == told["gateway"]
    answers = told["api"]["SecurityHeadersConfig"]
    assert answers["ContentSecurityPolicy"] == {"ContentSecurityPolicy": ANSWERS, "Override": True}
    assert answers["ContentTypeOptions"] == {"Override": True}
    removed = {each["Header"].lower() for each in told["api"]["RemoveHeadersConfig"]["Items"]}
    assert removed == {each.lower() for each in UNSAFE}
    assert {"set-cookie", "clear-site-data", "nel", "report-to", "refresh", "www-authenticate"} <= removed
    assert len(removed) <= 10  # what CloudFront takes


def test_the_api_and_the_gateway_are_at_the_same_address_and_never_cached(portal, only):
    for path, name in (("/api/*", '"Ref": "Api'), ("/gateway/*", "GetStackOutput")):
        behaved = behavior(portal, only, path)
        assert behaved["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
        assert behaved["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"  # AllViewerExceptHostHeader
        assert behaved["ViewerProtocolPolicy"] == "https-only"
        assert len(behaved["AllowedMethods"]) == 7
        reached = origin(portal, only, behaved)
        assert reached["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
        assert ".execute-api." in text(reached["DomainName"])
        assert name in json.dumps(reached["DomainName"])
    assert behavior(portal, only)["AllowedMethods"] == ["GET", "HEAD"]
    assert behavior(portal, only)["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behavior(portal, only)["Compress"] is True


def test_the_portals_own_name_has_its_certificate_and_modern_protocols_alone(portal, own, only):
    config = only(portal, "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert config["Aliases"] == [NAME]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == PORTAL_DOMAIN["portal_certificate"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert "Aliases" not in only(own, "AWS::CloudFront::Distribution")["DistributionConfig"]


def test_pages_learn_where_to_sign_people_in(portal, of_type, only):
    config = json.loads(text(only(portal, "Custom::Site")["Config"]))
    (pool,) = of_type(portal, "AWS::Cognito::UserPool")
    (domain,) = of_type(portal, "AWS::Cognito::UserPoolDomain")
    (client,) = of_type(portal, "AWS::Cognito::UserPoolClient")
    login, issuer = f"https://<{domain}>.auth.<AWS::Region>.amazoncognito.com", f"https://<{pool}.ProviderName>"
    assert (config["stage"], config["try"]) == ("prod", "/gateway")
    assert re.fullmatch(r"https://<\S+RefApi\w+>\.execute-api\.<AWS::Region>\.<AWS::URLSuffix>", config["gateway"])
    assert config["auth"] == {
        "issuer": issuer,
        "client_id": f"<{client}>",
        "authorize": f"{login}/oauth2/authorize",
        "sign_up": f"{login}/signup",
        "token": f"{login}/oauth2/token",
        "revoke": f"{login}/oauth2/revoke",
        "logout": f"{login}/logout",
        "jwks": f"{issuer}/.well-known/jwks.json",
    }


def test_what_is_published_is_told_its_address_and_is_published_anew_with_another(portal, own, only):
    assert only(portal, "Custom::Site")["Url"] == f"https://{NAME}"
    assert text(only(own, "Custom::Site")["Url"]) == text(own["Outputs"]["PortalUrl"]["Value"])


def test_where_the_gateway_asks_for_certificates_the_portal_does_not_pretend_to_reach_it(template, only):
    portal = template("callers", "Portal")
    config = only(portal, "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert [each["PathPattern"] for each in config["CacheBehaviors"]] == ["/api/*"]
    assert "try" not in json.loads(text(only(portal, "Custom::Site")["Config"]))


def test_policies_that_lose_their_portal_can_be_deployed(portal):
    """The stack stays until it is deleted; what it imports could not go from the gateway's. Of the tables it imports
    what others import too."""
    assert "tiergate-prod-data:" in json.dumps(portal)
    assert "tiergate-prod-gateway:" not in json.dumps(portal)


def test_policies_without_a_portal_deploy_none(synthesized):
    assert not (synthesized("plain") / "Portal.template.json").exists()


def test_the_gateway_is_told_of_calls_by_way_of_the_portal_and_the_portals_own_api_is_not(portal, local, only):
    for each in (portal, local):
        told = origin(each, only, behavior(each, only, "/gateway/*"))["OriginCustomHeaders"]
        assert told == [{"HeaderName": VIA_PORTAL, "HeaderValue": "1"}]
        assert "OriginCustomHeaders" not in origin(each, only, behavior(each, only, "/api/*"))


# --- this machine ---


def test_on_the_local_emulator_all_of_it_is_there_without_tls(local, only, of_type):
    assert "AWS::Cognito::ManagedLoginBranding" not in {each["Type"] for each in local["Resources"].values()}
    assert behavior(local, only)["ViewerProtocolPolicy"] == "allow-all"
    for path in ("/api/*", "/gateway/*"):
        reached = origin(local, only, behavior(local, only, path))
        assert reached["DomainName"] == "localhost"
        assert text(reached["OriginPath"]).startswith("/_aws/execute-api/<")
        assert reached["CustomOriginConfig"]["HTTPPort"] == 4599
    for policy in of_type(local, "AWS::CloudFront::ResponseHeadersPolicy").values():
        assert "StrictTransportSecurity" not in json.dumps(policy)
    url = local["Outputs"]["PortalUrl"]["Value"]["Fn::Join"][1]
    assert [part for part in url if isinstance(part, str)] == ["http://", ".cloudfront.localhost:4599"]
    config = text(only(local, "Custom::Site")["Config"])
    assert json.loads(config)["auth"]["token"] == f"{EMULATOR}/oauth2/token"
    assert json.loads(config)["gateway"].startswith(f"{EMULATOR}/_aws/execute-api/")


def test_nothing_local_is_in_what_ships_to_aws(own, portal):
    for each in (own, portal):
        assert "localhost" not in json.dumps(each)
        assert "127.0.0.1" not in json.dumps(each)
