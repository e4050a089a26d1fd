"""What an upstream behind IAM receives has the signature that botocore gives to it, by the function's own role."""

from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.proven import GET, UNAUTHORIZED, ProvenApi, fields_of
from tests.fakes.upstream import ScriptedUpstream, answers, keeps_alive, ok
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Request, encode_path

REGION = "eu-central-1"
ROLE = {
    "AWS_ACCESS_KEY_ID": "AKIDROLE",
    "AWS_SECRET_ACCESS_KEY": "role-secret",
    "AWS_SESSION_TOKEN": "role-token",
}


@pytest.fixture(autouse=True)
def role(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ROLE.items():
        monkeypatch.setenv(name, value)


def sigv4(service: str = "execute-api") -> dict[str, str]:
    return {"kind": "sigv4", "service": service, "region": REGION}


def expected(request: bytes, service: str) -> str:
    """The signature that AWS computes of what it received: names and values of the query decoded, sorted and encoded
    again."""
    head, _, body = request.partition(b"\r\n\r\n")
    method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
    fields = fields_of(request)
    url = urlsplit(f"http://{fields['host']}{target}")
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in parse_qsl(url.query, True))
    signed = fields["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    kept = HTTPHeaders()
    for name in signed:
        kept[name] = fields[name]
    query = "&".join(f"{name}={value}" for name, value in pairs)
    asked = AWSRequest(method, f"{url.scheme}://{url.netloc}{url.path}?{query}", headers=kept, data=body)
    asked.context["timestamp"] = fields["x-amz-date"]
    signer = SigV4Auth(Credentials(ROLE["AWS_ACCESS_KEY_ID"], ROLE["AWS_SECRET_ACCESS_KEY"]), service, REGION)
    return str(signer.signature(signer.string_to_sign(asked, signer.canonical_request(asked)), asked))


def received(request: Request, service: str = "execute-api", base: str = "") -> bytes:
    with ScriptedUpstream(answers(ok())) as upstream:
        ProvenApi(upstream.url + base, sigv4(service)).call(request)
        return upstream.requests[0]


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PATCH"]),
    path=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), max_size=20),
    query=st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.from_regex(r"([a-z+%20&=:/?'()*!,;~-]{0,4}=?){0,6}", fullmatch=True),
    body=st.binary(max_size=200),
    service=st.sampled_from(["execute-api", "lambda"]),
    base=st.sampled_from(["", "/base", "/base/"]),
)
def test_the_signature_is_that_of_all_that_arrives(
    method: str, path: str, query: str, body: bytes, service: str, base: str
) -> None:
    path = encode_path("/o/" + path)
    if path.rpartition("/")[2] in {".", ".."}:
        path = "/o"
    arrived = received(Request(method, path, query, GET.headers, body), service, base)
    assert fields_of(arrived)["authorization"].endswith(f"Signature={expected(arrived, service)}")


def test_method_host_path_query_body_type_and_the_callers_identity_are_signed() -> None:
    fields = [("content-type", "application/json"), ("x-tiergate-plan", "free"), ("x-forwarded-for", "203.0.113.7")]
    arrived = received(Request("POST", "/orders", "a=1", fields, b"{}"))
    proof = fields_of(arrived)["authorization"]
    assert proof.startswith("AWS4-HMAC-SHA256 Credential=AKIDROLE/")
    assert f"/{REGION}/execute-api/aws4_request" in proof
    names = "content-type;host;x-amz-date;x-amz-security-token;x-tiergate-plan"
    assert f"SignedHeaders={names}, " in proof
    for part, other in [
        (b"POST", b"PUT"),
        (b"/orders", b"/0rders"),
        (b"a=1", b"a=2"),
        (b"{}", b"[]"),
        (b"free", b"gold"),
        (b"application/json", b"text/plain"),
    ]:
        assert part in arrived
        assert not proof.endswith(expected(arrived.replace(part, other, 1), "execute-api"))


def test_fields_of_the_proof_that_the_caller_sent_are_gone() -> None:
    claimed = ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "X_Amz_Date"]
    arrived = received(replace(GET, headers=[(name, "claimed") for name in claimed]))
    assert b"claimed" not in arrived
    assert fields_of(arrived)["x-amz-security-token"] == "role-token"


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("a=1&b=x%20y", "a=1&b=x%20y"),
        ("b=x+y&a", "b=x%20y&a="),
        ("t=12:30/7&&u='(*)'", "t=12%3A30%2F7&u=%27%28%2A%29%27"),
        ("p=100%&q=%zz", "p=100%25&q=%25zz"),
        ("c=\u00fc&c=%C3%BC", "c=%C3%BC&c=%C3%BC"),
        ("s=a=b", "s=a%3Db"),
    ],
)
def test_a_query_arrives_in_the_encoding_that_is_signed(query: str, sent: str) -> None:
    arrived = received(replace(GET, query=query))
    assert arrived.startswith(f"GET /orders?{sent} HTTP/1.1\r\n".encode())


def test_a_path_arrives_in_the_encoding_that_is_signed() -> None:
    arrived = received(replace(GET, path=encode_path("/a(b)/c:d@e/f g/%25/\u00fc")))
    assert arrived.startswith(b"GET /a%28b%29/c%3Ad%40e/f%20g/%25/%C3%BC HTTP/1.1\r\n")


def test_vpc_lattice_is_told_that_the_body_is_not_signed() -> None:
    """It refuses signatures of bodies."""
    arrived = received(Request("POST", "/orders", "", GET.headers, b"{}"), "vpc-lattice-svcs")
    assert fields_of(arrived)["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    assert fields_of(arrived)["authorization"].endswith(expected(arrived, "vpc-lattice-svcs"))


def test_rotated_credentials_sign_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedUpstream(keeps_alive(ok(), ok())) as upstream:
        api = ProvenApi(upstream.url, sigv4())
        api.call()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDNEXT")
        monkeypatch.delenv("AWS_SESSION_TOKEN")
        api.call()
        proofs = [fields_of(each)["authorization"] for each in upstream.requests]
        assert ["AKIDROLE" in proofs[0], "AKIDNEXT" in proofs[1]] == [True, True]
        assert "x-amz-security-token" not in fields_of(upstream.requests[1])


def test_without_credentials_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with ScriptedUpstream(answers(ok())) as upstream:
        with pytest.raises(UpstreamFailure, match="AWS_SECRET_ACCESS_KEY") as raised:
            ProvenApi(upstream.url, sigv4()).call()
        assert (raised.value.code, upstream.connections) == ("upstream_unauthorized", 0)


def test_a_refused_signature_is_the_answer() -> None:
    """Another one would be refused as well."""
    with ScriptedUpstream(keeps_alive(UNAUTHORIZED, ok())) as upstream:
        assert ProvenApi(upstream.url, sigv4()).call().status == 401
        assert len(upstream.requests) == 1
