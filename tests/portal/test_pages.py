"""Every page as it usually is, in both themes, on a desk and on a phone: accessible, steady, and pictured."""

from collections.abc import Callable

import pytest

from tests.portal.browser import PHONE, THEMES, WIDE, Visit
from tests.portal.demo_site import LARGE, Portal
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
