"""Try-it in a real browser: the call goes out as the sample says, and its answer is told."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.portal.reference_site import KEY, Answer, Call, Served, answer, opened, served
from tests.portal.sites import document

pytestmark = pytest.mark.browser

FINE = {"200": {"description": "Fine."}}
PATHS = {
    "/things/{id}": {
        "get": {
            "operationId": "read",
            "summary": "Read a thing",
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "a b"},
                {"name": "state", "in": "query", "schema": {"enum": ["open", "closed"]}},
            ],
            "responses": FINE,
        },
        "put": {
            "operationId": "write",
            "summary": "Write a thing",
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "1"}
            ],
            "requestBody": {"required": True, "content": {"application/json": {"example": {"name": "Ärger"}}}},
            "responses": FINE,
        },
    }
}
THINGS = {"things/v1": document(PATHS)}


def start(page: Page, operation: str = "read") -> None:
    page.locator(f"#{operation}").get_by_role("button", name="Try it").click()
    page.locator(f"#{operation} form.try").wait_for()


def send(page: Page, operation: str = "read") -> None:
    page.locator(f"#{operation}").get_by_role("button", name="Send request").click()


def result(page: Page, operation: str = "read") -> str:
    found = page.locator(f"#{operation} .result:not(:has-text('example answer'))")
    found.wait_for()
    return found.inner_text()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("try")


@pytest.fixture
def site(built: Path) -> Iterator[Served]:
    with served(built, THINGS, trying=True) as made:
        yield made


def address(site: Served) -> str:
    return f"{site.url}/apis/things/v1"


def test_a_visitor_without_a_key_gets_an_answer_with_all_that_is_told_of_it(chromium: Browser, site: Served) -> None:
    limits = {
        "Content-Type": "application/json",
        "RateLimit": '"hour";r=59;t=1200',
        "RateLimit-Policy": '"hour";q=60;w=3600',
        "X-Request-Id": "W1gXjhMJo=",
    }
    told = answer({"id": 12345678901234567890})._replace(fields=limits)
    site.upstream.reply = lambda _: told
    with opened(chromium, address(site)) as page:
        start(page)
        page.locator("#read select").nth(1).select_option("open")
        send(page)
        text = result(page)
        for expected in ("200", "ms", "W1gXjhMJo=", "59 of 60 left this hour", '"id": 12345678901234567890'):
            assert expected in text
        expect(page.locator("#read [role=status]")).to_contain_text("200")
    (call,) = site.upstream.calls
    assert (call.method, call.path) == ("GET", "/things/v1/things/a%20b?state=open")
    assert call.fields["x-api-key"] == f"{KEY}_1"
    assert "cookie" not in call.fields


def test_one_temporary_key_serves_until_it_ends_and_is_then_renewed(chromium: Browser, site: Served) -> None:
    with opened(chromium, address(site)) as page:
        start(page)
        for _ in range(2):
            send(page)
            result(page)
        assert site.upstream.keys == 1
        page.clock.install()
        page.clock.set_fixed_time("2100-01-01T00:00:00Z")
        site.upstream.lifetime = "2101-01-01T00:00:00Z"
        with page.expect_response("**/try-keys"):
            send(page)
    assert site.upstream.keys == 2


def test_a_temporary_key_that_the_gateway_no_longer_knows_is_renewed_once(chromium: Browser, site: Served) -> None:
    site.upstream.reply = lambda call: answer({}, 200 if call.fields["x-api-key"].endswith("_2") else 401)
    with opened(chromium, address(site)) as page:
        start(page)
        send(page)
        assert "200" in result(page)
    assert [call.fields["x-api-key"] for call in site.upstream.calls] == [f"{KEY}_1", f"{KEY}_2"]


def test_a_body_is_sent_with_control_and_enter(chromium: Browser, site: Served) -> None:
    with opened(chromium, address(site)) as page:
        start(page, "write")
        body = page.locator("#write").get_by_label("Body")
        expect(body).to_have_value('{\n  "name": "Ärger"\n}')
        body.fill('{"name": "日本"}')
        body.press("Control+Enter")
        result(page, "write")
    (call,) = site.upstream.calls
    assert (call.method, call.fields["content-type"]) == ("PUT", "application/json")
    assert json.loads(call.body) == {"name": "日本"}


def test_what_is_missing_or_broken_is_said_at_its_field_and_nothing_is_sent(chromium: Browser, site: Served) -> None:
    with opened(chromium, address(site)) as page:
        start(page, "write")
        operation = page.locator("#write")
        operation.get_by_label("id").fill("")
        operation.get_by_label("Body").fill("{")
        send(page, "write")
        expect(operation.get_by_label("id")).to_be_focused()
        expect(operation.get_by_label("id")).to_have_accessible_description("Required: type a value.")
        expect(operation.get_by_label("Body")).to_have_accessible_description(re.compile("Not JSON"))
    assert site.upstream.calls == []


def refusal(_: Call) -> Answer:
    told = {
        "title": "Quota exceeded",
        "detail": "60 of 60 calls used.",
        "next": "Wait until 14:00, or change the plan.",
    }
    return answer(told, 429, "application/problem+json", Retry_After="60")


def test_a_refusal_says_what_to_do_next(chromium: Browser, site: Served) -> None:
    site.upstream.reply = refusal
    with opened(chromium, address(site)) as page:
        start(page)
        send(page)
        problem = page.locator("#read .result-problem")
        expect(problem).to_contain_text("60 of 60 calls used.")
        expect(problem).to_contain_text("Wait until 14:00, or change the plan.")
        expect(page.locator("#read [role=status]")).to_contain_text("Wait until 14:00")


def test_a_call_that_does_not_get_through_says_so(chromium: Browser, site: Served) -> None:
    site.upstream.reply = lambda _: None
    with opened(chromium, address(site)) as page:
        start(page)
        page.route("**/gateway/**", lambda route: route.abort())
        send(page)
        assert "did not get through" in result(page)


def test_a_call_can_be_stopped(chromium: Browser, site: Served) -> None:
    with opened(chromium, address(site)) as page:
        start(page)
        page.route("**/gateway/**", lambda _: None)
        send(page)
        page.locator("#read").get_by_role("button", name="Stop").click()
        assert "You stopped the call." in result(page)


def test_a_refused_temporary_key_says_why_and_what_else_to_do(chromium: Browser, site: Served) -> None:
    told = {
        "code": "too_many_requests",
        "detail": "Five keys in ten minutes.",
        "next": "Wait nine minutes.",
        "title": "",
    }
    site.upstream.refuse = answer(told, 429, "application/problem+json")
    with opened(chromium, address(site)) as page:
        start(page)
        send(page)
        text = result(page)
        assert "Five keys in ten minutes." in text
        assert "Wait nine minutes." in text


def test_bytes_are_offered_as_a_file(chromium: Browser, site: Served) -> None:
    site.upstream.reply = lambda _: answer(b"\x00\x01\xff", media="application/octet-stream")
    with opened(chromium, address(site)) as page:
        start(page)
        send(page)
        assert "3 bytes" in result(page)
        with page.expect_download() as download:
            page.locator("#read").get_by_role("link", name="Download").click()
        assert download.value.path().read_bytes() == b"\x00\x01\xff"


def test_an_own_key_stays_in_memory_alone_and_out_of_the_samples(chromium: Browser, site: Served) -> None:
    with opened(chromium, address(site)) as page:
        start(page)
        page.locator("#read").get_by_label("Key").select_option("own")
        page.locator("#read").get_by_label("API key").fill("tg_dev_mine_secret")
        send(page)
        result(page)
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])")
        assert "tg_dev_mine" not in kept
        assert "tg_dev_mine" not in page.locator("main").inner_text()
        page.reload()
        start(page)
        page.locator("#read").get_by_label("Key").select_option("own")
        expect(page.locator("#read").get_by_label("API key")).to_have_value("")
    assert site.upstream.calls[0].fields["x-api-key"] == "tg_dev_mine_secret"
    assert site.upstream.keys == 0


def test_an_api_without_temporary_keys_says_why_and_to_sign_in(chromium: Browser, tmp_path: Path) -> None:
    with served(tmp_path, THINGS) as site, opened(chromium, address(site)) as page:
        start(page)
        panel = page.locator("#read .panel")
        expect(panel).to_contain_text("Temporary keys do not open this API, because")
        expect(panel.get_by_role("button", name="Sign in")).to_be_visible()
        send(page)
        expect(panel.get_by_label("API key")).to_have_accessible_description(
            "Stays in this tab's memory; it is not stored. Required: paste a key."
        )
    assert site.upstream.calls == []


def test_the_samples_follow_what_is_typed(chromium: Browser, site: Served) -> None:
    with opened(chromium, address(site)) as page:
        start(page)
        page.locator("#read").get_by_label("id").fill("it's")
        panel = page.locator("#read .samples")
        expect(panel).to_contain_text("https://gateway.example/things/v1/things/it%27s")
        panel.get_by_role("tab", name="Python").click()
        expect(panel).to_contain_text('os.environ["API_KEY"]')
        expect(page.locator("#write .samples")).to_contain_text("requests.put(")
        panel.get_by_role("tab", name="Python").press("ArrowRight")
        expect(panel.get_by_role("tab", name="JavaScript")).to_be_focused()
        expect(panel).to_contain_text("process.env.API_KEY")
