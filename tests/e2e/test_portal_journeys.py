"""What partners do in the portal as it was deployed, in a real browser: from the first look to the last sign-out."""

import base64
import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.deployment import Deployment
from tests.e2e.conftest import Answer, Call
from tests.e2e.test_usage import eventually
from tests.portal.browser import Visit
from tests.portal.scenes import waits
from tiergate.domain.keys import random_id
from tiergate.portal.headers import ANSWERS, FIELDS

pytestmark = [pytest.mark.browser, pytest.mark.ministack]

PASSWORD = "Correct-horse-7"
PRODUCT, PLAN = "Open Banking", "free"
KEPT = "() => Object.entries(sessionStorage).find(([name]) => name.startsWith('portal.user:'))?.[1]"
ENDED = """
() => {
  const [name, kept] = Object.entries(sessionStorage).find(([name]) => name.startsWith("portal.user:"));
  sessionStorage.setItem(name, JSON.stringify({ ...JSON.parse(kept), expires_at: 1 }));
}
"""
FIELDS_OF = "(place) => fetch(place).then((answer) => Object.fromEntries(answer.headers))"
Begin = Callable[[], Visit]


@pytest.fixture(scope="module")
def address(deployment: Deployment) -> str:
    return deployment.running.outputs["tiergate-dev-portal"]["PortalUrl"]


@pytest.fixture
def begin(chromium: Browser, deployment: Deployment, address: str) -> Iterator[Begin]:
    """A visitor with a browser of their own; whatever a page does that none may do fails the test."""
    visits: list[Visit] = []

    def one() -> Visit:
        visits.append(Visit(chromium.new_context(), address, elsewhere=(deployment.running.endpoint,)))
        visits[-1].page.set_default_timeout(30_000)
        return visits[-1]

    yield one
    for each in visits:
        each.close()
        each.page.context.close()
    assert [fault for each in visits for fault in each.faults] == []


def mail() -> str:
    """Of a company of its own, because sign-ups of one are limited."""
    return f"mira@{random_id(8).lower()}.example"


def sign_up(page: Page, who: str) -> None:
    """At the hosted pages, from the button that leads there."""
    fill_in(page, who)
    page.get_by_role("button", name="Confirm").click()


def fill_in(page: Page, who: str) -> None:
    page.locator("main").get_by_role("button", name="Sign up").click()
    page.get_by_label("Mail address").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_label("Code").fill("123456")


def sign_in(page: Page, who: str) -> None:
    page.locator("input[name=username]").fill(who)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit], input[type=submit]").first.click()


def first_key(visit: Visit, who: str) -> tuple[str, str]:
    """Sign up, name an organization and an application; returns the application's id and its key."""
    page = visit.open("/start")
    sign_up(page, who)
    page.get_by_label("Name of your organization").fill(f"Organization {who}")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name of the application").fill("Web shop")
    product = page.get_by_label("Product", exact=True)
    if product.count():
        product.select_option(label=PRODUCT)
    page.get_by_role("button", name="Create application").click()
    key = page.get_by_label("API key", exact=True).input_value()
    link = page.get_by_role("link", name="Open the application").get_attribute("href") or ""
    page.get_by_role("button", name="Copy key").click()
    return link.rpartition("/")[2], key


def tokens(page: Page) -> dict[str, str]:
    found: dict[str, str] = json.loads(page.evaluate(KEPT))
    return found


def claims_of(token: str) -> dict[str, Any]:
    claims = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return found


def test_a_visitor_comes_from_the_landing_page_to_an_answer_without_signing_up(begin: Begin) -> None:
    page = begin().open("/")
    page.get_by_role("combobox").first.fill("list accounts")
    page.get_by_role("option", name=re.compile("List accounts")).first.click()
    page.wait_for_url("**/apis/bank/v1/accounts#*")
    page.get_by_role("button", name="Try it: List accounts").click()
    page.get_by_role("button", name="Send request").click()
    result = page.locator(".result", has=page.locator(".http-ok, .http")).filter(has_not_text="example answer").first
    expect(result).to_contain_text("200")
    expect(result).to_contain_text("left this hour")
    expect(result).to_contain_text(re.compile(r"ms\b"))


def test_somebody_new_signs_up_and_sees_the_first_call_arrive(begin: Begin, call: Call) -> None:
    visit, who = begin(), mail()
    _, key = first_key(visit, who)
    page = visit.page
    expect(page.get_by_text("Waiting for your first call")).to_be_visible()
    assert call("/bank/v1/accounts", key=key).status == 200
    expect(page.get_by_text("Your first call arrived and was let through.")).to_be_visible(timeout=60_000)
    assert key not in page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    again = begin()
    again.open("/apps")
    again.page.locator("main").get_by_role("button", name="Sign in").click()
    sign_in(again.page, who)
    again.page.wait_for_url("**/apps")
    expect(again.page.get_by_role("link", name="Web shop", exact=True)).to_be_visible()


