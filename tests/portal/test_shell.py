"""What every page of the portal has around it: sign-in, search, the way between pages, and the policy it runs under."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.portal.demo_site import CLIENT, Portal
from tiergate.local.preview import server

pytestmark = pytest.mark.browser
PUBLIC = ("/", "/apis/bank", "/apis/bank/v1", "/guides", "/guides/limits", "/changelog", "/nowhere", "/signed-out")
KEPT = "Object.fromEntries(Object.entries({storage}).filter(([key]) => key !== 'portal.theme'))"


@contextmanager
def opened(browser: Browser, url: str, width: int = 1440, **context: Any) -> Iterator[Page]:
    """A page on which nothing may break: no script fails, and the content security policy is kept."""
    made = browser.new_context(viewport={"width": width, "height": 900}, **context)
    page = made.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(url)
    page.locator("h1").first.wait_for()
    try:
        yield page
        assert faults == []
    finally:
        made.close()


def sign_in(page: Page) -> None:
    page.locator(".header").get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Account of").wait_for()


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_is_read_at_320_pixels_without_scrolling_sideways(chromium: Browser, portal: Portal, path: str) -> None:
    with opened(chromium, portal.url + path, width=320) as page:
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.locator("h1").count() == 1


def test_signing_in_leads_back_and_leaves_no_code_behind(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, f"{portal.url}/guides/limits?from=here") as page:
        seen: list[str] = []
        page.on("request", lambda sent: seen.append(sent.url))
        sign_in(page)
        page.wait_for_url("**/guides/limits?from=here")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(next(filter(is_asked, seen))).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert len(asked["nonce"]) >= 32
        assert asked["redirect_uri"] == f"{portal.url}/signed-in"
        assert page.evaluate(KEPT.format(storage="localStorage")) == {}
        kept = page.evaluate(KEPT.format(storage="sessionStorage"))
        assert [json.loads(each)["refresh_token"] for name, each in kept.items() if "user" in name] == ["refresh"]
        page.go_back()
        page.go_forward()
        page.wait_for_url("**/guides/limits?from=here")
        assert not any("code=" in url for url in seen[seen.index(f"{portal.url}/idp/token") :])


def is_asked(url: str) -> bool:
    return "/idp/authorize" in url


def test_a_code_is_out_of_the_address_before_anything_is_sent(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, f"{portal.url}/signed-in?code=stolen&state=unknown") as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("This sign-in is no longer valid")
        assert page.url == f"{portal.url}/signed-in"
        assert page.evaluate(KEPT.format(storage="sessionStorage")) == {}


@pytest.mark.parametrize(
    "claim",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_000_000_000},
        {"exp": None},
    ],
    ids=str,
)
def test_an_answer_that_was_meant_for_another_or_has_ended_is_refused(
    chromium: Browser, portal: Portal, claim: dict[str, Any]
) -> None:
    def change(route: Route) -> None:
        answer = route.fetch()
        tokens = answer.json()
        head, body, sign = tokens["id_token"].split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        changed = {name: value for name, value in {**claims, **claim}.items() if value is not None}
        body = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
        route.fulfill(response=answer, json={**tokens, "id_token": f"{head}.{body}.{sign}"})

    with opened(chromium, portal.url) as page:
        page.route("**/idp/token", change)
        page.locator(".header").get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign in again").wait_for()
        assert page.url == f"{portal.url}/signed-in"
        assert not any("user" in name for name in page.evaluate(KEPT.format(storage="sessionStorage")))


def test_who_stops_at_the_sign_in_page_is_told_so(chromium: Browser, portal: Portal) -> None:
    def refuse(route: Route) -> None:
        state = parse_qs(urlsplit(route.request.url).query)["state"][0]
        to = f"{portal.url}/signed-in?error=access_denied&error_description=Not+today&state={state}"
        route.fulfill(status=302, headers={"Location": to})

    with opened(chromium, portal.url) as page:
        page.route("**/idp/authorize*", refuse)
        page.locator(".header").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The sign-in was stopped")
        expect(page.get_by_role("main")).to_contain_text("Not today")


def test_signing_out_revokes_and_leaves_nothing(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url) as page:
        sign_in(page)
        sent: list[tuple[str, str]] = []
        page.on("request", lambda each: sent.append((each.url, each.post_data or "")))
        page.get_by_role("button", name="Account of").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
        assert f"token=refresh&client_id={CLIENT}" in dict(sent)[f"{portal.url}/idp/revoke"]
        leaving = next(url for url, _ in sent if "/idp/logout" in url)
        assert parse_qs(urlsplit(leaving).query) == {"client_id": [CLIENT], "logout_uri": [f"{portal.url}/signed-out"]}
        assert page.evaluate(KEPT.format(storage="sessionStorage")) == {}


def test_signing_in_from_an_operation_leads_back_to_it(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, f"{portal.url}/apis/bank/v1/accounts?from=here#listAccounts") as page:
        sign_in(page)
        page.wait_for_url("**/apis/bank/v1/accounts?from=here#listAccounts")


def test_signing_out_forgets_the_tokens_also_where_nothing_else_can_be_had(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url) as page:
        sign_in(page)
        page.route("**/idp/revoke", lambda route: route.abort())
        page.route("**/assets/*.js", lambda route: route.abort())
        page.get_by_role("button", name="Account of").click()
        with page.expect_request("**/idp/logout*"):
            page.get_by_role("button", name="Sign out").click()
        assert page.evaluate(KEPT.format(storage="sessionStorage")) == {}


def test_signing_out_of_one_tab_signs_out_of_all(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, f"{portal.url}/apps") as page:
        sign_in(page)
        with page.context.expect_page() as opening:
            page.evaluate("window.open('/apps')")
        other = opening.value
        other.get_by_role("button", name="Account of").wait_for()
        page.get_by_role("button", name="Account of").click()
        with other.expect_request("**/idp/revoke"):
            page.get_by_role("button", name="Sign out").click()
        expect(other.get_by_role("main")).to_contain_text("Sign in to go on")
        assert other.evaluate(KEPT.format(storage="sessionStorage")) == {}


def test_where_nothing_can_be_stored_pages_come_and_signing_in_says_why_it_does_not(
    chromium: Browser, portal: Portal
) -> None:
    denied = """for (const name of ["sessionStorage", "localStorage"]) Object.defineProperty(window, name, {
        get() { throw new DOMException("denied", "SecurityError"); } });"""
    made = chromium.new_context()
    made.add_init_script(denied)
    page = made.new_page()
    try:
        page.goto(f"{portal.url}/guides")
        expect(page.get_by_role("heading", level=1)).to_have_text("Guides")
        page.get_by_role("button", name="Use the dark theme").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.goto(f"{portal.url}/signed-out")
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("Your browser lets this site store nothing")
    finally:
        made.close()


def test_a_session_that_cannot_be_renewed_ends_and_says_so(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url) as page:
        sign_in(page)
        ended = json.dumps({"error": "invalid_grant"})
        page.route("**/idp/token", lambda route: route.fulfill(status=400, content_type="application/json", body=ended))
        page.route("**/api/**", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}))
        page.get_by_role("link", name="Applications").first.click()
        expect(page.get_by_role("main")).to_contain_text("Your session has ended")


def test_a_token_that_ends_is_renewed_without_a_word(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url) as page:
        sign_in(page)
        renewals: list[str] = []
        fresh = {"access_token": "fresh", "token_type": "Bearer", "expires_in": 3600}

        def renew(route: Route) -> None:
            renewals.append(route.request.post_data or "")
            route.fulfill(json=fresh)

        page.route("**/idp/token", renew)
        page.evaluate(
            """() => Object.keys(sessionStorage).filter((key) => key.includes("user")).forEach((key) => {
              const user = JSON.parse(sessionStorage.getItem(key));
              sessionStorage.setItem(key, JSON.stringify({ ...user, expires_at: 1 }));
            })"""
        )
        with page.expect_request(lambda sent: sent.headers.get("authorization") == "Bearer fresh"):
            page.get_by_role("link", name="Applications").first.click()
        assert len(renewals) == 1
        assert "grant_type=refresh_token" in renewals[0]


ENDING = """
(seconds) => Object.keys(sessionStorage).filter((key) => key.includes("user")).forEach((key) => {
  const user = JSON.parse(sessionStorage.getItem(key));
  sessionStorage.setItem(key, JSON.stringify({ ...user, expires_at: Date.now() / 1000 + seconds }));
})
"""


def test_a_renewal_that_fails_leaves_the_token_in_use_and_is_not_tried_again_at_once(
    chromium: Browser, portal: Portal
) -> None:
    with opened(chromium, portal.url) as page:
        sign_in(page)
        renewals: list[str] = []

        def fail(route: Route) -> None:
            renewals.append(route.request.url)
            route.fulfill(status=503, body="")

        page.route("**/idp/token", fail)
        page.evaluate(ENDING, 20)
        for name in ("Applications", "Notices"):
            page.get_by_role("link", name=name).first.click()
            expect(page.get_by_role("heading", level=1)).to_have_text(name)
            page.wait_for_load_state("networkidle")
        assert len(renewals) == 1
        expect(page.get_by_role("button", name="Account of")).to_be_visible()


def test_a_call_says_that_the_sign_in_service_is_out_of_reach_once_the_token_has_ended(
    chromium: Browser, portal: Portal
) -> None:
    with opened(chromium, portal.url) as page:
        sign_in(page)
        page.route("**/idp/token", lambda route: route.abort())
        page.evaluate(ENDING, -1)
        page.get_by_role("link", name="Applications").first.click()
        expect(page.get_by_role("main")).to_contain_text("could not be reached")
        expect(page.get_by_role("button", name="Account of")).to_be_visible()


def test_a_preview_says_that_nobody_can_sign_in(chromium: Browser, portal: Portal) -> None:
    web = server(0, lambda: portal.folder, upstreams={"/api": ""})
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        with opened(chromium, f"http://127.0.0.1:{web.server_address[1]}/apps") as page:
            expect(page.get_by_role("main")).to_contain_text("This is a preview of the portal")
    finally:
        web.shutdown()
        web.server_close()


def test_search_is_found_and_used_by_keyboard_alone(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url) as page:
        page.keyboard.press("/")
        field = page.get_by_role("combobox")
        expect(field).to_be_focused()
        field.press_sequentially("BALÁNCES")
        expect(page.get_by_role("option").first).to_contain_text("balances")
        expect(field).to_have_attribute("aria-expanded", "true")
        first = field.get_attribute("aria-activedescendant")
        page.keyboard.press("ArrowDown")
        assert first != field.get_attribute("aria-activedescendant") or page.get_by_role("option").count() == 1
        page.keyboard.press("ArrowUp")
        selected = page.get_by_role("option", selected=True)
        assert selected.get_attribute("id") == field.get_attribute("aria-activedescendant")
        page.keyboard.press("Enter")
        page.wait_for_url("**/apis/bank/v1/**")


def test_the_same_operation_found_again_is_shown_again(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, f"{portal.url}/apis/bank/v1/accounts") as page:
        for _ in range(2):
            page.evaluate("scrollTo(0, 0)")
            page.keyboard.press("/")
            page.get_by_role("combobox").fill("balances")
            page.get_by_role("option").first.wait_for()
            page.keyboard.press("Enter")
            page.wait_for_function("scrollY > 100")


def test_a_slash_that_is_typed_stays_where_it_is_typed(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url) as page:
        field = page.get_by_role("combobox")
        field.press_sequentially("/accounts")
        expect(field).to_have_value("/accounts")
        page.keyboard.press("Escape")
        expect(field).to_have_attribute("aria-expanded", "false")


def test_going_to_a_page_tells_its_title_and_takes_the_focus_there(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url) as page:
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Guides").click()
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        expect(page).to_have_title("Guides · Demo Bank Open APIs")
        page.go_back()
        expect(page).to_have_title("Demo Bank Open APIs")
        expect(page.get_by_role("heading", level=1)).to_have_text("Build on Demo Bank")


def test_a_chosen_theme_stays_and_is_there_before_the_first_paint(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url, color_scheme="light") as page:
        page.get_by_role("button", name="Use the dark theme").click()
        page.route("**/assets/app-*.js", lambda route: route.abort())
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.unroute_all()
        page.reload()
        page.get_by_role("button", name="Use the light theme").click()
        expect(page.get_by_role("button", name="Use the dark theme")).to_be_visible()


def test_who_goes_back_to_what_the_system_has_follows_the_system_again(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url, color_scheme="light") as page:
        page.get_by_role("button", name="Use the dark theme").click()
        page.get_by_role("button", name="Use the light theme").click()
        assert page.evaluate("localStorage.getItem('portal.theme')") is None
        page.emulate_media(color_scheme="dark")
        expect(page.get_by_role("button", name="Use the light theme")).to_be_visible()
        assert page.evaluate("document.documentElement.dataset.theme") is None


def test_a_page_that_was_left_before_it_came_leaves_nothing_waiting(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url) as page:
        waiting: list[Route] = []
        page.route("**/assets/changelog-*.js", lambda route: waiting.append(route))  # noqa: PLW0108  # Playwright names what it calls
        main = page.get_by_role("navigation", name="Main")
        main.get_by_role("link", name="Changelog").click()
        expect(page.locator("main")).to_have_attribute("aria-busy", "true")
        main.get_by_role("link", name="APIs").click()
        expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
        for each in waiting:
            each.continue_()
        page.wait_for_load_state("networkidle")
        expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
        expect(page.get_by_role("heading", level=1)).to_have_text("Build on Demo Bank")


@pytest.mark.parametrize("path", ["/apis/bank/v1#100%", "/changelog#100%"])
def test_an_anchor_with_a_broken_escape_breaks_nothing(chromium: Browser, portal: Portal, path: str) -> None:
    with opened(chromium, portal.url + path) as page:
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("main")).not_to_contain_text("cannot be shown")


TITLES = {
    "/apis/bank/v1": "Demo Bank v1 reference · Demo Bank Open APIs",
    "/apis/bank/v1/accounts": "Accounts · Demo Bank v1 · Demo Bank Open APIs",
    "/apis/bank/v1/nothing": "Not found · Demo Bank Open APIs",
    "/apis/bank/v99": "Not found · Demo Bank Open APIs",
}


@pytest.mark.parametrize(("path", "title"), TITLES.items())
def test_the_window_is_called_by_what_the_reference_shows(
    chromium: Browser, portal: Portal, path: str, title: str
) -> None:
    with opened(chromium, portal.url + path) as page:
        expect(page).to_have_title(title)


def test_a_page_whose_module_is_gone_is_loaded_anew_once_and_then_says_so(chromium: Browser, portal: Portal) -> None:
    with opened(chromium, portal.url) as page:
        page.route("**/assets/guides-*.js", lambda route: route.fulfill(status=404))
        loads: list[str] = []
        page.on("domcontentloaded", lambda _: loads.append(page.url))
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Guides").click()
        expect(page.get_by_role("main")).to_contain_text("This page could not be loaded")
        assert loads == [f"{portal.url}/guides"]
