"""The portal as it was deployed: its one address, its sign-in, and what no page of it may do."""

import base64
import hashlib
import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Answer
from tiergate.domain.keys import random_id
from tiergate.domain.site_files import ADDRESS, FRESH, LASTING
from tiergate.local.state import Demo
from tiergate.portal.headers import ANSWERS, FIELDS, UNSAFE

pytestmark = pytest.mark.ministack

VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
PASSWORD = "Correct-horse-7"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Portal:
    """Asked as a browser asks that finds its address by name."""

    port: int
    outputs: Mapping[str, str]

    @property
    def url(self) -> str:
        return self.outputs["PortalUrl"]

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: str | None = None,
        host: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """``host``: another than the portal's."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {"Host": host or urlsplit(self.url).netloc, **(headers or {})})
        response = connection.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, received, response.read())
        connection.close()
        return answer

    @property
    def config(self) -> Any:
        return self.ask("/config.json").json

    def signed_up(self, mail: str) -> str:
        """The access token of somebody who signs up at the hosted pages, step by step as the pages say."""
        auth = self.config["auth"]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
        back = f"{self.url}/signed-in"
        query = {
            "client_id": auth["client_id"],
            "redirect_uri": back,
            "response_type": "code",
            "scope": "openid email profile",
            "state": "s",
            "nonce": "n",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        sign_up = urlsplit(auth["sign_up"])
        page = self.ask(f"{sign_up.path}?{urlencode(query)}", host=sign_up.netloc, headers=visit)
        page = self._submit(page, sign_up.netloc, email=mail, password=PASSWORD)
        done = self._submit(page, sign_up.netloc, code="1")
        assert done.status == 302
        code = parse_qs(urlsplit(done.headers["location"]).query)["code"][0]
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": VERIFIER}
        token = urlsplit(auth["token"])
        answer = self.ask(
            token.path,
            method="POST",
            body=urlencode({**grant, "client_id": auth["client_id"]}),
            host=token.netloc,
            headers={**FORM, "Origin": self.url, "Sec-Fetch-Site": "cross-site"},
        )
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
        return str(answer.json["access_token"])

    def _submit(self, page: Answer, host: str, **typed: str) -> Answer:
        text = page.body.decode()
        (action,) = re.findall(r'action="([^"]+)"', text)
        fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', text)}
        same = {**FORM, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        return self.ask(action, method="POST", body=urlencode(fields | typed), host=host, headers=same)


@pytest.fixture(scope="module")
def portal(deployment: Deployment) -> Portal:
    port = urlsplit(deployment.running.endpoint).port
    assert port
    return Portal(port, deployment.running.outputs["tiergate-dev-portal"])


@pytest.fixture(scope="module")
def token(portal: Portal) -> str:
    return portal.signed_up(f"{random_id(8).lower()}@acme.example")


def test_every_page_is_served_with_the_fields_that_protect_it(portal: Portal) -> None:
    for path in ("/", "/apps/app_1/usage", "/apis/bank/v1/accounts", "/signed-in?code=c&state=s"):
        page = portal.ask(path)
        assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
        assert page.headers.items() >= {name.lower(): value for name, value in FIELDS.items()}.items()
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "trusted-types 'none'" in policy
        login = urlsplit(portal.config["auth"]["token"])
        assert f"connect-src 'self' {login.scheme}://{login.netloc};" in policy
        assert page.headers["cache-control"] == FRESH


def test_what_pages_load_is_there_compressed_and_kept(portal: Portal) -> None:
    page = portal.ask("/").body.decode()
    named = sorted(set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)))
    assert named
    for name in named:
        asset = portal.ask(name, headers={"Accept-Encoding": "gzip"})
        assert (asset.status, asset.headers["cache-control"]) == (200, LASTING), name
        plain = portal.ask(name)
        assert "content-encoding" not in plain.headers
        assert (asset.headers.get("content-encoding") == "gzip") is (len(plain.body) >= 1000), name
        if name.endswith(".js"):
            assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    catalog = portal.ask("/content/catalog.json")
    assert "bank/v1" in [version["id"] for api in catalog.json["apis"] for version in api["versions"]]


def test_what_is_not_there_is_no_page(portal: Portal) -> None:
    assert portal.ask("/assets/none-00000000.js").status in {403, 404}


def test_answers_of_apis_are_sandboxed_at_the_portals_address(portal: Portal) -> None:
    for path in ("/api/me", "/gateway/bank/v1/accounts"):
        answer = portal.ask(path)
        assert answer.status == 401
        assert answer.headers["content-security-policy"] == ANSWERS
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not {name.lower() for name in UNSAFE} & {*answer.headers}


def test_the_gateway_answers_below_the_portals_address(portal: Portal, deployment: Deployment) -> None:
    key = deployment.partner(product="open-banking", plan="free").key.text
    answer = portal.ask("/gateway/bank/v1/accounts", headers={"X-Api-Key": key})
    assert answer.status == 200
    assert answer.json["items"]
    assert "ratelimit" in answer.headers
    assert portal.config["try"] == "/gateway"


def test_what_the_gateway_answers_is_not_opened_as_a_page_nor_fetched_by_another_site(portal: Portal) -> None:
    for site, dest in (("none", "document"), ("cross-site", "empty")):
        fields = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": "navigate"}
        assert portal.ask("/gateway/bank/v1/accounts", headers=fields).status == 403
    fetched = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
    assert portal.ask("/gateway/bank/v1/accounts", headers=fetched).status == 401


def test_the_feed_has_the_portals_own_address(portal: Portal) -> None:
    feed = portal.ask("/changelog.xml").body.decode()
    assert f"<link>{portal.url}/" in feed
    assert ADDRESS not in feed


def test_whoever_signs_up_is_known_to_the_api_by_the_proved_mail_address(portal: Portal, token: str) -> None:
    me = portal.ask("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert me.status == 200
    assert me.json["email"].endswith("@acme.example")
    assert (me.json["email_verified"], me.json["organizations"]) == (True, [])


def test_a_token_of_another_pool_is_nobodys(portal: Portal, deployment: Deployment, token: str) -> None:
    header, claims, signature = token.split(".")
    forged = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"sub": "somebody"}
    changed = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    for each in (f"{header}.{changed}.{signature}", f"{header}.{claims}.", "junk"):
        assert portal.ask("/api/me", headers={"Authorization": f"Bearer {each}"}).status == 401


def test_a_page_elsewhere_drives_no_step_of_signing_in(portal: Portal) -> None:
    evil = {**FORM, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    host = urlsplit(portal.config["auth"]["token"]).netloc
    for path in ("/login", "/signup", "/oauth2/token", "/oauth2/revoke"):
        answer = portal.ask(path, method="POST", body="a=b", host=host, headers=evil)
        assert (answer.status, b"was refused" in answer.body) == (403, True), path


def test_status_says_where_the_portal_is(deployment: Deployment, portal: Portal) -> None:
    told = json.loads(deployment.cli("status", "--stage", "local", "--json").stdout)
    assert told["portal"] == portal.url


def test_a_second_deploy_leaves_the_site_as_it_is(deployment: Deployment, portal: Portal) -> None:
    """CloudFormation asks the function again only when files or config are others."""
    (published,) = [
        each
        for each in deployment.client("cloudformation").describe_stack_resources(StackName="tiergate-dev-portal")[
            "StackResources"
        ]
        if each["ResourceType"] == "Custom::Site"
    ]
    assert published["ResourceStatus"] == "CREATE_COMPLETE"
    assert portal.ask("/index.html").headers["etag"]


def test_the_demo_partner_owns_the_demos_organizations_and_signs_in(deployment: Deployment, portal: Portal) -> None:
    from tiergate.cli.demo_person import demo_person  # noqa: PLC0415 - the command's, not the deployment's

    partner = deployment.partner()
    demo = Demo("", {"roomy": partner.key.text})
    person = demo_person(deployment.running, demo.keys.values(), None)
    assert person is not None
    again = demo_person(deployment.running, demo.keys.values(), person)
    assert again == person
    members = deployment.registry.members.list(partner.organization)
    assert [(each.value.mail, each.value.role) for each in members] == [(person.mail, "owner")]