def test_a_key_is_rotated_while_calls_go_on_without_a_failure(begin: Begin, call: Call) -> None:
    visit = begin()
    application, key = first_key(visit, mail())
    answers: list[Answer] = []
    held, done, told = [key], threading.Event(), threading.Condition()

    def calling() -> None:
        while not done.wait(0.35):
            answer = call("/bank/v1/accounts", key=held[0])
            with told:
                answers.append(answer)
                told.notify()

    def more(count: int) -> None:
        """So many calls more have been answered."""
        with told:
            enough = len(answers) + count
            assert told.wait_for(lambda: len(answers) >= enough, timeout=60)

    caller = threading.Thread(target=calling)
    caller.start()
    try:
        page = visit.open(f"/apps/{application}")
        page.get_by_role("button", name="Rotate First key").click()
        page.get_by_role("button", name="Rotate key").click()
        expect(page.get_by_text("The old key works until")).to_be_visible()
        more(5)
        held[0] = page.get_by_role("dialog").get_by_label("API key", exact=True).input_value()
        more(5)
    finally:
        done.set()
        caller.join()
    assert held[0] != key
    assert {answer.status for answer in answers} == {200}


def test_an_exceeded_quota_says_why_and_under_which_request_id(
    begin: Begin, call: Call, deployment: Deployment
) -> None:
    visit = begin()
    application, key = first_key(visit, mail())
    subscriptions = deployment.registry.applications.get(application).subscriptions
    (subscription,) = [each.id for each in subscriptions.values()]
    deployment.registry.subscriptions.override(subscription, {"hour": 3}, until=None)
    answers = [call("/bank/v1/accounts", key=key) for _ in range(8)]
    refused = answers[-1]
    assert refused.status == 429
    request = refused.json["request_id"]
    page = visit.open(f"/apps/{application}/usage")
    expect(page.get_by_role("alert")).to_contain_text("Calls are refused at the moment")

    def told() -> bool:
        visit.open(f"/apps/{application}/usage")
        visit.reveal()
        return request in page.locator("main").inner_text()

    eventually(told)
    reason = page.locator(".reason").filter(has_text=request)
    expect(reason.get_by_role("heading")).to_contain_text("quota")
    expect(reason.get_by_role("listitem").filter(has_text=request)).to_contain_text("key First key")


def test_a_larger_plan_is_requested_approved_and_in_force(begin: Begin, deployment: Deployment) -> None:
    visit = begin()
    application, _ = first_key(visit, mail())
    page = visit.open(f"/apps/{application}/plan")
    page.get_by_role("button", name="Request Partner").click()
    page.get_by_label("Note").fill("We go live in December.")
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_text("Your request for Partner waits for approval.")).to_be_visible()
    request = (application, "open-banking", "partner")
    ran = deployment.cli("upgrade", "approve", *request, "--reason", "welcome", "--policies", str(deployment.policies))
    assert ran.returncode == 0, ran.stderr
    page.reload()
    expect(page.get_by_text("Your request for Partner was approved.")).to_be_visible()
    current = page.locator(".offer-current")
    expect(current).to_contain_text("Partner")
    expect(current).to_contain_text("Your plan")


def test_somebody_who_is_invited_joins(begin: Begin) -> None:
    owner, colleague = begin(), mail()
    first_key(owner, mail())
    page = owner.open("/organization")
    page.get_by_label("Mail address").fill(colleague)
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text(f"{colleague} is invited").last).to_be_attached()
    guest = begin()
    guest.open("/invitations")
    sign_up(guest.page, colleague)
    guest.page.get_by_role("button", name=re.compile("Join|Accept")).click()
    guest.page.wait_for_url("**/apps")
    expect(guest.page.get_by_role("link", name="Web shop", exact=True)).to_be_visible()
    owner.open("/organization")
    expect(page.locator(".listed", has_text=colleague)).to_contain_text("Developer")


def test_a_session_goes_on_when_its_access_token_has_ended(begin: Begin) -> None:
    visit = begin()
    first_key(visit, mail())
    page = visit.page
    first = tokens(page)
    page.wait_for_function("time => Date.now() / 1000 >= time + 1", arg=claims_of(first["id_token"])["auth_time"])
    page.evaluate(ENDED)
    with page.expect_request("**/oauth2/token"):
        visit.open("/apps")
    expect(page.get_by_role("link", name="Web shop", exact=True)).to_be_visible()
    renewed = tokens(page)
    assert renewed["access_token"] != first["access_token"]
    assert claims_of(renewed["id_token"])["auth_time"] == claims_of(first["id_token"])["auth_time"]


