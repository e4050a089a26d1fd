"""Our signatures are botocore's, for whatever is signed; what is signed is all that is sent."""

from datetime import UTC, datetime
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from tiergate.adapters.signing import Credentials, Endpoint, signed_request

TARGET, NOW = "DynamoDB_20120810.GetItem", 1.8e9
ENDPOINT = Endpoint("dynamodb", "application/x-amz-json-1.0", "dynamodb.eu-central-1.amazonaws.com", "eu-central-1")
CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60)


def parts(message: bytes) -> tuple[str, dict[str, str], bytes]:
    """The request line, the fields and the body."""
    head, _, body = message.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    fields = dict(line.split(":", 1) for line in lines)
    assert len(fields) == len(lines)
    return first, fields, body


def authorization(fields: dict[str, str], body: bytes, credentials: Credentials, endpoint: Endpoint) -> str:
    """What botocore's signer makes of the fields that were sent."""
    signer = SigV4Auth(BotoCredentials(*credentials[:2], credentials.token or None), endpoint.service, endpoint.region)
    kept: Any = HTTPHeaders()
    for name in fields.keys() - {"authorization", "content-length"}:
        kept[name] = fields[name]
    request = AWSRequest("POST", f"https://{fields['host']}/", headers=kept, data=body)
    request.context["timestamp"] = fields["x-amz-date"]
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    signed = signer.signed_headers(signer.headers_to_sign(request))
    scope = signer.scope(request)
    return (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature={signer.signature(to_sign, request)}"
    )


@given(
    endpoint=st.builds(
        Endpoint,
        service=st.sampled_from(["dynamodb", "kms", "secretsmanager"]),
        kind=st.sampled_from(["application/x-amz-json-1.0", "application/x-amz-json-1.1"]),
        host=st.from_regex(r"[a-z0-9.-]{1,40}(:[0-9]{2,5})?", fullmatch=True),
        region=st.from_regex(r"[a-z]{2}-[a-z]{4,9}-[0-9]", fullmatch=True),
    ),
    target=st.from_regex(r"DynamoDB_20120810\.[A-Za-z]{1,30}", fullmatch=True),
    body=st.binary(max_size=300),
    credentials=st.builds(Credentials, visible, visible, st.just("") | visible),
    now=st.floats(0, 4e9),
)
def test_every_request_carries_the_signature_that_botocore_gives_it(
    endpoint: Endpoint, target: str, body: bytes, credentials: Credentials, now: float
) -> None:
    first, fields, sent = parts(signed_request(endpoint, target, body, credentials, now))

    assert (first, sent) == ("POST / HTTP/1.1", body)
    assert fields["authorization"] == authorization(fields, body, credentials, endpoint)
    assert fields["x-amz-date"] == datetime.fromtimestamp(int(now), UTC).strftime("%Y%m%dT%H%M%SZ")
    assert fields["content-length"] == str(len(body))
    assert (fields["host"], fields["content-type"], fields["x-amz-target"]) == (endpoint.host, endpoint.kind, target)
    assert fields.get("x-amz-security-token", "") == credentials.token


def test_everything_that_is_sent_but_the_length_is_signed() -> None:
    _, fields, _ = parts(signed_request(ENDPOINT, TARGET, b"{}", CREDENTIALS._replace(token="t"), NOW))

    signed = fields["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert signed == sorted(fields.keys() - {"authorization", "content-length"})


def test_each_change_of_what_is_kept_is_seen_by_the_next_request() -> None:
    """The derived key and the date are remembered: by secret, day, region and service."""
    others: list[dict[str, Any]] = [
        {},
        {"credentials": CREDENTIALS._replace(secret="another")},
        {"endpoint": ENDPOINT._replace(region="us-east-1")},
        {"endpoint": ENDPOINT._replace(service="kms")},
        {"now": NOW + 1},
        {"now": NOW + 86_400},
        {},
    ]
    for other in others:
        asked = {"endpoint": ENDPOINT, "credentials": CREDENTIALS, "now": NOW} | other
        _, fields, body = parts(signed_request(target=TARGET, body=b"{}", **asked))
        assert fields["authorization"] == authorization(fields, body, asked["credentials"], asked["endpoint"])


def test_credentials_show_nothing_of_themselves() -> None:
    assert CREDENTIALS.secret not in f"{CREDENTIALS} {CREDENTIALS!r}"
