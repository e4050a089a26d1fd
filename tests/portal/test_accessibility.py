"""What is found in a page after somebody has used it: with menus and dialogs open, answers there, and forms refused."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.portal.browser import HEIGHTS, PHONE, WIDE, Visit
from tests.portal.demo_site import Portal
from tests.portal.fake_api import Fake, Refused
from tests.portal.fake_partner import SHOP, TILL

pytestmark = pytest.mark.browser

APP, ACCOUNTS = f"/apps/{SHOP}", "/apis/bank/v1/accounts"


class Use(NamedTuple):
    name: str
    path: str
    signed_in: bool
    act: Callable[[Page, Fake], None]


USES: list[Use] = []


def use(path: str, *, signed_in: bool = True) -> Callable[[Callable[[Page, Fake], None]], None]:
    def named(act: Callable[[Page, Fake], None]) -> None:
        USES.append(Use(act.__name__.replace("_", "-"), path, signed_in, act))

    return named


@use("/", signed_in=False)
def landing_searched(page: Page, fake: Fake) -> None:
    page.get_by_role("combobox").first.fill("account")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")


@use("/guides", signed_in=False)
def guides_searched_in_vain(page: Page, fake: Fake) -> None:
    page.keyboard.press("/")
    page.keyboard.type("zzzz")
    page.get_by_text("Nothing found").wait_for()


@use("/apps")
def apps_with_the_menu_of_the_account(page: Page, fake: Fake) -> None:
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").wait_for()


def try_it(page: Page) -> None:
    page.get_by_role("button", name="Try it: Get an account", exact=True).click()
    page.locator("form.try").wait_for()


@use(ACCOUNTS, signed_in=False)
def reference_tried(page: Page, fake: Fake) -> None:
    try_it(page)
    page.get_by_role("button", name="Send request").click()
    page.locator("form.try ~ .result .http-ok, form.try ~ .result").first.wait_for()
    page.get_by_role("tab", name="Python").nth(1).click()


@use(ACCOUNTS, signed_in=False)
def reference_refused_at_its_fields(page: Page, fake: Fake) -> None:
    try_it(page)
    page.locator("form.try input").first.fill("")
    page.locator("form.try select").first.select_option("own")
    page.get_by_role("button", name="Send request").click()
    page.locator("[aria-invalid=true]").first.wait_for()


@use("/apis/bank/v1", signed_in=False)
def reference_opened_all(page: Page, fake: Fake) -> None:
    page.get_by_role("button", name="Open all").click()
    page.get_by_role("button", name="Close all").wait_for()


def create(page: Page, name: str) -> None:
    page.get_by_role("button", name="Create key").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.keyboard.press("Enter")


@use(APP)
def application_key_refused(page: Page, fake: Fake) -> None:
    create(page, "   ")
    page.locator("[aria-invalid=true]").wait_for()


@use(APP)
def application_key_failed(page: Page, fake: Fake) -> None:
    fake.fail["POST /applications/{app}/credentials"] = Refused(503, "unavailable", "A store does not answer.")
    create(page, "CI")
    page.get_by_role("dialog").get_by_role("alert").wait_for()


@use(APP)
def application_key_shown(page: Page, fake: Fake) -> None:
    create(page, "CI")
    page.get_by_text("It will not be shown again").wait_for()


@use(APP)
def application_key_not_copied(page: Page, fake: Fake) -> None:
    create(page, "CI")
    page.get_by_text("It will not be shown again").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("The key is not copied yet.").wait_for()


@use(APP)
def application_key_rotated(page: Page, fake: Fake) -> None:
    page.get_by_role("button", name="Rotate Production").click()
    page.get_by_role("button", name="Rotate key").click()
    page.get_by_text("The old key works until").wait_for()


@use(f"/apps/{TILL}")
def application_key_not_revoked(page: Page, fake: Fake) -> None:
    page.get_by_role("button", name="Revoke Counter").click()
    page.keyboard.type("no")
    page.keyboard.press("Enter")
    page.get_by_text("Type “revoke” to go on.").wait_for()


@use(APP)
def application_renamed_meanwhile(page: Page, fake: Fake) -> None:
    page.get_by_role("button", name="Rename").click()
    fake.state.applications[SHOP] |= {"name": "Theirs", "version": 7}
    page.get_by_label("Name of the application").fill("Mine")
    page.keyboard.press("Enter")
    page.get_by_text("It is called “Theirs” now.").wait_for()


@use(APP)
def application_to_be_deleted(page: Page, fake: Fake) -> None:
    page.get_by_role("button", name="Delete application").click()
    page.get_by_role("dialog").wait_for()


@use(f"{APP}/usage")
def usage_by_key_as_a_table(page: Page, fake: Fake) -> None:
    page.get_by_role("tab", name="By API key").click()
    page.get_by_text("Counted from the access log.").wait_for()
    page.get_by_text("Show as a table").click()


@use(f"{APP}/plan")
def plan_asked_for(page: Page, fake: Fake) -> None:
    page.get_by_role("button", name="Request Enterprise").click()
    page.get_by_label("Note").fill("We go live.")


@use(f"{APP}/plan")
def plan_requested(page: Page, fake: Fake) -> None:
    plan_form(page)
    page.get_by_text("waits for approval").first.wait_for()


def plan_form(page: Page) -> None:
    page.get_by_role("button", name="Request Enterprise").click()
    page.get_by_role("button", name="Send request").click()


@use("/organization")
def organization_invitation_refused(page: Page, fake: Fake) -> None:
    page.get_by_label("Mail address").fill("nobody")
    page.get_by_role("button", name="Invite", exact=True).click()
    page.locator("[aria-invalid=true]").wait_for()


@use("/organization")
def organization_role_of_a_member(page: Page, fake: Fake) -> None:
    page.get_by_role("button", name="Change role of sam.de.wit@korst.example").click()
    page.get_by_role("dialog").wait_for()


@use("/start")
def start_first_key(page: Page, fake: Fake) -> None:
    page.get_by_label("Name of the application").fill("Oven")
    page.get_by_role("button", name="Create application").click()
    page.get_by_text("Waiting for your first call").wait_for()


@use("/start")
def start_first_call(page: Page, fake: Fake) -> None:
    start_first_key_form(page)
    page.get_by_role("button", name="Send it from here").click()
    page.get_by_text("Your first call arrived").wait_for()


def start_first_key_form(page: Page) -> None:
    page.get_by_label("Name of the application").fill("Oven")
    page.get_by_role("button", name="Create application").click()


@use("/apps")
def apps_after_the_session_ended(page: Page, fake: Fake) -> None:
    fake.fail.update({"GET /organizations/{org}/notices": Refused(401, "unauthorized", "The token has ended.")})
    page.route("**/idp/token", lambda route: route.fulfill(status=400, json={"error": "invalid_grant"}))
    page.get_by_role("link", name="Notices").first.click()
    page.get_by_text("Your session has ended").wait_for()


@pytest.mark.parametrize("done", [pytest.param(each, id=each.name) for each in USES])
def test_a_page_stays_accessible_in_use(done: Use, visit: Callable[..., Visit], portal: Portal) -> None:
    seen = visit(signed_in=done.signed_in)
    page = seen.open(done.path)
    done.act(page, portal.fake)
    seen.picture(f"{done.name}-light-{WIDE}")
    found = seen.violations()
    page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    page.emulate_media(color_scheme="dark")
    seen.picture(f"{done.name}-dark-{PHONE}")
    assert found + [f"dark, {PHONE}: {each}" for each in seen.violations()] == []
    assert seen.sideways() <= 0


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_menu_of_a_phone_is_accessible(signed_in: bool, visit: Callable[..., Visit]) -> None:
    seen = visit(signed_in=signed_in, width=PHONE)
    page = seen.open("/guides")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("navigation", name="Menu").wait_for()
    seen.picture(f"menu-{'in' if signed_in else 'out'}-light-{PHONE}")
    assert seen.violations() == []


def test_the_theme_that_is_chosen_stays(visit: Callable[..., Visit]) -> None:
    seen = visit(fresh=True)
    page = seen.open("/")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Use the dark theme").click()
    assert page.evaluate(ground) != light
    page.reload()
    seen.settle()
    assert page.evaluate(ground) != light
    expect(page.get_by_role("button", name="Use the light theme")).to_be_visible()
