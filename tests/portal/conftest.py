"""The portal that tests of pages share, and visits of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.portal import fake_partner
from tests.portal.album import write_index
from tests.portal.browser import Visit
from tests.portal.demo_site import Portal, demo_site
from tests.portal.printed_samples import Echo


@pytest.fixture(scope="session")
def served_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with demo_site(tmp_path_factory.mktemp("portal")) as portal:
        yield portal


@pytest.fixture(scope="session")
def album() -> Iterator[None]:
    """Pictures that the run takes can be leafed through afterwards."""
    yield
    write_index()


@pytest.fixture
def portal(served_portal: Portal) -> Iterator[Portal]:
    """The site that all tests share, with an API that knows nothing of other tests."""
    fake = served_portal.fake
    fake.state = fake_partner.partner()
    yield served_portal
    for event in fake.held.values():
        event.set()
    for kept in (fake.fail, fake.held, fake.calls, fake.replays):
        kept.clear()


@pytest.fixture(scope="session")
def shared(chromium: Browser) -> Iterator[BrowserContext]:
    """What most visits are made in: a new one for each would cost as much as the visit."""
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture
def visit(chromium: Browser, shared: BrowserContext, portal: Portal, album: None) -> Iterator[Callable[..., Visit]]:
    """``visit(signed_in=True, width=…, theme=…)``: whatever such a page does that none may do fails the test.

    ``fresh``: with nothing stored and nothing cached.
    """
    visits: list[Visit] = []
    own: list[BrowserContext] = []

    def begin(*, signed_in: bool = False, fresh: bool = False, **given: Any) -> Visit:
        if fresh:
            own.append(chromium.new_context())
        session = portal.session if signed_in else None
        visits.append(Visit(own[-1] if fresh else shared, portal.url, session=session, **given))
        return visits[-1]

    yield begin
    for each in visits:
        each.close()
    for context in own:
        context.close()
    assert [fault for each in visits for fault in each.faults] == []


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    """What samples call."""
    made = Echo()
    yield made
    made.server.shutdown()
    made.server.server_close()
