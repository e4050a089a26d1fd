"""The samples of ``docs/upstream-authentication.md`` work: as policies, and as what an upstream verifies callers by."""

import json
import re
import shutil
import ssl
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml

from tests.events import DECISION
from tests.fakes.aws_services import FakeAws
from tests.fakes.certificates import server_certificate
from tests.fakes.proven import GET, ProvenApi, fields_of
from tests.fakes.upstream import ScriptedUpstream, answers, ok
from tiergate.adapters.aws_clients import kms_client
from tiergate.adapters.identity_keys import IdentityKeys
from tiergate.domain.decision import ADMITTED, IDENTITY, Decision
from tiergate.domain.identity import CLAIMS, JWKS, key_set
from tiergate.domain.limits import SECOND
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "upstream-authentication.md").read_text(encoding="utf-8")
POLICIES = [yaml.safe_load(text)["upstream_auth"] for text in re.findall(r"^```yaml\n(.+?)^```", GUIDE, re.M | re.S)]
VERIFYING, OVER_TLS = re.findall(r"^```python\n(.+?)^```", GUIDE, re.M | re.S)

Names = dict[str, Any]


@pytest.mark.parametrize("sample", POLICIES, ids=lambda sample: next(iter(sample)))
def test_each_sample_is_a_policy(tmp_path: Path, sample: dict[str, Any]) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    version = tmp_path / "policies/apis/orders/v1"
    version.mkdir(parents=True)
    about = {"title": "Orders", "owner": "shop", "state": "published", "upstream": "https://orders.internal.example"}
    (version / "api.yaml").write_text(yaml.safe_dump(about | {"upstream_auth": sample}), encoding="utf-8")
    document = {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1"}, "paths": {"/orders": {"get": {}}}}
    (version / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    product = {"title": "Orders", "apis": ["orders/v1"], "plans": ["free"]}
    (tmp_path / "policies/products/orders.yaml").write_text(yaml.safe_dump(product), encoding="utf-8")
    bundle = compiled(checked(tmp_path / "policies"))
    (kind,) = sample
    assert bundle["apis"]["orders/v1"]["upstream_auth"].items() >= {"kind": kind, **sample[kind]}.items()


def test_there_is_a_sample_of_every_way_and_a_row_of_the_table() -> None:
    ways = [way for sample in POLICIES for way in sample]
    assert sorted(ways) == ["header", "identity", "oauth", "sigv4"]
    assert re.findall(r"^\| `(\w+)` \|", GUIDE, re.M)[:4] == ["header", "oauth", "sigv4", "identity"]


class Upstream:
    """The guide's own code, with the keys that a gateway publishes; ``token(decision)`` is what it is sent."""

    def __init__(self, services: FakeAws) -> None:
        self.names: Names = {}
        exec(VERIFYING, self.names)  # noqa: S102 - our own text
        self._key = services.key("0a1b-2c3d")
        self.published = key_set(IdentityKeys(kms_client(), [self._key]).current(now()))
        self.names["KEYS"].fetch_data = lambda: json.loads(self.published)

    def token(self, decision: Decision = DECISION, *, issuer: str = "", late: int = 0, **auth: Any) -> str:
        (sample,) = (each["identity"] for each in POLICIES if "identity" in each)
        raw = {"kind": "identity", "header": "X-Tiergate-Identity", "lifetime": 300, **sample, **auth}
        with ScriptedUpstream(answers(ok())) as upstream:
            issuer = issuer or self.names["ISSUER"]
            api = ProvenApi(upstream.url, raw, identity_key=self._key, identity_issuer=issuer)
            api.now = now() - late * SECOND
            api.call(GET, decision)
            return fields_of(upstream.requests[0])["x-tiergate-identity"]

    def caller(self, token: str) -> dict[str, Any]:
        told: dict[str, Any] = self.names["caller"](token)
        return told


def now() -> int:
    return time.time_ns() // 1000


@pytest.fixture
def upstream(services: FakeAws) -> Upstream:
    return Upstream(services)


def test_the_guides_code_knows_who_calls(upstream: Upstream) -> None:
    assert upstream.names["KEYS"].uri == upstream.names["ISSUER"] + JWKS
    user = DECISION._replace(subject="user-7", scopes="orders:read")
    told = upstream.caller(upstream.token(user))
    assert (told["sub"], told["organization"], told["user"]) == (user.application, user.organization, "user-7")


def test_every_claim_of_a_token_stands_in_the_guides_table(upstream: Upstream) -> None:
    told = {name: name for name in IDENTITY if not getattr(DECISION, name)}
    everything = DECISION._replace(**told)
    claims = jwt.decode(upstream.token(everything), options={"verify_signature": False})
    rows = re.search(r"^\| claim \|.+?\n\n", GUIDE, re.M | re.S)
    assert rows
    stated = {name for row in rows[0].splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split(" | ")[0])}
    assert stated == set(claims)
    assert stated > set(CLAIMS)


@pytest.mark.parametrize(
    "deceive",
    [
        lambda upstream: upstream.token(audience="https://other.internal.example"),
        lambda upstream: upstream.token(issuer="https://api.evil.example/_tiergate"),
        lambda upstream: upstream.token(late=301),
        lambda upstream: upstream.token(Decision(ADMITTED, api="shop/v1", plan="anonymous")),
        lambda upstream: upstream.token()[:-4] + "AAAA",
        lambda upstream: with_header(upstream.token(), alg="none"),
        lambda upstream: with_header(upstream.token(), kid="unknown"),
        lambda _upstream: "no token",
    ],
    ids=["audience", "issuer", "expired", "nobody", "signature", "none", "kid", "garbage"],
)
def test_the_guides_code_refuses_what_the_guide_says_it_must(
    upstream: Upstream, deceive: Callable[[Upstream], str]
) -> None:
    token = deceive(upstream)
    with pytest.raises(jwt.PyJWTError):
        upstream.caller(token)


def with_header(token: str, **changes: str) -> str:
    header, rest = token.split(".", 1)
    changed = json.loads(b64decode(header + "==")) | changes
    return f"{jwt.utils.base64url_encode(json.dumps(changed).encode()).decode()}.{rest}"


def test_behind_mutual_tls_the_guides_code_shows_a_certificate_for_the_keys(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = server_certificate(tmp_path, "127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(trusted)
    (tmp_path / "upstream.pem").write_bytes(trusted.read_bytes())
    (tmp_path / "upstream.key").write_bytes((tmp_path / "key.pem").read_bytes())
    monkeypatch.chdir(tmp_path)
    token = upstream.token()
    exec(OVER_TLS, upstream.names)  # noqa: S102 - our own text
    upstream.names["CONTEXT"].load_verify_locations(trusted)
    with ScriptedUpstream(answers(ok(upstream.published)), tls=context) as gateway:
        upstream.names["KEYS"].uri = gateway.url + JWKS
        assert upstream.caller(token)["sub"] == DECISION.application
        assert gateway.requests[0].startswith(f"GET {JWKS} ".encode())
