"""Every page of the portal in each of its states: what brings it about, and what tells that it is there."""

import json
import threading
from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Route

from tests.portal import fake_partner
from tests.portal.browser import Visit
from tests.portal.demo_site import ENDING, LARGE
from tests.portal.fake_api import Fake, Refused
from tests.portal.fake_partner import SHOP, State, nobody, partner

Prepare = Callable[[Fake, Visit], None]
READY, LOADING = "ready", "loading"


class Scene(NamedTuple):
    """``shown``: a selector of what is seen then; without one, the page is there once nothing waits any more."""

    page: str
    state: str
    path: str
    signed_in: bool
    prepare: Prepare
    shown: str = ""

    @property
    def name(self) -> str:
        return f"{self.page}-{self.state}"

    def open(self, visit: Callable[..., Visit], fake: Fake, **given: object) -> Visit:
        begun = visit(signed_in=self.signed_in, **given)
        self.prepare(fake, begun)
        begun.open(self.path, settled=False)
        if self.shown:
            begun.page.locator(self.shown).first.wait_for()
        else:
            begun.settle()
        return begun


def nothing(fake: Fake, visit: Visit) -> None:
    """All is as it stands."""


def held(*routes: str) -> Prepare:
    """These do not answer."""

    def prepare(fake: Fake, visit: Visit) -> None:
        fake.held.update({route: threading.Event() for route in routes})

    return prepare


def failed(*routes: str) -> Prepare:
    def prepare(fake: Fake, visit: Visit) -> None:
        why = Refused(503, "unavailable", "A store does not answer.", "Try again in a minute.")
        fake.fail.update(dict.fromkeys(routes, why))

    return prepare


def told(change: Callable[[State], object]) -> Prepare:
    """The partner as ``change`` leaves it."""

    def prepare(fake: Fake, visit: Visit) -> None:
        change(fake.state)

    return prepare


def being(make: Callable[[], State]) -> Prepare:
    """Another partner."""

    def prepare(fake: Fake, visit: Visit) -> None:
        fake.state = make()

    return prepare


def file(path: str, answer: Callable[[Route], None]) -> Prepare:
    """A file of the site answers so."""

    def prepare(fake: Fake, visit: Visit) -> None:
        visit.page.route(f"**{path}", answer)

    return prepare


def waits(route: Route) -> None:
    """It never answers."""


def breaks(route: Route) -> None:
    route.fulfill(status=503, body="")


def says(value: object) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=200, content_type="application/json", body=json.dumps(value))


def bare(route: Route) -> None:
    """The catalogue without an API."""
    catalog = route.fetch().json()
    route.fulfill(status=200, json={**catalog, "apis": [], "products": {}, "plans": {}})


def viewer() -> State:
    return partner(role="viewer")


def empty(state: State) -> None:
    state.applications.clear()


def unused(state: State) -> None:
    state.notices, state.calls, state.used, state.refusals = [], {}, {}, {}
    state.credentials[SHOP] = []


def exceeded(state: State) -> None:
    state.used[SHOP] = 4500


def suspended(state: State) -> None:
    state.applications[SHOP]["state"] = "suspended"


def asked(standing: str, **decided: str) -> Callable[[State], None]:
    def change(state: State) -> None:
        request = fake_partner.request(state, SHOP, "partner", "enterprise", "We go live.", state=standing, **decided)
        state.applications[SHOP]["subscriptions"][0]["request"] = request

    return change


def unverified(state: State) -> None:
    state.verified = False


def invited() -> State:
    state = nobody()
    state.invited.append(fake_partner.invited(state, "bakers-guild", "Bakers’ Guild", "developer"))
    return state


def _public(page: str, path: str, content: str, none: object = None) -> list[Scene]:
    """A page that anybody sees, in the states that its file can be in."""
    scenes = [
        Scene(page, READY, path, False, nothing),
        Scene(page, LOADING, path, False, file(content, waits), ".loading"),
        Scene(page, "error", path, False, file(content, breaks), ".state-failed"),
    ]
    return (
        [*scenes, Scene(page, "empty", path, False, file(content, says(none)), ".state")]
        if none is not None
        else scenes
    )