def test_signing_out_ends_the_session_for_good(
    begin: Begin, deployment: Deployment, post: Callable[..., Answer]
) -> None:
    visit = begin()
    first_key(visit, mail())
    page = visit.page
    kept = tokens(page)
    visit.open("/apps")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signed-out")
    assert page.evaluate(KEPT) is None
    grant = {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]}
    answer = post("token", **grant)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    page.go_back()
    visit.settle()
    expect(page.locator("main").get_by_role("button", name="Sign in")).to_be_visible()
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.locator("input[name=password]")).to_be_visible()


@pytest.fixture
def auth(begin: Begin) -> Mapping[str, str]:
    page = begin().open("/")
    found: dict[str, str] = page.evaluate("fetch('/config.json').then((answer) => answer.json())")["auth"]
    return found


@pytest.fixture
def post(auth: Mapping[str, str], deployment: Deployment, address: str) -> Callable[..., Answer]:
    """``post("token", code=…)``: a form to one of the places of signing in, as the portal's pages send it."""

    def send(place: str, **form: str) -> Answer:
        to = urlsplit(auth[place])
        connection = http.client.HTTPConnection(to.netloc, timeout=60)
        fields = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": address,
            "Sec-Fetch-Site": "cross-site",
        }
        connection.request("POST", to.path, urlencode({**form, "client_id": auth["client_id"]}), fields)
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read())
        connection.close()
        return answer

    return send


def returned(visit: Visit, who: str) -> str:
    """What signing up leads back to, path and query; the page there does not get so far as to take it."""
    page = visit.open("/start")
    fill_in(page, who)
    page.route("**/config.json", waits)
    with page.expect_request(lambda request: "/signed-in?" in request.url) as back:
        page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/signed-in")
    page.goto("about:blank")
    page.unroute("**/config.json")
    return back.value.url.removeprefix(visit.url)


def refused(visit: Visit) -> None:
    """The page says that this is no sign-in, and how to go on; nobody is signed in, and the address is clean."""
    page = visit.page
    expect(page.locator("h1")).to_have_text(re.compile("no longer valid|not signed in"))
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in again")).to_be_visible()
    assert page.evaluate(KEPT) is None
    assert "code=" not in page.url
    assert visit.violations() == []


def test_an_answer_with_another_state_is_refused(begin: Begin) -> None:
    visit = begin()
    path = returned(visit, mail())
    visit.open(re.sub(r"state=[^&]+", "state=tampered", path))
    refused(visit)


def test_a_code_that_was_used_is_refused(begin: Begin) -> None:
    visit = begin()
    path = returned(visit, mail())
    visit.open(path, settled=False)
    visit.page.wait_for_url("**/start")
    visit.page.evaluate("sessionStorage.clear()")
    visit.open(path)
    refused(visit)


def test_a_code_of_somebody_else_signs_nobody_in(begin: Begin) -> None:
    """Login CSRF: an attacker's answer, opened in the victim's browser, with no sign-in begun there and with one."""
    theirs = returned(begin(), mail())
    victim = begin()
    victim.open(theirs)
    refused(victim)
    begun = begin()
    own = returned(begun, mail())
    swapped = {
        "code": parse_qs(urlsplit(theirs).query)["code"][0],
        "state": parse_qs(urlsplit(own).query)["state"][0],
    }
    begun.open(f"/signed-in?{urlencode(swapped)}")
    refused(begun)


def test_an_id_token_with_another_nonce_is_refused(begin: Begin) -> None:
    """Whatever the token endpoint answers, the token has to be of the sign-in that this tab began."""
    visit = begin()
    path = returned(visit, mail())

    def forged(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        header, _, signature = body["id_token"].split(".")
        told = json.dumps(claims_of(body["id_token"]) | {"nonce": "another"})
        claims = base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")
        route.fulfill(response=answer, json={**body, "id_token": f"{header}.{claims}.{signature}"})

    visit.page.route("**/oauth2/token", forged)
    visit.open(path)
    refused(visit)


def test_no_answer_of_the_portals_address_can_be_framed_or_sniffed(begin: Begin) -> None:
    visit = begin()
    page = visit.open("/")
    script = next(request.url for request in visit.requests if "/assets/" in request.url).removeprefix(visit.url)
    for place in ("/", "/apps/x", "/content/catalog.json", "/config.json", "/none.js", "/changelog.xml", script):
        fields = page.evaluate(FIELDS_OF, place)
        assert fields["x-content-type-options"] == "nosniff", place
        assert "frame-ancestors 'none'" in fields["content-security-policy"], place
        assert fields["x-frame-options"] == FIELDS["X-Frame-Options"], place
    for place in ("/api/me", "/api/none", "/gateway/bank/v1/accounts", "/gateway/none"):
        fields = page.evaluate(FIELDS_OF, place)
        assert fields["x-content-type-options"] == "nosniff", place
        assert fields["content-security-policy"] == ANSWERS, place
