"""What the context may say; no Node is needed to know."""

import json

import pytest

from stacks.settings import KNOWN, ROOT, STAGES, Domain, Network, Settings, SettingsError, settings
from tests.stacks.callers import DOMAIN, EDGE_SECRET, MUTUAL, PORTAL_DOMAIN
from tests.stacks.mixed import NETWORK, TOPIC


def of(**context: object) -> Settings:
    """The settings of a synth with this context."""
    return settings(context)


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"stage": "production"}, "stage 'production' is not known; give -c stage=dev|staging|prod"),
        ({"local": "yes"}, "local is 'yes'; give -c local=1 for the local emulator, or leave it out"),
        ({"local": "1", "stage": "prod"}, "local=1 goes with stage=dev or stage=staging, never with prod"),
        ({"policies": "nowhere"}, "policies=nowhere: there is no such folder"),
        (
            {"subnets": "subnet-0a1b2c3d,subnet-12", "security_groups": "sg-0a1b2c3d"},
            "subnets: 'subnet-12' is no id of that kind; give -c subnets=subnet-0a1b2c3d4e5f60718,…",
        ),
        (
            {"subnets": "subnet-0a1b2c3d", "security_groups": "default"},
            "security_groups: 'default' is no id of that kind; give -c security_groups=sg-0a1b2c3d4e5f60718,…",
        ),
        (
            {"subnets": "subnet-0a1b2c3d"},
            "subnets and security_groups go together; give -c security_groups=sg-0a1b2c3d4e5f60718 too",
        ),
        *(
            (
                {"alarm_topic": topic},
                f"alarm_topic={topic} is not the ARN of a standard SNS topic;"
                " give -c alarm_topic=arn:aws:sns:REGION:ACCOUNT:NAME",
            )
            for topic in ("pager", TOPIC + ".fifo", TOPIC.replace("sns", "sqs"), TOPIC + ":0a1b2c")
        ),
        *(
            (
                {"edge_secret": secret},
                f"edge_secret={secret} is not the whole ARN of a secret;"
                " give -c edge_secret=arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-a1B2c3",
            )
            for secret in (
                "s3cret",
                EDGE_SECRET.removesuffix("-a1B2c3"),
                EDGE_SECRET + "*",
                EDGE_SECRET + "\n",
                EDGE_SECRET.replace("123456789012", "\u0661" * 12),
            )
        ),
        *(
            (
                {key: value},
                "a domain needs a name and a certificate; give -c domain=api.example.com"
                " -c certificate=arn:aws:acm:REGION:ACCOUNT:certificate/ID",
            )
            for key, value in DOMAIN.items()
        ),
        (
            {"truststore": MUTUAL["truststore"]},
            "a truststore needs a domain; give -c domain=api.example.com"
            " -c certificate=arn:aws:acm:REGION:ACCOUNT:certificate/ID",
        ),
        ({"domian": "api.example.com"}, "context 'domian' is not known; did you mean -c domain=…?"),
        ({"alarm-topic": TOPIC}, "context 'alarm-topic' is not known; did you mean -c alarm_topic=…?"),
        ({"foo": "1"}, f"context 'foo' is not known; known are {', '.join(KNOWN)}"),
        *(
            (
                {**DOMAIN, "domain": name},
                f"domain={name} is not a host name in lower case; give -c domain=api.example.com",
            )
            for name in ("API.example.com", "https://api.example.com", "api.example.com.", "localhost", "203.0.113.1")
        ),
        (
            {**DOMAIN, "certificate": "0a1b2c3d"},
            "certificate=0a1b2c3d is not the ARN of a certificate;"
            " give -c certificate=arn:aws:acm:REGION:ACCOUNT:certificate/ID",
        ),
        *(
            (
                {**DOMAIN, "truststore": truststore},
                f"truststore={truststore} is not an object in S3; give -c truststore=s3://BUCKET/KEY,"
                " or s3://BUCKET/KEY#VERSION for one version of it",
            )
            for truststore in ("trust.pem", "s3://trust", "s3://trust/", "s3://trust/a.pem#", "s3://trust/a.pem#1#2")
        ),
    ],
)
def test_a_wrong_setting_is_one_line_with_the_mend(context: dict[str, str], message: str):
    with pytest.raises(SettingsError) as refused:
        of(**context)
    assert str(refused.value) == message


