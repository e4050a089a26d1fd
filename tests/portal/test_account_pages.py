"""What somebody who is signed in can do, in a real browser, with the portal API in memory behind the site."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.portal.account_site import Portal, built, portal
from tests.portal.fake_api import Refused
from tests.portal.fake_partner import SHOP, TILL, State, application, nobody, partner

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
PAGES = {
    "start": "/start",
    "apps": "/apps",
    "application": f"/apps/{SHOP}",
    "usage": f"/apps/{SHOP}/usage",
    "plan": f"/apps/{SHOP}/plan",
    "notices": "/notices",
    "organization": "/organization",
    "invitations": "/invitations",
}
Opening = Callable[[State], AbstractContextManager[Portal]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("site") / "site")


@pytest.fixture
def serving(site: Path, tmp_path: Path) -> Opening:
    return lambda state: portal(site, state, tmp_path)


def settled(page: Page) -> None:
    """Wait until a page has all that it asks for, also what it asks for only once that is nearly in sight."""
    expect(page.locator("main h1")).to_be_visible()
    page.wait_for_function(
        "() => { const left = document.querySelector('main .loading'); left?.scrollIntoView(); return !left }"
    )
    page.evaluate("scrollTo(0, 0)")


def faults(page: Page) -> list[str]:
    """What axe finds on a page: WCAG 2.2 AA and best practice."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def kept(page: Page) -> str:
    """All that a browser's tab keeps."""
    return str(page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}]) + document.cookie"))


def test_somebody_new_comes_from_signing_up_to_a_first_call(chromium: Browser, serving: Opening) -> None:
    with serving(nobody()) as site, site.opened(chromium, "/start", signed_in=False) as page:
        page.locator("main").get_by_role("button", name="Sign up").click()
        page.get_by_label("Name of your organization").fill("Korst")
        page.keyboard.press("Enter")
        page.get_by_label("Name of the application").fill("Oven")
        expect(page.get_by_role("radio", name="Free")).to_be_checked()
        page.get_by_role("button", name="Create application").click()
        key = page.get_by_label("API key", exact=True).input_value()
        expect(page.locator("pre").first).to_contain_text(f"-H 'X-Api-Key: {key}'")
        expect(page.get_by_text("Waiting for your first call")).to_be_visible()
        page.get_by_role("button", name="Send it from here").click()
        expect(page.get_by_text("Your first call arrived and was let through.")).to_be_visible(timeout=20_000)
        assert key not in kept(page)


