"""Every page as it usually is, in both themes, on a desk and on a phone: accessible, steady, and pictured."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.portal.browser import PHONE, THEMES, WIDE, Visit
from tests.portal.demo_site import ENDING, LARGE, Portal
from tests.portal.fake_partner import SHOP
from tests.portal.scenes import READY_SCENES, Scene

pytestmark = pytest.mark.browser

READY = [pytest.param(scene, id=scene.page) for scene in READY_SCENES]
ENLARGED = [{"width": 640, "height": 512}, {"width": 320, "height": 256}]
"""What 200 % and 400 % leave of 1280 × 1024 (WCAG 2.2, 1.4.10)."""

SHIFTS = """
() => new Promise((done) => {
  new PerformanceObserver((list) => {
    const shifts = list.getEntries().filter((each) => each.entryType === "layout-shift" && !each.hadRecentInput);
    done(shifts.reduce((sum, each) => sum + each.value, 0));
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(0), 100);
})
"""


MOVING = """
() => document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime > 1).map(
  ({animationName, effect}) => `${animationName} ${effect.target.outerHTML}`)
"""
"""What moves for longer than a millisecond."""


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("scene", READY)
def test_a_page_is_accessible_steady_and_no_wider_than_its_window(
    scene: Scene, width: int, visit: Callable[..., Visit], portal: Portal
) -> None:
    seen = scene.open(visit, portal.fake, width=width)
    shifted = seen.page.evaluate(SHIFTS)
    seen.reveal()
    found = []
    for theme in THEMES:
        seen.page.emulate_media(color_scheme=theme)
        seen.picture(f"{scene.name}-{theme}-{width}")
        found += [f"{theme}: {each}" for each in seen.violations()]
    assert found == []
    assert shifted <= 0.01
    assert seen.sideways() <= 0
    for enlarged in ENLARGED if width == WIDE else ():
        seen.page.set_viewport_size(enlarged)
        assert seen.sideways() <= 0, enlarged


def test_what_is_printed_of_the_reference_is_what_one_reads(visit: Callable[..., Visit]) -> None:
    seen = visit()
    page = seen.open("/apis/bank/v1/payments")
    page.emulate_media(media="print")
    for gone in (".header", ".footer", ".reference-nav", ".operation-panel", ".skip"):
        assert page.locator(gone).count(), gone
        for each in page.locator(gone).all():
            assert not each.is_visible(), gone
    assert page.locator("h1").is_visible()
    assert page.locator(".operation-title").first.is_visible()
    assert seen.sideways() <= 0
    seen.picture("reference-printed-light-1440")
    assert page.pdf().startswith(b"%PDF-")


@pytest.mark.parametrize("path", ["/", "/apis/bank/v1/payments", f"/apps/{SHOP}/usage"])
def test_nothing_moves_for_those_who_ask_for_that(path: str, visit: Callable[..., Visit]) -> None:
    seen = visit(signed_in=True)
    page = seen.open(path)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(MOVING) == []
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate(
        "[...document.querySelectorAll('*')].every((each) => getComputedStyle(each).transitionDuration === '0s')"
    )


def test_a_page_of_120_operations_stays_under_2000_nodes(visit: Callable[..., Visit]) -> None:
    page = visit().open(f"/apis/{LARGE}")
    assert page.locator("section.operation").count() == 120
    assert page.evaluate("document.querySelectorAll('*').length") <= 2000


def test_every_page_but_the_reference_begins_at_the_same_edge_and_is_no_taller_than_what_it_shows(
    visit: Callable[..., Visit], portal: Portal
) -> None:
    edges, tall = set(), []
    for scene in READY_SCENES:
        page = scene.open(visit, portal.fake).page
        if scene.page != "reference":
            edges.add(page.evaluate("document.querySelector('h1').getBoundingClientRect().left"))
        if page.locator("main > *").last.evaluate("(each) => each.getBoundingClientRect().bottom < innerHeight - 150"):
            tall += [scene.page] if page.evaluate("document.documentElement.scrollHeight > innerHeight") else []
    assert len(edges) == 1
    assert tall == []


def test_who_is_signed_in_is_led_to_applications_and_who_is_not_to_a_key(visit: Callable[..., Visit]) -> None:
    known, unknown = (visit(signed_in=signed_in).open("/").locator(".hero") for signed_in in (True, False))
    expect(unknown.get_by_role("link")).to_have_text(["Get a free key", "Try a call without signing up"])
    expect(known.get_by_role("link")).to_have_text(["Your applications", "New application"])


def test_where_no_plan_is_free_none_is_promised(visit: Callable[..., Visit]) -> None:
    def priced(route: Route) -> None:
        catalog = route.fetch().json()
        for plan in catalog["plans"].values():
            plan["price"] = {"amount": "5", "currency": "EUR", "per": "month"}
        route.fulfill(json=catalog)

    begun = visit()
    begun.page.route("**/content/catalog.json", priced)
    expect(begun.open("/").locator(".hero").get_by_role("link").first).to_have_text("Get a key")


@pytest.mark.parametrize(("wide", "shown"), [(300, False), (60, True)])
def test_a_wordmark_keeps_its_shape_and_stands_in_place_of_the_name(
    wide: int, shown: bool, visit: Callable[..., Visit]
) -> None:
    logo = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="60" viewBox="0 0 {wide} 60"/>'
    begun = visit()
    begun.page.route("**/assets/logo-*.svg", lambda route: route.fulfill(content_type="image/svg+xml", body=logo))
    page = begun.open("/guides")
    size = page.locator(".brand img").bounding_box()
    assert size is not None
    assert (size["width"], size["height"]) == (28 * wide / 60, 28)
    expect(page.locator(".brand-name")).to_have_count(int(shown))
    expect(page.get_by_role("banner").get_by_role("link", name="Demo Bank Open APIs")).to_be_visible()


def test_the_menu_of_a_phone_closes_on_the_page_that_is_shown_and_when_the_focus_leaves(
    visit: Callable[..., Visit],
) -> None:
    page = visit(width=PHONE).open("/guides")
    menu, button = page.get_by_role("navigation", name="Menu"), page.get_by_role("button", name="Menu")
    button.click()
    menu.get_by_role("link", name="Guides").click()
    expect(menu).to_have_count(0)
    button.click()
    page.locator("main a").first.focus()
    expect(menu).to_have_count(0)


def test_the_row_of_an_applications_pages_needs_no_scrollbar(visit: Callable[..., Visit]) -> None:
    row = visit(signed_in=True).open(f"/apps/{SHOP}").locator(".sections")
    assert row.evaluate("(each) => each.scrollHeight - each.clientHeight") == 0


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        (f"/apps/{SHOP}/usage", ".sections a[aria-current], .tab-list [aria-selected=true], .nav-link[aria-current]"),
        ("/", ".segments [aria-pressed=true], .nav-link[aria-current]"),
    ],
)
def test_in_forced_colours_what_is_chosen_can_be_told_from_what_is_not(
    path: str, chosen: str, visit: Callable[..., Visit]
) -> None:
    page = visit(signed_in=True).open(path)
    page.emulate_media(forced_colors="active")
    outlined = "(all) => all.map((each) => getComputedStyle(each).outlineStyle)"
    assert set(page.locator(chosen).evaluate_all(outlined)) == {"solid"}
    others = ":is(.sections a, .tab-list button, .segments button, .nav-link)"
    rest = f"{others}:not([aria-current], [aria-selected=true], [aria-pressed=true])"
    assert set(page.locator(rest).evaluate_all(outlined)) == {"none"}


def test_what_is_to_be_deprecated_is_not_told_as_being_so(visit: Callable[..., Visit]) -> None:
    def announced(route: Route) -> None:
        catalog = route.fetch().json()
        (version,) = (each for api in catalog["apis"] for each in api["versions"] if each["id"] == ENDING)
        version["lifecycle"] = {"deprecated": "2098-12-01T00:00:00Z"}
        route.fulfill(json=catalog)

    begun = visit()
    begun.page.route("**/content/catalog.json", announced)
    card = begun.open("/").locator(".api-card", has_text="v1").filter(has_text="Stock")
    expect(card).to_contain_text("Deprecated from 1 Dec 2098")
    for path in ("/apis/stock", f"/apis/{ENDING}"):
        expect(begun.open(path).locator(".callout, .notice")).to_contain_text("will be deprecated on 1 December 2098")
