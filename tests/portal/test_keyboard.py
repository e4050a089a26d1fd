"""Everything can be done with the keyboard alone: the focus is always somewhere, seen, and can always leave."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page, expect

from tests.portal.browser import PHONE, Visit
from tests.portal.demo_site import Portal
from tests.portal.fake_partner import SHOP, TILL, nobody

pytestmark = pytest.mark.browser

FOCUS = """
() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nothing has the focus";
  const {top, bottom, left, right, width, height} = at.getBoundingClientRect();
  const about = at.outerHTML.slice(0, 200);
  const inside = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth && width && height;
  if (!inside) return `the focus is out of sight: ${about}`;
  const lined = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth);
  const drawn = [null, "::after"].some((part) => lined(getComputedStyle(at, part))) || at.closest(".choice-plan");
  return at.tabIndex >= 0 && !drawn ? `the focus does not show: ${about}` : "";
}
"""
NAMED = """
(words) => {
  const at = document.activeElement;
  if (at.tabIndex < 0) return false;
  const named = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
  return (named || "").includes(words);
}
"""
BEHIND = "document.activeElement !== document.body && !document.activeElement.closest('dialog')"
HERE = """
() => {
  const at = document.activeElement;
  return at === document.body ? "" : [...document.querySelectorAll("*")].indexOf(at) + at.tagName;
}
"""


class Keyboard:
    """Presses keys, counts them, and looks where the focus is after each."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0
        page.mouse.move(0, 0)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1
            self.look(key)

    def look(self, after: str) -> None:
        """A page may need a moment to move the focus; it may not leave it lost."""
        try:
            self.page.wait_for_function(f"() => !({FOCUS})()", timeout=10_000)
        except Error:
            pytest.fail(f"{after}: {self.page.evaluate(FOCUS)}")

    def write(self, text: str) -> None:
        self.press(*text)

    def to(self, words: str, *, most: int = 80, key: str = "Tab") -> None:
        """Go on to what is named so."""
        for _ in range(most):
            if self.page.evaluate(NAMED, words):
                return
            self.press(key)
        pytest.fail(f"{words} cannot be reached")


def test_from_the_landing_page_to_a_first_answer_takes_30_keys_at_most(visit: Callable[..., Visit]) -> None:
    page = visit().open("/")
    keys = Keyboard(page)
    keys.to("Try a call without signing up")
    keys.press("Enter")
    page.wait_for_url("**/apis/bank/v1")
    page.get_by_role("button", name="Try it: List accounts").wait_for()
    keys.to("Try it: List accounts")
    keys.press("Enter")
    page.locator("form.try").first.wait_for()
    keys.to("Send request")
    keys.press("Enter")
    expect(page.locator(".result .http").first).to_have_text("200")
    print(f"\n{keys.pressed} keys")
    assert keys.pressed <= 30


def test_a_search_leads_from_the_landing_page_to_an_answer(visit: Callable[..., Visit]) -> None:
    page = visit().open("/")
    keys = Keyboard(page)
    keys.press("/")
    keys.write("list acc")
    page.get_by_role("option").first.wait_for()
    keys.press("Enter")
    page.wait_for_url("**/apis/bank/v1/accounts#*")
    page.get_by_role("button", name="Try it: List accounts").wait_for()
    keys.to("Try it: List accounts")
    keys.press("Enter")
    page.locator("form.try").first.wait_for()
    keys.press("Control+Enter")
    expect(page.locator(".result .http").first).to_have_text("200")
    print(f"\n{keys.pressed} keys")
    assert keys.pressed <= 30


def test_a_key_is_created_rotated_and_revoked(visit: Callable[..., Visit], portal: Portal) -> None:
    page = visit(signed_in=True).open(f"/apps/{TILL}")
    keys = Keyboard(page)
    keys.to("Create key")
    keys.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    keys.write("CI")
    keys.press("Enter")
    expect(dialog.get_by_label("API key", exact=True)).to_be_focused()
    keys.to("Copy key")
    keys.press("Enter")
    keys.to("Done")
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    keys.to("Rotate CI")
    keys.press("Enter")
    expect(dialog.get_by_label("Old key goes on for")).to_be_focused()
    keys.to("Rotate key")
    keys.press("Enter")
    expect(dialog.get_by_text("The old key works until")).to_be_visible()
    keys.to("Copy key")
    keys.press("Enter")
    keys.to("Done")
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    keys.to("Revoke Counter")
    keys.press("Enter")
    keys.write("revoke")
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    keys.look("the key is revoked")
    states = {each["name"]: each["state"] for each in portal.fake.state.credentials[TILL]}
    assert states["Counter"] == "revoked"