def test_a_key_is_shown_once_and_gone_after_leaving_the_page(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{SHOP}") as page:
        page.get_by_role("button", name="Create key").click()
        page.get_by_label("Name", exact=True).fill("CI")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        key = dialog.get_by_label("API key", exact=True).input_value()
        page.keyboard.press("Escape")
        expect(dialog.get_by_text("The key is not copied yet.")).to_be_visible()
        dialog.get_by_role("button", name="Copy key").click()
        assert page.evaluate("navigator.clipboard.readText()") == key
        dialog.get_by_role("button", name="Done").click()
        expect(dialog).to_have_count(0)
        page.get_by_role("link", name="Usage", exact=True).click()
        page.go_back()
        settled(page)
        assert key not in page.content()
        assert key not in kept(page)


def test_a_key_is_downloaded_as_an_environment_file(chromium: Browser, serving: Opening, tmp_path: Path) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{SHOP}") as page:
        page.get_by_role("button", name="Create key").click()
        page.get_by_label("Name", exact=True).fill("CI")
        page.keyboard.press("Enter")
        key = page.get_by_label("API key", exact=True).input_value()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download as .env").click()
        download.value.save_as(tmp_path / "taken")
        assert f"API_KEY={key}\n" in (tmp_path / "taken").read_text()


def test_rotating_says_until_when_both_keys_work(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{TILL}") as page:
        page.get_by_role("button", name="Rotate Counter").click()
        page.get_by_label("Old key goes on for").select_option("72")
        expect(page.get_by_text("Both keys work until")).to_be_visible()
        page.get_by_role("button", name="Rotate key").click()
        expect(page.get_by_text("The old key works until")).to_be_visible()
        old = site.fake.state.credentials[TILL][1]
        assert old["state"] == "replaced"


def test_revoking_asks_for_the_word_and_then_offers_to_delete(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{TILL}") as page:
        page.get_by_role("button", name="Revoke Counter").click()
        page.keyboard.type("yes")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Type “revoke” to go on.")).to_be_visible()
        assert site.fake.state.credentials[TILL][0]["state"] == "active"
        page.get_by_label("Type “revoke” to confirm").fill("Revoke")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Delete Counter").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("No API keys yet")).to_be_visible()


def test_a_creation_that_failed_is_sent_again_as_the_same_intent(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{SHOP}") as page:
        route = "POST /applications/{app}/credentials"
        site.fake.fail[route] = Refused(500, "portal_failed", "Whether it was done is not known.", "Send it again.")
        page.get_by_role("button", name="Create key").click()
        page.get_by_label("Name", exact=True).fill("CI")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("W1gXmh2_oAMEVow=")
        expect(page.get_by_label("Name", exact=True)).to_have_value("CI")
        del site.fake.fail[route]
        page.get_by_role("dialog").get_by_role("button", name="Create key").click()
        expect(page.get_by_text("It will not be shown again")).to_be_visible()
        keys = [fields["idempotency-key"] for method, _, fields in site.fake.calls if method == "POST"]
        assert len(keys) == 2
        assert len(set(keys)) == 1


def test_a_fault_is_told_at_its_field_and_what_was_typed_stays(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{SHOP}") as page:
        fault = {"field": "name", "detail": "No such name."}
        route = "POST /applications/{app}/credentials"
        site.fake.fail[route] = Refused(422, "invalid", "Some fields are not as they must be.", errors=[fault])
        page.get_by_role("button", name="Create key").click()
        name = page.get_by_label("Name", exact=True)
        name.fill("CI")
        page.get_by_label("Ends after").select_option("90")
        page.get_by_role("dialog").get_by_role("button", name="Create key").click()
        expect(name).to_have_attribute("aria-invalid", "true")
        expect(name).to_be_focused()
        expect(name).to_have_accessible_description("Where it will be used, such as Production. No such name.")
        expect(page.get_by_label("Ends after")).to_have_value("90")
        page.keyboard.type("!")
        expect(name).not_to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text("No such name.")).to_have_count(0)


def test_a_name_that_changed_meanwhile_is_told_and_the_typed_one_kept(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{SHOP}") as page:
        page.get_by_role("button", name="Rename").click()
        site.fake.state.applications[SHOP] |= {"name": "Somebody else’s", "version": 7}
        page.get_by_label("Name of the application").fill("Mine")
        page.keyboard.press("Enter")
        expect(page.get_by_text("It is called “Somebody else’s” now.")).to_be_visible()
        expect(page.get_by_label("Name of the application")).to_have_value("Mine")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Mine")


def test_a_larger_plan_is_asked_for_and_the_request_withdrawn(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{SHOP}/plan") as page:
        page.get_by_role("button", name="Request Enterprise").click()
        page.get_by_label("Note").fill("We go live in December.")
        page.get_by_role("button", name="Send request").click()
        expect(page.get_by_text("Your request for Enterprise waits for approval.")).to_be_visible()
        expect(page.get_by_text("We go live in December.")).to_be_visible()
        page.get_by_role("button", name="Withdraw").click()
        page.get_by_role("button", name="Withdraw request").click()
        expect(page.get_by_role("button", name="Request Enterprise")).to_be_visible()


def test_a_self_service_plan_is_in_force_at_once(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{SHOP}/plan") as page:
        page.get_by_role("button", name="Choose Free").click()
        page.get_by_role("button", name="Change to Free").click()
        expect(page.get_by_role("button", name="Request Partner")).to_be_visible()
        assert site.fake.state.applications[SHOP]["subscriptions"][0]["plan"] == "free"


def test_a_quota_that_is_used_up_says_why_calls_are_refused(chromium: Browser, serving: Opening) -> None:
    state = partner()
    state.used[SHOP] = 4500
    with serving(state) as site, site.opened(chromium, f"/apps/{SHOP}/usage") as page:
        expect(page.get_by_role("alert")).to_contain_text("Calls are refused at the moment")
        expect(page.get_by_role("alert").get_by_role("link", name="Compare plans")).to_be_visible()


def test_an_end_in_sight_is_told_where_calls_go_there(chromium: Browser, serving: Opening) -> None:
    def deprecated(route: Route) -> None:
        catalog = route.fetch().json()
        catalog["apis"][0]["versions"][0]["state"] = "deprecated"
        route.fulfill(json=catalog)

    with serving(partner()) as site, site.opened(chromium, "/changelog") as page:
        page.route("**/content/catalog.json", deprecated)
        for path, words in (
            (f"/apps/{SHOP}/usage", "This application made 9,312 calls to it"),
            ("/apps", "9,312 of your"),
        ):
            page.goto(site.url + path)
            expect(page.get_by_role("note")).to_contain_text(words)
        page.goto(f"{site.url}/apps/{TILL}/usage")
        settled(page)
        expect(page.get_by_role("note")).to_have_count(0)


def test_usage_is_asked_for_in_one_call_for_each_split(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{SHOP}/usage") as page:
        settled(page)
        page.get_by_role("tab", name="By API key").click()
        expect(page.get_by_text("Counted from the access log.")).to_be_visible()
        page.get_by_text("Show as a table").click()
        expect(page.get_by_role("columnheader", name="Staging")).to_be_visible()
        asked = [path for method, path, _ in site.fake.calls if path.endswith("/usage")]
        assert len(asked) == 2


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_viewer_is_offered_no_change(path: str, chromium: Browser, serving: Opening) -> None:
    with serving(partner(role="viewer")) as site, site.opened(chromium, path) as page:
        settled(page)
        changes = (
            page.locator("main")
            .get_by_role("button")
            .filter(has_text="Create")
            .or_(
                page.locator("main")
                .get_by_role("button", name="Delete")
                .or_(page.locator("main").get_by_role("button", name="Invite"))
            )
        )
        expect(changes).to_have_count(0)


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_asks_to_sign_in_and_keeps_its_own_address_for_after(
    path: str, chromium: Browser, serving: Opening
) -> None:
    with serving(partner()) as site, site.opened(chromium, path, signed_in=False) as page:
        page.locator("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("banner").get_by_role("link", name="Notices")).to_be_visible()
        expect(page).to_have_url(site.url + path)
        expect(page.locator("main").get_by_role("button", name="Sign in")).to_have_count(0)


def test_an_answer_that_failed_is_told_with_its_request_id_and_asked_again(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site:
        route = "GET /organizations/{org}/applications"
        site.fake.fail[route] = Refused(503, "unavailable", "A store does not answer.", "Try again in a minute.")
        with site.opened(chromium, "/apps") as page:
            expect(page.get_by_text("W1gXmh2_oAMEVow=")).to_be_visible()
            del site.fake.fail[route]
            page.get_by_role("button", name="Try again").click()
            expect(page.get_by_role("link", name="Web shop", exact=True)).to_be_visible()


def test_a_page_says_that_it_waits(chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site:
        held = site.fake.held["GET /organizations/{org}/applications"] = threading.Event()
        with site.opened(chromium, "/apps") as page:
            expect(page.locator("main .loading")).to_be_visible()
            held.set()
            expect(page.get_by_role("link", name="Web shop", exact=True)).to_be_visible()


def test_the_organization_is_chosen_where_there_are_several(chromium: Browser, serving: Opening) -> None:
    state = partner()
    state.organizations["north"] = state.organizations["korst"] | {"id": "north", "name": "North"}
    state.members["north"], state.invitations["north"] = [], []
    application(state, "app_000000000001", "Northern lights", "owner", organization="north")
    with serving(state) as site, site.opened(chromium, "/apps") as page:
        page.get_by_label("Organization").select_option("north")
        expect(page.get_by_role("link", name="Northern lights", exact=True)).to_be_visible()
        page.reload()
        expect(page.get_by_role("link", name="Northern lights", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing(path: str, theme: str, width: int, chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, path, theme=theme, width=width) as page:
        settled(page)
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "button", ["Create key", "Rotate Production", "Revoke Staging", "Delete application", "Rename"]
)
def test_axe_finds_nothing_in_what_a_button_opens(button: str, theme: str, chromium: Browser, serving: Opening) -> None:
    with serving(partner()) as site, site.opened(chromium, f"/apps/{SHOP}", theme=theme) as page:
        settled(page)
        page.get_by_role("button", name=button).click()
        assert faults(page) == []
