"""What the first visit of a page costs: bytes as they come over the network, and requests."""

from collections.abc import Callable

import pytest

from tests.portal.browser import Visit
from tests.portal.demo_site import LARGE, Portal
from tests.portal.scenes import READY_SCENES, Scene, nothing

pytestmark = pytest.mark.browser

KB = 1000
MOST_BYTES, MOST_SCRIPT, MOST_REQUESTS = 90 * KB, 40 * KB, 15
"""``MOST_REQUESTS`` of the site's own; those of somebody who is signed in ask the API as well."""

MOST_CALLS = 5
PAGES = [*READY_SCENES, Scene("large", "ready", f"/apis/{LARGE}", False, nothing)]


@pytest.mark.parametrize("scene", [pytest.param(scene, id=scene.page) for scene in PAGES])
def test_a_first_visit_is_light(scene: Scene, visit: Callable[..., Visit], portal: Portal) -> None:
    seen = scene.open(visit, portal.fake, fresh=True)
    seen.page.wait_for_load_state("networkidle")
    sizes = {request: request.sizes() for request in seen.requests}
    bodies = {request: each["responseBodySize"] for request, each in sizes.items()}
    script = sum(size for request, size in bodies.items() if request.resource_type == "script")
    total = sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes.values())
    print(f"\n{scene.page}: {total / KB:.1f} KB, {script / KB:.1f} KB of script, {len(sizes)} requests")
    assert not [request.url for request in sizes if "/assets/oidc-" in request.url]
    assert script <= MOST_SCRIPT
    assert total <= MOST_BYTES
    calls = [request.url for request in sizes if "/api/" in request.url]
    files = [request.url for request in sizes if "/api/" not in request.url]
    assert len(files) <= MOST_REQUESTS, files
    assert len(calls) <= MOST_CALLS, calls