def test_an_upgrade_is_requested(visit: Callable[..., Visit]) -> None:
    page = visit(signed_in=True).open(f"/apps/{SHOP}/plan")
    keys = Keyboard(page)
    keys.to("Request Enterprise")
    keys.press("Enter")
    expect(page.get_by_label("Note")).to_be_focused()
    keys.write("Go live")
    keys.press("Tab")
    keys.to("Send request")
    keys.press("Enter")
    expect(page.get_by_text("Your request for Enterprise waits for approval.")).to_be_visible()
    keys.look("the request is sent")


def test_somebody_new_gets_a_key(visit: Callable[..., Visit], portal: Portal) -> None:
    portal.fake.state = nobody()
    page = visit(signed_in=True).open("/start")
    keys = Keyboard(page)
    keys.to("Name of your organization")
    keys.write("Oven")
    keys.press("Enter")
    expect(page.get_by_label("Name of the application")).to_be_visible()
    keys.look("the organization is made")
    keys.to("Name of the application")
    keys.write("Till")
    keys.press("Enter")
    page.get_by_text("Waiting for your first call").wait_for()
    keys.look("the key is made")
    keys.to("Copy key")
    keys.press("Enter")


PAGES = ["/", "/apis/bank/v1/payments", "/changelog", f"/apps/{SHOP}", f"/apps/{SHOP}/usage", "/organization"]


@pytest.mark.parametrize("path", PAGES)
def test_the_focus_goes_through_a_page_and_out_of_it(path: str, visit: Callable[..., Visit]) -> None:
    seen = visit(signed_in=True)
    page = seen.open(path)
    seen.reveal()
    keys = Keyboard(page)
    keys.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    stops: list[str] = []
    for _ in range(200):
        here = page.evaluate(HERE)
        if not here:
            break
        assert here not in stops[-3:], "the focus is caught"
        stops.append(here)
        page.keyboard.press("Tab")
        if page.evaluate(HERE):
            keys.look(here)
    assert page.evaluate(HERE) == ""
    links = page.locator("footer a").count()
    assert len(stops) > links


def test_the_way_past_the_header_leads_to_the_content(visit: Callable[..., Visit]) -> None:
    page = visit().open("/guides/keys")
    keys = Keyboard(page)
    keys.press("Tab", "Enter")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    keys.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_dialog_keeps_the_focus_until_escape_gives_it_back(visit: Callable[..., Visit]) -> None:
    page = visit(signed_in=True).open(f"/apps/{TILL}")
    keys = Keyboard(page)
    keys.to("Create key")
    opener = page.evaluate(HERE)
    keys.press("Enter")
    for key in (*["Tab"] * 12, *["Shift+Tab"] * 12):
        page.keyboard.press(key)
        assert not page.evaluate(BEHIND)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate(HERE) == opener


def test_menus_open_close_and_give_the_focus_back(visit: Callable[..., Visit]) -> None:
    page = visit(signed_in=True).open("/apps")
    keys = Keyboard(page)
    keys.to("Account of")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    keys.press("Tab", "Escape")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    keys.to("Account of", most=1)
    phone = visit(signed_in=True, width=PHONE).open("/apps")
    keys = Keyboard(phone)
    keys.to("Menu")
    keys.press("Enter", "Tab", "Escape")
    keys.to("Menu", most=1)


def test_the_focus_follows_to_the_page_that_a_link_opens(visit: Callable[..., Visit]) -> None:
    page = visit(signed_in=True).open("/apps")
    keys = Keyboard(page)
    keys.to("Web shop")
    keys.press("Enter")
    page.wait_for_url(f"**/apps/{SHOP}")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("h1")).to_have_text("Web shop")
