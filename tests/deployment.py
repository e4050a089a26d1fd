"""One real deployment for a whole test run: MiniStack, ``cdk deploy --all``, test policies, an upstream, an issuer."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.issuer import AUDIENCE as TOKEN_AUDIENCE
from tests.fakes.issuer import FakeIssuer, SigningKey
from tests.upstream import TestUpstream
from tiergate.adapters.registry import Onboarded, Registry
from tiergate.domain.catalogue import Catalogue, Product
from tiergate.domain.keys import random_id
from tiergate.local import aws, session
from tiergate.local.place import Place
from tiergate.local.session import Running
from tiergate.policy.add import add_api
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

ROOT = Path(__file__).resolve().parents[1]
PLANS = {
    "tiny": "title: Tiny\nlimits:\n  rate: {per_second: 1000, burst: 1000}\n  quota: {hour: 20}\n",
    "roomy": "title: Roomy\nlimits:\n  rate: {per_second: 1000, burst: 1000}\n  quota: {hour: 100000}\n",
}
PRODUCT = "title: Test\napis: [bank/v1]\nrest_apis: [stock]\nplans: [tiny, roomy]\n"
REST_API = "5e57a91c"
"""The id of a REST API that nobody has made; on MiniStack one can be made under it."""

REST_APIS = f"rest_apis:\n  stock: {{id: {REST_API}, stage: prod, hourly: day}}\n"
CORS = """cors:
  origins: ["https://app.example.com"]
  headers: [X-Own]
  expose: [X-Upstream]
  max_age: 600
"""
SERVICE_SECRET = "orders-service-AbCdEf"
"""Its name in Secrets Manager."""

SERVICE_KEY = "what only the service behind the API knows"
AUDIENCE = "https://orders.internal.example"
ISSUER = "acme"
"""One that is not the user pool, as policies name it."""

CALLERS = {
    "tokens": f"accepts: token\nupstream_auth:\n  identity: {{audience: {AUDIENCE}}}\n",
    "both": f"""accepts: both
upstream_auth:
  header:
    name: X-Service-Key
    secret: arn:aws:secretsmanager:{aws.LOCAL_REGION}:000000000000:secret:{SERVICE_SECRET}
    member: token
    prefix: "Bearer "
""",
    "open": """accepts: either
addresses: {allow: [127.0.0.0/8]}
public_plan: tiny
operations: {"GET /echo": {public: true}}
""",
    "fenced": "addresses: {allow: [203.0.113.0/24]}\n",
}
"""What APIs that are all the test upstream ask of their callers, and say to it."""

ENDING = "state: deprecated\ndeprecation: {date: 2026-01-01, sunset: 2099-12-31, guide: https://dev.example/ending}\n"
"""Of an API that is called no longer than need be."""

UNUSED_PORT = 9
"""The discard service's port: nothing listens there."""


@dataclass(frozen=True)
class Deployment:
    """What tests need of it. Every test makes partners of its own."""

    place: Place
    running: Running
    upstream: TestUpstream
    issuer: FakeIssuer
    samples: dict[str, Path]
    policies: Path

    @cached_property
    def products(self) -> Mapping[str, Product]:
        """As they were deployed first: reading every document again for each partner takes seconds."""
        return Catalogue.of(compiled(checked(self.policies, "dev"))).products

    @property
    def endpoint(self) -> str:
        return self.running.api_url(self.running.outputs["tiergate-dev-gateway"]["ApiId"])

    @property
    def registry(self) -> Registry:
        table = self.running.outputs["tiergate-dev-data"]["RegistryTable"]
        return Registry(self.client("dynamodb"), table, env="dev", actor="test", products=self.products)

    @property
    def usage_table(self) -> str:
        return self.running.outputs["tiergate-dev-data"]["UsageTable"]

    @property
    def environment(self) -> dict[str, str]:
        """The SDKs' variables for it."""
        return {
            "AWS_ENDPOINT_URL_DYNAMODB": self.running.endpoint,
            "AWS_REGION": aws.LOCAL_REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def client(self, service: str) -> Any:
        return aws.client(service, endpoint=self.running.endpoint)

    def partner(self, *, product: str = "test", plan: str = "roomy") -> Onboarded:
        return self.registry.onboard(name=f"Partner {random_id()}", product=product, plan=plan)

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line on this deployment, as a user would."""
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "tiergate", *arguments],
            cwd=ROOT,
            env=os.environ | {"TIERGATE_STATE": str(self.place.state)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The deployment that all tests marked ministack share; ended with the run, whatever happens."""
    folder = tmp_path_factory.mktemp("deployment")
    place = Place.of_project(state=folder / "state")
    with TestUpstream() as upstream, FakeIssuer(SigningKey("ES256"), path="/acme") as issuer:
        samples = _write_policies(folder / "policies", upstream, issuer)
        try:
            running = session.up(
                place,
                context={"policies": str(folder / "policies")},
                tethered=True,
                report=lambda line: print(line, file=sys.__stderr__),
            )
            deployment = Deployment(place, running, upstream, issuer, samples, folder / "policies")
            secret = json.dumps({"token": SERVICE_KEY})
            deployment.client("secretsmanager").create_secret(Name=SERVICE_SECRET, SecretString=secret)
            yield deployment
        finally:
            session.down(place)


def _write_policies(folder: Path, upstream: TestUpstream, issuer: FakeIssuer) -> dict[str, Path]:
    """The project's policies, two plans, the test upstream wrapped in many ways, and every sample document."""
    shutil.copytree(ROOT / "policies", folder)
    for name, text in PLANS.items():
        (folder / "plans" / f"{name}.yaml").write_text(text)
    (folder / "issuers" / f"{ISSUER}.yaml").write_text(
        f"title: Acme\nissuer: {issuer.url}\nalgorithms: [ES256]\naudience: [{TOKEN_AUDIENCE}]\n"
    )
    with (folder / "platform.yaml").open("a") as platform:
        platform.write(REST_APIS)
    product = folder / "products" / "test.yaml"
    product.write_text(PRODUCT)
    document = folder.parent / "echo.json"
    document.write_text(json.dumps(upstream.document()))
    down = f"http://127.0.0.1:{UNUSED_PORT}"
    add_api(folder, "echo", document=document, upstream=f"{upstream.url}/base", product="test")
    add_api(folder, "down", document=document, upstream=down, product="test")
    add_api(folder, "direct", document=document, upstream=f"{upstream.url}/base", product="test")
    more = {"slow": "timeout: 1\n", "cors": CORS, "alone": "isolated: true\n", "ending": ""} | CALLERS
    for name in more:
        add_api(folder, name, document=document, upstream=upstream.url, product="test")
    for name, text in (more | {"direct": "mode: direct\n"}).items():
        with (folder / f"apis/{name}/v1/api.yaml").open("a") as file:
            file.write(text)
    ending = folder / "apis/ending/v1/api.yaml"
    ending.write_text(ending.read_text().replace("state: published\n", ENDING))
    samples = {"bank": ROOT / "policies/apis/bank/v1/openapi.yaml"}
    extra = os.environ.get("TIERGATE_SAMPLES")
    if extra:
        samples |= {path.stem: path for path in sorted(Path(extra).glob("*.yaml"))}
    wrapped = {}
    for index, (name, path) in enumerate(samples.items()):
        wrapped[f"sample{index}"] = path
        add_api(folder, f"sample{index}", document=path, upstream=f"{upstream.url}/{name}", product="test")
    return wrapped
