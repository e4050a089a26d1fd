"""What somebody who is signed in changes shows at once and everywhere, and nothing is told that is not so."""

import re
import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.portal.browser import Visit
from tests.portal.demo_site import Portal
from tests.portal.fake_api import Refused
from tests.portal.fake_partner import SHOP, TILL, nobody

pytestmark = pytest.mark.browser

Begin = Callable[..., Visit]
FAILED = Refused(503, "unavailable", "A store does not answer.", "Try again in a minute.")
KEYS = "POST /applications/{app}/credentials"


@pytest.fixture
def opened(visit: Begin) -> Callable[[str], Page]:
    """``opened(path)``: a page of the partner."""
    return lambda path: visit(signed_in=True).open(path)


def spoken(page: Page) -> list[str]:
    """The places of the accessibility tree that tell of changes; what is behind a dialog is not in it."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [each["role"]["value"] for each in nodes if not each["ignored"] and each["role"]["value"] == "status"]


def fill_application(page: Page, name: str, plan: str) -> None:
    page.get_by_label("Name of the application").fill(name)
    page.get_by_role("radio", name=plan).check()
    page.get_by_role("button", name="Create application").click()


def test_an_application_whose_key_failed_is_told_as_it_was_registered(
    opened: Callable[[str], Page], portal: Portal
) -> None:
    page = opened("/start")
    portal.fake.fail[KEYS] = FAILED
    fill_application(page, "Alpha", "Free")
    expect(page.get_by_text("Alpha is registered. Only its key is missing.")).to_be_visible()
    expect(page.get_by_label("Name of the application")).to_have_count(0)
    expect(page.get_by_role("radio")).to_have_count(0)
    portal.fake.fail.clear()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".step-result").nth(1)).to_have_text("Alpha, plan Free")
    made = [*portal.fake.state.applications.values()][-1]
    assert (made["name"], [each["plan"] for each in made["subscriptions"]]) == ("Alpha", ["free"])


def test_a_plan_that_failed_can_be_chosen_anew(opened: Callable[[str], Page], portal: Portal) -> None:
    page = opened("/start")
    portal.fake.fail["POST /applications/{app}/subscriptions"] = FAILED
    fill_application(page, "Alpha", "Free")
    expect(page.get_by_text("Alpha is registered. Its plan and its key are missing.")).to_be_visible()
    portal.fake.fail.clear()
    page.get_by_role("radio", name="Partner").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".step-result").nth(1)).to_have_text("Alpha, plan Partner (waits for approval)")
    assert [*portal.fake.state.applications.values()][-1]["name"] == "Alpha"


def test_a_first_call_that_is_refused_does_not_end_the_waiting(opened: Callable[[str], Page], portal: Portal) -> None:
    portal.fake.state = nobody()
    page = opened("/start")
    page.clock.install()
    page.get_by_label("Name of your organization").fill("Korst")
    page.keyboard.press("Enter")
    fill_application(page, "Oven", "Free")
    expect(page.get_by_text("Waiting for your first call")).to_be_visible()
    state = portal.fake.state
    made = [*state.applications][-1]
    refusal = {"time": state.ago(), "request_id": "r1", "method": "GET", "operation": None, "path": None}
    more = {"api": "bank/v1", "status": 403, "reason": "scope_missing", "credential": None, "credential_name": None}
    state.refusals[made] = [refusal | more]
    page.clock.run_for(20_000)
    expect(page.get_by_text("Your first call came, and was answered 403.")).to_be_visible()
    state.used[made], state.calls[made] = 1, {"bank/v1": 1}
    page.clock.run_for(20_000)
    expect(page.get_by_text("Your first call arrived and was let through.")).to_be_visible()
    expect(page.get_by_role("heading", name="First call (done)")).to_be_visible()


def test_a_call_from_the_page_shows_every_digit_of_its_answer(opened: Callable[[str], Page]) -> None:
    page = opened("/start")
    page.route(
        "**/gateway/**", lambda route: route.fulfill(content_type="application/json", body='{"n":12345678901234567890}')
    )
    fill_application(page, "Oven", "Free")
    page.get_by_role("button", name="Send it from here").click()
    expect(page.locator(".result")).to_contain_text("12345678901234567890")
    expect(page.get_by_role("button", name="Send it again")).to_be_visible()


def test_one_step_is_the_current_one(opened: Callable[[str], Page]) -> None:
    page = opened("/start")
    fill_application(page, "Oven", "Free")
    current = page.locator("main [aria-current=step]")
    expect(current.get_by_role("heading")).to_have_text("API key")
    page.get_by_role("button", name="Copy key").click()
    expect(current.get_by_role("heading")).to_have_text("First call")


def test_a_deleted_application_is_in_no_list_any_more(opened: Callable[[str], Page], portal: Portal) -> None:
    page = opened("/apps")
    page.get_by_role("link", name="Till", exact=True).click()
    page.get_by_role("button", name="Delete application").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Till")
    portal.fake.held["GET /organizations/{org}/applications"] = threading.Event()
    page.get_by_role("dialog").get_by_role("button", name="Delete application").click()
    page.wait_for_url("**/apps")
    expect(page.locator("main .loading")).to_be_visible()
    expect(page.get_by_role("link", name="Till", exact=True)).to_have_count(0)


def test_members_are_counted_and_roles_told_as_they_are_now(opened: Callable[[str], Page]) -> None:
    page = opened("/organization")
    about = page.locator(".about").first
    expect(about).to_contain_text(re.compile("Members *3"))
    page.get_by_role("button", name="Remove sam.de.wit@korst.example").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(about).to_contain_text(re.compile("Members *2"))
    page.get_by_role("button", name="Change role of mira").click()
    page.get_by_role("dialog").get_by_label("Role").select_option("developer")
    page.get_by_role("dialog").get_by_role("button", name="Change role").click()
    expect(about).to_contain_text(re.compile("Your role *Developer"))


def test_somebody_who_leaves_sees_the_organization_no_more(opened: Callable[[str], Page], portal: Portal) -> None:
    page = opened("/organization")
    page.get_by_role("button", name="Leave the organization").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    page.wait_for_url("**/apps")
    expect(page.get_by_text("You belong to no organization yet")).to_be_visible()


def test_an_invitation_that_is_repeated_is_told_as_renewed(opened: Callable[[str], Page]) -> None:
    page = opened("/organization")
    messages = page.get_by_role("log")
    for words in ("sam@new.example is invited", "sam@new.example was invited before; the invitation is renewed"):
        page.get_by_label("Mail address").fill("sam@new.example")
        page.get_by_role("button", name="Invite", exact=True).click()
        expect(messages.get_by_text(words, exact=True)).to_be_visible()


def test_what_is_too_long_is_kept_and_told_at_the_field(opened: Callable[[str], Page], portal: Portal) -> None:
    portal.fake.state = nobody()
    page = opened("/start")
    name = page.get_by_label("Name of your organization")
    name.fill("x" * 123)
    page.keyboard.press("Enter")
    expect(page.get_by_text("At most 100 characters; these are 123.")).to_be_visible()
    expect(name).to_have_value("x" * 123)
    name.fill("   ")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Required: there are only blanks.")).to_be_visible()
    assert [method for method, _, _ in portal.fake.calls if method == "POST"] == []


def test_the_scopes_of_a_key_are_chosen_from_those_there_are(opened: Callable[[str], Page], portal: Portal) -> None:
    page = opened(f"/apps/{TILL}")
    page.get_by_role("button", name="Create key").click()
    page.get_by_label("Name", exact=True).fill("Reader")
    page.get_by_role("radio", name="Only some").check()
    page.get_by_role("checkbox", name="payments:write").uncheck()
    page.get_by_role("dialog").get_by_role("button", name="Create key").click()
    expect(page.get_by_text("It will not be shown again")).to_be_visible()
    assert portal.fake.state.credentials[TILL][0]["scopes"] == ["accounts:read"]


def test_a_key_that_is_not_taken_yet_is_copied_by_the_way_on(opened: Callable[[str], Page]) -> None:
    page = opened(f"/apps/{TILL}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Create key").click()
    page.get_by_label("Name", exact=True).fill("CI")
    page.keyboard.press("Enter")
    key = page.get_by_label("API key", exact=True).input_value()
    page.get_by_role("button", name="Copy and close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("navigator.clipboard.readText()") == key


@pytest.mark.parametrize("clipboard", ["undefined", "({writeText: () => Promise.reject(new Error('no'))})"])
def test_a_key_that_cannot_be_copied_says_so_and_stays(clipboard: str, visit: Begin) -> None:
    begun = visit(signed_in=True)
    begun.page.add_init_script(f"Object.defineProperty(navigator, 'clipboard', {{value: {clipboard}}})")
    page = begun.open(f"/apps/{TILL}")
    page.get_by_role("button", name="Create key").click()
    page.get_by_label("Name", exact=True).fill("CI")
    page.keyboard.press("Enter")
    for button in ("Copy key", "Copy and close"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("log").get_by_text("Select the text and copy it by hand.")).to_be_visible()
        page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_label("API key", exact=True)).to_be_visible()


def test_what_is_said_while_a_dialog_is_open_is_heard_and_seen_in_it(opened: Callable[[str], Page]) -> None:
    page = opened(f"/apps/{TILL}")
    page.get_by_role("button", name="Create key").click()
    page.get_by_label("Name", exact=True).fill("CI")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copy key").click()
    expect(page.get_by_role("dialog").get_by_role("status").filter(has_text="Copied")).to_be_attached()
    assert spoken(page)


def test_a_dialog_without_fields_begins_at_the_way_back(opened: Callable[[str], Page]) -> None:
    page = opened("/organization")
    page.get_by_role("button", name="Remove sam.de.wit@korst.example").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()


def test_a_rotation_without_grace_says_that_the_old_key_stopped(opened: Callable[[str], Page], portal: Portal) -> None:
    page = opened(f"/apps/{TILL}")
    page.get_by_role("button", name="Rotate Counter").click()
    page.get_by_label("Old key goes on for").select_option("0")
    expect(page.get_by_text("The old key stops at once.")).to_be_visible()
    page.get_by_role("button", name="Rotate key").click()
    expect(page.get_by_text("The old key has stopped working.")).to_be_visible()
    assert portal.fake.state.credentials[TILL][1]["state"] == "revoked"


def test_nothing_of_who_signed_out_is_left_for_who_comes_next(visit: Begin, portal: Portal) -> None:
    begun = visit(signed_in=True)
    page = begun.open("/apps")
    page.evaluate("Object.assign(sessionStorage, {'portal.organization': 'korst', another: '1'})")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signed-out")
    assert page.evaluate("Object.keys(sessionStorage)") == ["another"]


def test_an_answer_that_comes_late_does_not_take_the_place_of_a_later_one(
    opened: Callable[[str], Page], portal: Portal
) -> None:
    page = opened(f"/apps/{SHOP}/usage")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/usage?by=key*", hold)
    page.get_by_role("tab", name="By API key").click()
    page.get_by_role("tab", name="By status").click()
    expect(page.get_by_text("429 Too Many Requests").first).to_be_visible()
    with page.expect_response("**/usage?by=key*"):
        for route in held:
            route.continue_()
    expect(page.get_by_text("429 Too Many Requests").first).to_be_visible()
    expect(page.get_by_text("Production (replaced)")).to_have_count(0)


def test_escape_closes_the_results_of_a_search_and_then_empties_it(visit: Begin) -> None:
    page = visit().open("/guides")
    field = page.get_by_role("combobox").first
    field.fill("accounts")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(field).to_have_value("accounts")
    page.keyboard.press("Escape")
    expect(field).to_have_value("")


def test_a_click_beside_a_dialog_closes_it(opened: Callable[[str], Page]) -> None:
    page = opened(f"/apps/{TILL}")
    page.get_by_role("button", name="Create key").click()
    page.get_by_role("dialog").wait_for()
    page.mouse.click(5, 400)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_messages_do_not_pile_up_and_stay_while_pointed_at(opened: Callable[[str], Page]) -> None:
    page = opened("/organization")
    page.clock.install()
    for at in range(5):
        page.get_by_label("Mail address").fill(f"p{at}@new.example")
        page.get_by_role("button", name="Invite", exact=True).click()
        page.locator(".toast").filter(has_text=f"p{at}@").wait_for()
    toasts = page.locator(".toast")
    expect(toasts).to_have_count(3)
    toasts.last.hover()
    page.clock.run_for(10_000)
    expect(toasts).to_have_count(1)
    page.mouse.move(0, 0)
    page.clock.run_for(10_000)
    expect(toasts).to_have_count(0)


def test_the_period_and_the_split_of_usage_are_in_the_address(opened: Callable[[str], Page], portal: Portal) -> None:
    day = portal.fake.state.ago(days=2)[:10]
    page = opened(f"/apps/{SHOP}/usage?period={day}")
    expect(page.get_by_label("Period")).to_have_value(day)
    page.get_by_role("tab", name="By status").click()
    expect(page).to_have_url(re.compile(f"period={day}&by=status"))
    page.get_by_label("Period").select_option(index=1)
    expect(page).not_to_have_url(re.compile(day))
    page.reload()
    expect(page.get_by_role("tab", name="By status")).to_have_attribute("aria-selected", "true")


def test_usage_is_offered_for_no_month_before_the_application(opened: Callable[[str], Page]) -> None:
    page = opened(f"/apps/{TILL}/usage")
    assert page.get_by_label("Period").locator("option").count() <= 3


def test_refused_calls_stand_below_their_reason_which_is_told_once(opened: Callable[[str], Page]) -> None:
    page = opened(f"/apps/{SHOP}/usage")
    quota = page.locator(".reason", has=page.get_by_role("heading", name="The plan’s quota was used up"))
    expect(quota.get_by_role("listitem")).to_have_count(2)
    expect(quota.get_by_role("link", name="Compare plans")).to_have_count(1)
    first = quota.get_by_role("listitem").first
    expect(first).to_contain_text("GET /bank/v1/accounts")
    expect(first).to_contain_text("key Production")
    expect(first).to_contain_text(re.compile(r"7 minutes ago, \d\d:\d\d UTC"))


def test_what_stands_below_the_window_comes_without_scrolling(opened: Callable[[str], Page]) -> None:
    for path, row in ((f"/apps/{SHOP}/usage", ".refused-call"), ("/organization", ".audit-entry")):
        page = opened(path)
        page.set_viewport_size({"width": 1440, "height": 300})
        page.locator(row).first.wait_for(state="attached")
        assert page.evaluate("scrollY") == 0


def test_the_audit_log_reads_as_sentences(opened: Callable[[str], Page]) -> None:
    page = opened("/organization")
    entries = page.locator(".audit-entry")
    expect(entries.nth(0)).to_contain_text("mira@korst.example rotated the key Production of Web shop")
    expect(entries.nth(1)).to_contain_text("changed the plan of Open Banking of Web shop")
    expect(entries.nth(1)).to_contain_text(re.compile("Plan: *Free *Partner"))


def test_pages_of_an_application_have_titles_of_their_own(opened: Callable[[str], Page]) -> None:
    page = opened(f"/apps/{SHOP}/usage")
    expect(page).to_have_title(re.compile("^Web shop: Usage · "))
    page.get_by_role("link", name="Plan", exact=True).click()
    expect(page).to_have_title(re.compile("^Web shop: Plan · "))
    expect(page.get_by_role("heading", name="Web shop Plan")).to_be_focused()


def test_a_quota_that_will_not_last_is_told_in_words_where_applications_are_listed(
    opened: Callable[[str], Page], portal: Portal
) -> None:
    portal.fake.state.used[SHOP] = 4500
    page = opened("/apps")
    expect(page.locator(".app").first).to_contain_text("Used up: calls are refused.")


def test_a_revoked_key_tells_no_end(opened: Callable[[str], Page], portal: Portal) -> None:
    old = next(each for each in portal.fake.state.credentials[SHOP] if each["state"] == "replaced")
    old["state"] = "revoked"
    page = opened(f"/apps/{SHOP}")
    key = page.locator(".key", has_text=old["id"])
    expect(key).to_contain_text("Revoked")
    expect(key).not_to_contain_text("Ends")


def test_what_is_said_of_larger_plans_is_told_where_one_is_asked_for(visit: Begin) -> None:
    begun = visit(signed_in=True)

    def said(route: Route) -> None:
        catalog = route.fetch().json()
        catalog["portal"]["texts"]["upgrade"] = "Requests are read on working days."
        route.fulfill(json=catalog)

    begun.page.route("**/content/catalog.json", said)
    page = begun.open(f"/apps/{SHOP}/plan")
    page.get_by_role("button", name="Request Enterprise").click()
    expect(page.get_by_role("dialog")).to_contain_text("Requests are read on working days.")
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("note")).to_contain_text("Requests are read on working days.")


def test_a_search_that_could_not_be_had_says_so_and_is_tried_again(visit: Begin) -> None:
    begun = visit()
    page = begun.open("/guides")
    page.route("**/content/search.json", lambda route: route.fulfill(status=503, body=""))
    field = page.get_by_role("combobox").first
    field.fill("accounts")
    expect(page.get_by_text("The search could not be loaded.")).to_be_visible()
    page.unroute("**/content/search.json")
    field.blur()
    field.focus()
    expect(page.get_by_role("option").first).to_be_visible()
