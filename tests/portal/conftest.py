"""The portal that tests of pages share, and visits of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.portal import fake_partner
from tests.portal.album import write_index
from tests.portal.browser import Visit
from tests.portal.demo_site import Portal, demo_site


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


@pytest.fixture
def visit(chromium: Browser, portal: Portal, album: None) -> Iterator[Callable[..., Visit]]:
    """``visit(signed_in=True, width=…, theme=…)``: whatever such a page does that none may do fails the test."""
    visits: list[Visit] = []

    def begin(*, signed_in: bool = False, **given: Any) -> Visit:
        visits.append(Visit(chromium, portal.url, session=portal.session if signed_in else None, **given))
        return visits[-1]

    yield begin
    for each in visits:
        each.close()
    assert [fault for each in visits for fault in each.faults] == []
