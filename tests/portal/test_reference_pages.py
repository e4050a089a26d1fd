"""The reference as a reader sees it, in a real browser: nothing of a document is missing once all is open.

The demo's document always; with ``TIERGATE_SAMPLES=DIR`` every document of that folder.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Route, expect

from tests.portal.reference_site import open_all, opened, served
from tests.portal.sites import document
from tests.portal.test_reference_complete import DOCUMENTS, LOADER, Walk, name_of

pytestmark = pytest.mark.browser

SECTIONS = """
() => [...document.querySelectorAll("section.operation")].map((section) => ({
  id: section.id,
  title: section.querySelector(".operation-title").innerText,
  path: section.querySelector(".operation-line .path").textContent,
  method: section.querySelector(".operation-line .method").textContent,
  names: [...section.querySelectorAll(".row-name")].map((each) => each.textContent),
  codes: [...section.querySelectorAll(".responses .http")].map((each) => each.textContent),
}))
"""


def names(walk: Walk, item: Any, operation: Any) -> tuple[set[str], set[str]]:
    """Every name that the section of an operation has to show, and its response codes."""
    found = set()
    responses = {code: walk.at(each) for code, each in operation["responses"].items()}
    parameters = walk.parameters(item, operation).values()
    headers = [
        (name, walk.at(header)) for each in responses.values() for name, header in each.get("headers", {}).items()
    ]
    bodies = [walk.at(operation.get("requestBody")) or {}, *responses.values()]
    schemas = [media.get("schema") for each in bodies for media in each.get("content", {}).values()]
    schemas += [each.get("schema") for each in parameters] + [header.get("schema") for _, header in headers]
    found |= {each["name"] for each in parameters} | {name for name, _ in headers}
    for schema in schemas:
        found |= {name for name, _, _ in walk.properties(schema)}
    return found, set(responses)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_name_of_a_document_is_on_its_pages_once_all_is_open(
    path: Path, chromium: Browser, tmp_path: Path
) -> None:
    text = path.read_text(encoding="utf-8")
    walk = Walk(yaml.load(text, LOADER))  # noqa: S506  # texts, lists and mappings alone
    shown = {}
    with served(tmp_path, {"things/v1": text}) as site:
        tags = json.loads((tmp_path / "site/content/apis/things/v1/index.json").read_text(encoding="utf-8"))["tags"]
        for tag in tags:
            with opened(chromium, f"{site.url}/apis/things/v1/{tag['slug']}") as page:
                open_all(page)
                for each in page.evaluate(SECTIONS):
                    shown[each["method"], each["path"]] = each
    counts = dict.fromkeys(("operations", "names", "codes"), 0)
    for method, template, item, operation in walk.operations():
        section = shown.pop((method, template))
        expected, codes = names(walk, item, operation)
        assert section["title"].startswith(" ".join(operation.get("summary", section["id"]).split()))
        assert expected - set(section["names"]) == set(), (method, template)
        assert set(section["codes"]) >= codes
        counts["operations"] += 1
        counts["names"] += len(expected)
        counts["codes"] += len(codes)
    print(f"\n{name_of(path)}: {counts}")
    assert shown == {}
    assert counts["operations"]
    assert counts["names"]
    assert counts["codes"]


def many(count: int) -> str:
    thing = {"type": "object", "properties": {"colour": {"type": "string", "description": "Seldom mauve."}}}
    body = {"200": {"description": "Fine.", "content": {"application/json": {"schema": thing}}}}
    parameter = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}
    return document(
        {
            f"/things{number}": {
                "get": {
                    "operationId": f"op{number}",
                    "summary": f"Read things {number}",
                    "tags": ["Things"],
                    "parameters": [parameter],
                    "responses": body,
                }
            }
            for number in range(count)
        }
    )


def test_a_page_of_120_operations_stays_under_2000_nodes(chromium: Browser, tmp_path: Path) -> None:
    with served(tmp_path, {"things/v1": many(120)}) as site, opened(chromium, f"{site.url}/apis/things/v1") as page:
        assert page.locator("section.operation").count() == 120
        assert page.evaluate("document.querySelectorAll('*').length") < 2000
        page.get_by_role("button", name="Read things 60").click()
        page.locator("#op60 .rows").first.wait_for()
        assert page.evaluate("document.querySelectorAll('*').length") < 2000


def test_an_address_with_an_operation_opens_it_and_shows_it(chromium: Browser, tmp_path: Path) -> None:
    with (
        served(tmp_path, {"things/v1": many(120)}) as site,
        opened(chromium, f"{site.url}/apis/things/v1#op119") as page,
    ):
        page.locator("#op119 .rows").first.wait_for()
        page.wait_for_function("document.querySelector('#op119').getBoundingClientRect().top < innerHeight")
        page.evaluate("location.hash = 'op7'")
        page.locator("#op7 .rows").first.wait_for()
        page.wait_for_function("document.querySelector('#op7').getBoundingClientRect().top >= 0")


def test_an_operation_of_another_tag_is_found_by_its_anchor_alone(chromium: Browser, tmp_path: Path) -> None:
    answer = {"responses": {"200": {"description": "Fine."}}}
    paths = {
        "/a": {"get": {"operationId": "one", "tags": ["First"], **answer}},
        "/b": {"get": {"operationId": "two", "tags": ["Second"], **answer}},
    }
    with (
        served(tmp_path, {"things/v1": document(paths)}) as site,
        opened(chromium, f"{site.url}/apis/things/v1#two") as page,
    ):
        page.locator("#two").wait_for()
        assert page.url == f"{site.url}/apis/things/v1/second#two"


def test_the_browsers_search_finds_words_of_closed_operations_and_opens_them(chromium: Browser, tmp_path: Path) -> None:
    with served(tmp_path, {"things/v1": many(20)}) as site, opened(chromium, f"{site.url}/apis/things/v1") as page:
        hidden = page.locator("#op15 [hidden=until-found]")
        assert "Seldom mauve" in (hidden.text_content() or "")
        hidden.evaluate("(element) => element.dispatchEvent(new Event('beforematch'))")
        page.locator("#op15 .rows").first.wait_for()
        words = page.locator("#op15 .responses .fold-words")
        assert "Seldom mauve" in (words.text_content() or "")


def test_print_has_everything_and_afterwards_all_is_as_before(chromium: Browser, tmp_path: Path) -> None:
    with served(tmp_path, {"things/v1": many(20)}) as site, opened(chromium, f"{site.url}/apis/things/v1") as page:
        before = page.evaluate("document.querySelectorAll('*').length")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("section.operation .row-name", has_text="colour").count() == 20
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        page.wait_for_function(f"document.querySelectorAll('*').length === {before}")


KEYWORDS = Path(__file__).with_name("keywords.yaml").read_text(encoding="utf-8")
SAID = """
separated by commas|written as application/json|1 to 100|default 20|1 to 64 characters|read only|write only
pattern ^[a-z]+$|always fixed|string or null|more than 0|a multiple of 0.01|no other properties|any other property|^x-
item 1|The first of them|feline|canine|told apart by kind|As blood.|Sky|not|forbidden|deprecated|Combines Base
Node, as above|sent as image/png|picture|Location|again|$response.body#/id|done|{$request.body#/url}|outcome|cookie
things:write|OAuth 2.0|API key in the header X-Api-Key|session
"""


def test_every_keyword_is_said_in_words(chromium: Browser, tmp_path: Path) -> None:
    with served(tmp_path, {"things/v1": KEYWORDS}) as site, opened(chromium, f"{site.url}/apis/things/v1") as page:
        open_all(page)
        text = re.sub(r"\s+", " ", page.locator("#make").inner_text())
        assert [each for each in re.split(r"[|\n]", SAID) if each not in text] == []
        assert "Make things" in page.locator(".schemes").inner_text()


def test_a_schema_that_contains_itself_opens_in_place_as_often_as_one_likes(chromium: Browser, tmp_path: Path) -> None:
    with served(tmp_path, {"things/v1": KEYWORDS}) as site, opened(chromium, f"{site.url}/apis/things/v1") as page:
        open_all(page)
        nexts = page.locator("#make .row-name", has_text=re.compile("^next$"))
        for count in range(1, 4):
            expect(nexts).to_have_count(count)
            page.locator("#make details.fold-again:not([open]) > summary").first.click()
        expect(nexts).to_have_count(4)


def test_an_operation_that_cannot_be_shown_leaves_the_others(chromium: Browser, tmp_path: Path) -> None:
    def broken(route: Route) -> None:
        page = route.fetch().json()
        page["operations"][1]["responses"] = {"200": None}
        route.fulfill(json=page)

    with served(tmp_path, {"things/v1": many(3)}) as site:
        page = chromium.new_page()
        page.route("**/content/apis/things/v1/things.json", broken)
        page.goto(f"{site.url}/apis/things/v1")
        expect(page.locator("#op1")).to_contain_text("Read things 1 cannot be shown")
        for each in ("#op0", "#op2"):
            expect(page.locator(each).get_by_role("heading", level=4).first).to_be_visible()
        page.close()


def test_a_hostile_document_is_text_and_nothing_else(chromium: Browser, tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(1)</script>[a](javascript:alert(1))"
    properties = {
        evil: {"type": "string", "description": evil, "default": evil, "enum": [evil]},
        "__proto__": {"type": "string"},
        "constructor": {"type": "integer"},
    }
    operation = {
        "operationId": "a'><script>alert(1)</script>",
        "summary": evil,
        "description": evil,
        "externalDocs": {"url": "javascript:alert(1)", "description": evil},
        "parameters": [{"name": evil, "in": "query", "schema": {"type": "string", "example": evil}}],
        "responses": {"200": {"description": evil, "content": {evil: {"schema": {"properties": properties}}}}},
    }
    with (
        served(tmp_path, {"things/v1": document({"/a": {"get": operation}})}) as site,
        opened(chromium, f"{site.url}/apis/things/v1") as page,
    ):
        page.on("dialog", lambda _: pytest.fail("a script of the document ran"))
        open_all(page)
        shown = page.locator(".operation .row-name").all_text_contents()
        assert {evil, "__proto__", "constructor"} <= set(shown)
        assert page.locator("main img, main script, main [href^='javascript:' i]").count() == 0