def test_without_any_context_it_is_the_stage_for_trying_things_out():
    assert of() == STAGES["dev"]


def test_what_the_cdk_keeps_in_the_context_is_its_own():
    kept = json.loads((ROOT / "cdk.json").read_text())["context"]
    looked_up = {
        "aws:cdk:version-reporting": True,
        "availability-zones:account=123456789012:region=eu-west-1": ["eu-west-1a"],
        "acknowledged-issue-numbers": [19836],
        "cli-telemetry": False,
    }
    assert of(**kept, **looked_up) == STAGES["dev"]


def test_every_known_key_is_one_that_is_read():
    given = {"stage": "dev", "policies": str(ROOT / "policies"), "alarm_topic": TOPIC, "edge_secret": EDGE_SECRET}
    assert {*given, "local", *NETWORK, *MUTUAL, *PORTAL_DOMAIN} == set(KNOWN)
    assert of(**given, **NETWORK, **MUTUAL, **PORTAL_DOMAIN) != STAGES["dev"]


def test_a_network_is_read_with_its_ids_in_order_and_once_each():
    context = NETWORK | {"subnets": NETWORK["subnets"] + ", subnet-0a1b2c3d"}
    assert of(stage="prod", **context).network == Network(
        ("subnet-0a1b2c3d", "subnet-0a1b2c3d4e5f60718"), ("sg-0a1b2c3d",)
    )


def test_a_domain_is_read_with_its_truststore_and_the_version_of_that():
    name, certificate = DOMAIN.values()
    assert of(**DOMAIN).domain == Domain(name, certificate)
    assert of(**MUTUAL).domain == Domain(name, certificate, "s3://trust/clients.pem", "3f2")
    assert of(**DOMAIN, truststore="s3://trust/a/b.pem").domain == Domain(name, certificate, "s3://trust/a/b.pem")


def test_the_portals_domain_is_read_with_a_certificate_where_cloudfront_looks_for_it():
    assert of(**PORTAL_DOMAIN).portal == Domain(*PORTAL_DOMAIN.values())
    assert of().portal is None
    assert of(local="1", **PORTAL_DOMAIN).portal is None
    elsewhere = PORTAL_DOMAIN["portal_certificate"].replace("us-east-1", "eu-west-1")
    with pytest.raises(SettingsError, match="is not the ARN of a certificate in us-east-1, where CloudFront looks"):
        of(**PORTAL_DOMAIN | {"portal_certificate": elsewhere})
    with pytest.raises(SettingsError, match="portal_domain=Partners is not a host name in lower case"):
        of(**PORTAL_DOMAIN | {"portal_domain": "Partners"})
    for name, value in PORTAL_DOMAIN.items():
        with pytest.raises(
            SettingsError, match=r"needs a name and a certificate; give -c portal_domain=.* -c portal_c"
        ):
            of(**{name: value})


def test_an_edge_is_read_as_its_secrets_arn_and_there_is_none_by_default():
    assert of(edge_secret=EDGE_SECRET).edge_secret == EDGE_SECRET
    assert of().edge_secret is None


def test_the_local_emulator_is_where_the_deploy_reaches_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4600/")
    assert of(local="1").emulator == "http://127.0.0.1:4600"
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert of(local="1").emulator == "http://127.0.0.1:4566"


def test_the_store_has_a_third_of_a_second_and_more_on_the_local_emulator():
    assert [of(stage=stage).store_timeout for stage in STAGES] == [0.3] * len(STAGES)
    assert of(local="1").store_timeout == 2


def test_the_local_emulator_has_no_network_and_no_domain():
    assert of(local="1", **NETWORK).network is None
    assert of(local="1", **MUTUAL).domain is None