def _own(page: str, path: str, route: str, *more: Scene) -> list[Scene]:
    """A page of somebody who is signed in, in the states that its call can be in."""
    return [
        Scene(page, READY, path, True, nothing),
        Scene(page, "signed-out", path, False, nothing),
        Scene(page, LOADING, path, True, held(route), ".loading"),
        Scene(page, "error", path, True, failed(route), ".state-failed"),
        *more,
    ]


APP, BANK = f"/apps/{SHOP}", "/apis/bank/v1"
SCENES = [
    *_public("landing", "/", "/content/catalog.json"),
    Scene("landing", "empty", "/", False, file("/content/catalog.json", bare), ".state"),
    Scene("landing", "filtered", "/?state=deprecated", False, nothing),
    *_public("api", "/apis/bank", "/content/catalog.json"),
    Scene("api", "deprecated", "/apis/stock", False, nothing),
    Scene("api", "not-there", "/apis/none", False, nothing),
    *_public("reference", f"{BANK}/payments", "/content/apis/bank/v1/payments.json"),
    Scene("reference", "waiting", BANK, False, file("/content/apis/bank/v1/index.json", waits), ".loading"),
    Scene("reference", "introduction", BANK, False, nothing),
    Scene("reference", "large", f"/apis/{LARGE}", False, nothing),
    Scene("reference", "deprecated", f"/apis/{ENDING}", False, nothing),
    Scene("reference", "not-there", "/apis/bank/v9", False, nothing, ".state-failed"),
    *_public("guides", "/guides", "/content/guides/index.json", []),
    *_public("guide", "/guides/keys", "/content/guides/keys.json"),
    Scene("guide", "not-there", "/guides/none", False, nothing, ".state"),
    *_public("changelog", "/changelog", "/content/changelog.json", []),
    *_own("start", "/start", "GET /me"),
    Scene("start", "new", "/start", True, being(nobody)),
    Scene("start", "invited", "/start", True, being(invited)),
    Scene("start", "viewer", "/start", True, being(viewer)),
    *_own("apps", "/apps", "GET /organizations/{org}/applications"),
    Scene("apps", "empty", "/apps", True, told(empty)),
    Scene("apps", "no-organization", "/apps", True, being(nobody)),
    Scene("apps", "viewer", "/apps", True, being(viewer)),
    *_own("application", APP, "GET /applications/{app}/credentials"),
    Scene("application", "empty", APP, True, told(unused)),
    Scene("application", "viewer", APP, True, being(viewer)),
    Scene("application", "suspended", APP, True, told(suspended)),
    Scene("application", "not-there", "/apps/app_000000000000", True, nothing),
    *_own("usage", f"{APP}/usage", "GET /applications/{app}/usage"),
    Scene("usage", "empty", f"{APP}/usage", True, told(unused)),
    Scene("usage", "exceeded", f"{APP}/usage", True, told(exceeded)),
    *_own("plan", f"{APP}/plan", "GET /applications/{app}"),
    Scene("plan", "viewer", f"{APP}/plan", True, being(viewer)),
    Scene("plan", "waiting", f"{APP}/plan", True, told(asked("waiting"))),
    Scene("plan", "declined", f"{APP}/plan", True, told(asked("declined", reason="Tell us first what you call."))),
    *_own("notices", "/notices", "GET /organizations/{org}/notices"),
    Scene("notices", "empty", "/notices", True, told(unused)),
    *_own("organization", "/organization", "GET /organizations/{org}/members"),
    Scene("organization", "viewer", "/organization", True, being(viewer)),
    *_own("invitations", "/invitations", "GET /me"),
    Scene("invitations", "empty", "/invitations", True, being(nobody)),
    Scene("invitations", "unverified", "/invitations", True, told(unverified)),
    Scene("signing", "nothing", "/signed-in", False, nothing),
    Scene("signing", "denied", "/signed-in?error=access_denied&state=s", False, nothing),
    Scene("signing", LOADING, "/signed-in?error=access_denied&state=s", False, file("/config.json", waits), ".loading"),
    Scene("signedout", READY, "/signed-out", False, nothing),
    Scene("notfound", READY, "/nowhere", False, nothing),
    Scene("preview", READY, "/apps", False, file("/config.json", lambda route: route.fulfill(status=404, body=""))),
]
READY_SCENES = [scene for scene in SCENES if scene.state == READY]
