"""Every page in every state but the usual one: accessible, as wide as its window, and pictured."""

from collections.abc import Callable

import pytest

from tests.portal.browser import HEIGHTS, PHONE, WIDE, Visit
from tests.portal.demo_site import Portal
from tests.portal.scenes import READY, SCENES, Scene

pytestmark = pytest.mark.browser

OTHERS = [pytest.param(scene, id=scene.name) for scene in SCENES if scene.state != READY]


@pytest.mark.parametrize("scene", OTHERS)
def test_a_page_is_accessible_in_each_state(scene: Scene, visit: Callable[..., Visit], portal: Portal) -> None:
    seen = scene.open(visit, portal.fake)
    if not scene.shown:
        seen.reveal()
    seen.picture(f"{scene.name}-light-{WIDE}")
    found = seen.violations()
    seen.page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    seen.page.emulate_media(color_scheme="dark")
    seen.picture(f"{scene.name}-dark-{PHONE}")
    found += [f"dark, {PHONE}: {each}" for each in seen.violations()]
    assert found == []
    assert seen.sideways() <= 0
