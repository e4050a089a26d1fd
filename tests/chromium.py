"""A real browser for the tests of pages: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NEEDED = ("CI", "TIERGATE_BROWSER_NEEDED")
"""Where one of these is set, no test is skipped for want of a browser."""


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """One browser for the whole run; each test opens a context of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only tests of pages wait for it

    found = shutil.which("chromium")
    if found is None:
        lacking = "Chromium is not installed: make chromium, as root on Debian, or sudo apt-get install chromium"
        if any(os.environ.get(name) for name in NEEDED):
            pytest.fail(lacking)
        pytest.skip(lacking)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
