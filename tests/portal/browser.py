"""Visits of the portal's pages in Chromium that notice whatever no page may do."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
PICTURES = ROOT / "build/portal-pictures"
WIDE, PHONE = 1440, 390
HEIGHTS = {WIDE: 900, PHONE: 844}
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """
async (tags) => {
  const transitions = () => document.getAnimations().filter((each) => each instanceof CSSTransition);
  while (transitions().length) await Promise.allSettled(transitions().map(({finished}) => finished));
  const rules = {"target-size": {enabled: true}};
  const {violations} = await axe.run(document, {runOnly: tags, rules, resultTypes: ["violations"]});
  return violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
}
"""
WATCH = """
addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI, sourceFile, sample}) =>
  console.error(`policy violated: ${violatedDirective} ${blockedURI} ${sourceFile} ${sample}`));
"""
SETTLED = """
(everywhere) => {
  const waiting = [...document.querySelectorAll("main :is(.loading, .skeleton), .progress.is-on")];
  const far = waiting.find((each) => each.getBoundingClientRect().top >= innerHeight);
  if (everywhere && far && far === waiting[0]) far.scrollIntoView();
  const done = everywhere ? !waiting.length : waiting[0] === far;
  return done && Boolean(document.querySelector("main h1, main [role=alert]"));
}
"""
"""Whether all is there: within the window, or ``everywhere``, where what waits to be scrolled to is."""

SECRETS = re.compile(r"eyJ[\w-]{8}|tg_[a-z]+_\w{8}|refresh_token|access_token|id_token")
"""Tokens and keys as they are written, and the names that tokens have in an address."""

STORED = "() => [JSON.stringify({...localStorage}), document.cookie]"
REFUSED = "Failed to load resource: the server responded with a status of"
"""What the console says of every answer from 400 on, whatever the page does about it."""


class Visit:
    """A page in a tab of its own, whose sessionStorage is its own too; ``faults`` is what it did and may not.

    ``elsewhere``: origins it may speak to beside its own; ``session``: what its sessionStorage starts with.
    """

    def __init__(
        self,
        context: BrowserContext,
        url: str,
        *,
        width: int = WIDE,
        theme: Theme = "light",
        session: Mapping[str, str] | None = None,
        elsewhere: tuple[str, ...] = (),
    ) -> None:
        self.url, self.elsewhere = url, elsewhere
        self.faults: list[str] = []
        self.requests: list[Request] = []
        self.page: Page = context.new_page()
        self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        self.page.add_init_script(WATCH)
        if session:
            self.page.add_init_script(
                f"if (!sessionStorage.length && location.origin === {json.dumps(url)})"
                f" Object.assign(sessionStorage, {json.dumps(dict(session))});"
            )
        self.page.on("pageerror", lambda error: self.faults.append(f"raised: {error}"))
        self.page.on("console", self._said)
        self.page.on("request", self._asked)

    def open(self, path: str, *, settled: bool = True) -> Page:
        """Go to a page; where it is ``settled``, all that it shows is there."""
        self.page.goto(self.url + path)
        if settled:
            self.settle()
        return self.page

    def settle(self) -> None:
        self.page.wait_for_function(SETTLED, arg=False)

    def reveal(self) -> None:
        """Scroll to whatever comes when one does."""
        self.page.wait_for_function(SETTLED, arg=True)
        self.page.evaluate("scrollTo(0, 0)")

    def violations(self) -> list[str]:
        """What axe finds in the page as it stands; its script comes in past the page's policy, which stays."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = self.page.evaluate(RUN, RULES)
        return found

    def sideways(self) -> int:
        """How many CSS pixels the page is wider than its window."""
        return int(self.page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))

    def picture(self, name: str) -> None:
        """The whole page from its top, all of it there; a window's worth where a dialog is open."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        dialog = self.page.locator("dialog[open]").count() > 0
        if not dialog:
            self.page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=not dialog)

    def close(self) -> None:
        for text in self.page.evaluate(STORED) if self.page.url.startswith(self.url) else ():
            if SECRETS.search(text):
                self.faults.append(f"a secret outlives the tab: {text}")
        self.page.close()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(REFUSED):
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        self.requests.append(request)
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in {"data", "blob"} and origin not in {self.url, *self.elsewhere}:
            self.faults.append(f"foreign: {request.url}")
        if SECRETS.search(request.url) or ("code" in parse_qs(parts.query) and parts.path != "/signed-in"):
            self.faults.append(f"a secret in an address: {request.url}")
