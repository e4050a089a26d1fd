"""What the site tells of APIs, products, guides and changes, and what it keeps to itself."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from tests.portal.sites import ROOT, document, of, operations, site
from tiergate.policy.check import checked
from tiergate.portal.changelog import feed

DONE = {"200": {"description": "Done"}}
THINGS = document({"/things": {"get": {"operationId": "listThings", "summary": "List things", "responses": DONE}}})
DEPRECATED = """state: deprecated
upstream: https://upstream.internal.example
deprecation: {date: 2026-06-01, sunset: 2027-06-30, successor: things/v2, guide: "https://shop.example/move",
  brownouts: [{start: 2027-05-04T09:00:00Z, minutes: 15}]}
"""
RETIRED = """state: retired
upstream: https://upstream.internal.example
deprecation: {date: 2025-06-01, sunset: 2025-12-31, successor: things/v2}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One API in four versions, of which one is deprecated, one retired and one a draft."""
    folder = tmp_path_factory.mktemp("shop") / "policies"
    files = {
        "apis/things/v1/api.yaml": DEPRECATED,
        "apis/things/v3/api.yaml": RETIRED,
        "apis/things/v10/api.yaml": "state: draft\nupstream: https://upstream.internal.example\n",
        "portal.yaml": "headline: Build\ncategories: {things: Goods}\ntry: {product: things, plan: free}\n",
        "portal/guides/zebra.md": "---\norder: 1\nsummary: Of zebras.\n---\n# Zebras\n\nStripes.\n",
        "portal/guides/ant.md": "# *Ants*\n\nThey carry. They dig.\n",
        "portal/changelog/2026-11-01-news.md": "---\nkind: news\n---\n# News\n\n**Bold** words & more.\n",
        "portal/changelog/2026-11-02-v2.md": "---\nkind: release\napi: things/v2\n---\n# Things v2\n\nHere.\n",
        "portal/changelog/2026-11-03-v10.md": "---\nkind: release\napi: things/v10\n---\n# Secret\n\nSoon.\n",
    }
    return site(folder, {f"things/{version}": THINGS for version in ("v1", "v2", "v3", "v10")}, files)


def test_versions_are_told_with_the_newest_first_and_drafts_not_at_all(shop: dict[str, Any]) -> None:
    (api,) = shop["catalog"]["apis"]
    assert (api["name"], api["category"]) == ("things", "Goods")
    versions = [(each["id"], each["state"], each["operations"], bool(each["tags"])) for each in api["versions"]]
    assert versions == [
        ("things/v3", "retired", 0, False),
        ("things/v2", "published", 1, True),
        ("things/v1", "deprecated", 1, True),
    ]
    assert [each["updated"] for each in api["versions"]] == [None, "2026-11-02", None]
    assert not [name for name in shop if name.startswith(("apis/things/v10/", "apis/things/v3/"))]
    for name, value in shop.items():
        assert "v10" not in json.dumps(value), name
        assert "Secret" not in json.dumps(value), name


def test_where_calls_go_is_told_nobody(shop: dict[str, Any]) -> None:
    for name, value in shop.items():
        assert "internal" not in json.dumps(value), name


def test_a_key_without_a_sign_up_opens_what_is_served_and_takes_keys(shop: dict[str, Any]) -> None:
    told = {"product": "things", "plan": "free", "apis": ["things/v1", "things/v2"]}
    assert shop["catalog"]["portal"]["try"] == told


def test_guides_come_in_their_order_with_a_summary(shop: dict[str, Any]) -> None:
    assert shop["guides/index"] == [
        {"slug": "zebra", "title": "Zebras", "summary": "Of zebras."},
        {"slug": "ant", "title": "Ants", "summary": "They carry."},
    ]
    assert shop["guides/ant"] == {"title": "Ants", "body": [["p", {}, "They carry. They dig."]]}


def test_the_changelog_has_what_is_written_and_the_dates_at_which_versions_end(shop: dict[str, Any]) -> None:
    told = [(each["date"], each["kind"], each["title"], each.get("api")) for each in shop["changelog"]]
    assert told == [
        ("2026-11-02", "release", "Things v2", "things/v2"),
        ("2026-11-01", "news", "News", None),
        ("2026-06-01", "deprecation", "Things v1 is deprecated", "things/v1"),
        ("2025-12-31", "retirement", "Things v3 is retired", "things/v3"),
        ("2025-06-01", "deprecation", "Things v3 is deprecated", "things/v3"),
    ]
    body = json.dumps(shop["changelog"][2]["body"])
    for words in ("30 Jun 2027", "/apis/things/v2", "https://shop.example/move", "4 May 2027, 09:00 UTC"):
        assert words in body
    assert len({each["slug"] for each in shop["changelog"]}) == 5


def test_the_feed_is_rss_that_other_programs_read(shop: dict[str, Any]) -> None:
    channel = ElementTree.fromstring(feed(shop["changelog"], "Shop <&>", "https://portal.example/"))[0]  # noqa: S314
    items = channel.findall("item")
    assert channel.findtext("title") == "Shop <&>: changelog"
    assert [each.findtext("title") for each in items] == [each["title"] for each in shop["changelog"]]
    assert items[1].findtext("description") == "<p><strong>Bold</strong> words &amp; more.</p>"
    assert 'href="https://portal.example/apis/things/v2"' in (items[2].findtext("description") or "")
    assert items[1].findtext("link") == "https://portal.example/changelog#2026-11-01-news"
    assert items[1].findtext("pubDate") == "Sun, 01 Nov 2026 00:00:00 +0000"
    assert len({each.findtext("guid") for each in items}) == len(items)


def test_every_address_of_the_feed_is_whole_also_where_nobody_says_what_it_is(shop: dict[str, Any]) -> None:
    written = feed(shop["changelog"], "Shop").decode()
    found = re.findall(r'(?:href=(?:"|&quot;)|<link>)([^"&<]+)', written)
    assert {urlsplit(each).hostname for each in found} == {"portal.invalid", "shop.example"}


def test_what_is_dated_after_today_is_not_told_yet(tmp_path: Path) -> None:
    files = {
        "apis/things/v1/api.yaml": DEPRECATED.replace("2026-06-01", "2026-12-01"),
        "portal/changelog/2026-11-24-v2.md": "---\nkind: release\napi: things/v2\n---\n# Things v2\n\nHere.\n",
        "portal/changelog/2026-11-23-news.md": "---\nkind: news\n---\n# News\n\nToday.\n",
    }
    found = site(tmp_path / "policies", {"things/v1": THINGS, "things/v2": THINGS}, files)
    assert [each["title"] for each in found["changelog"]] == ["News"]
    assert [each["updated"] for each in found["catalog"]["apis"][0]["versions"]] == [None, None]


def test_the_feed_leaves_out_what_xml_cannot_hold() -> None:
    entry = {
        "date": "2026-11-01",
        "title": "a\x00b\x1b",
        "slug": "s",
        "kind": "news",
        "body": [["p", {}, "]]>\ufffe<b>"]],
    }
    channel = ElementTree.fromstring(feed([entry], "Shop", ""))[0]  # noqa: S314
    assert channel.findtext("item/title") == "a b "
    assert "]]&gt; " in (channel.findtext("item/description") or "")


def test_everything_that_can_be_looked_up_is_found_once_with_its_address(shop: dict[str, Any]) -> None:
    told = [(each["kind"], each["title"], each["url"]) for each in shop["search"]]
    assert told == [
        ("api", "Things", "/apis/things/v1"),
        ("tag", "Operations", "/apis/things/v1/operations"),
        ("operation", "List things", "/apis/things/v1/operations#listThings"),
        ("api", "Things", "/apis/things/v2"),
        ("tag", "Operations", "/apis/things/v2/operations"),
        ("operation", "List things", "/apis/things/v2/operations#listThings"),
        ("api", "Things", "/apis/things/v3"),
        ("guide", "Zebras", "/guides/zebra"),
        ("guide", "Ants", "/guides/ant"),
    ]


def test_operations_stand_under_each_of_their_tags_in_the_documents_order(tmp_path: Path) -> None:
    tagged = {
        "/a": {"get": {"operationId": "a", "tags": ["Two", "One"], "responses": DONE}},
        "/b": {
            "get": {"operationId": "b", "tags": ["Index"], "responses": DONE},
            "post": {"operationId": "c", "responses": DONE},
        },
    }
    hooks = {"New thing": {"post": {"operationId": "h", "responses": DONE}}}
    text = document(tagged, tags=[{"name": "One", "description": "*First*"}, {"name": "Empty"}], webhooks=hooks)
    index = site(tmp_path / "policies", {"things/v1": text})["apis/things/v1/index"]
    told = {tag["slug"]: [each["id"] for each in tag["operations"]] for tag in index["tags"]}
    assert told == {
        "one": ["a"],
        "two": ["a"],
        "index-2": ["b"],
        "webhooks": ["POST New thing"],
        "other-operations": ["c"],
    }
    assert index["tags"][0]["description"] == [["p", {}, ["em", {}, "First"]]]


def test_an_operation_has_what_its_path_says_and_what_the_gateway_knows(tmp_path: Path) -> None:
    path = {
        "parameters": [
            {"name": "id", "in": "path", "required": True},
            {"name": "q", "in": "query", "description": "path's"},
        ],
        "get": {
            "operationId": "a",
            "parameters": [{"$ref": "#/components/parameters/Q"}],
            "responses": {"200": {"$ref": "#/components/responses/Done"}},
        },
    }
    parts = {
        "parameters": {"Q": {"name": "q", "in": "query", "description": "own"}},
        "responses": {"Done": {"description": "*Done*", "headers": {"X-A": {"$ref": "#/components/headers/A"}}}},
        "headers": {"A": {"description": "A", "schema": {"type": "string"}}},
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "x-internal": 1}},
    }
    text = document({"/a/{id}": path}, components=parts, security=[{"key": []}])
    policy = "state: published\nupstream: https://upstream.internal.example\ncost: 3\n"
    found = site(tmp_path / "policies", {"things/v1": text}, {"apis/things/v1/api.yaml": policy})
    told = operations(found)["a"]
    assert [(each["name"], each.get("description")) for each in told["parameters"]] == [
        ("id", None),
        ("q", [["p", {}, "own"]]),
    ]
    assert told["responses"]["200"] == {
        "description": [["p", {}, ["em", {}, "Done"]]],
        "headers": {"X-A": {"description": [["p", {}, "A"]], "schema": {"type": "string"}}},
    }
    assert (told["cost"], told["public"], told["security"]) == (3, False, [{"key": []}])
    assert told["servers"] == [{"url": "/things/v1"}]
    schemes = found["apis/things/v1/index"]["security_schemes"]
    assert schemes == {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": []}}


def test_a_downloaded_document_leads_to_the_gateway_and_can_be_read_again(tmp_path: Path) -> None:
    paths = {"/a": {"servers": [{"url": "https://internal.example"}], "get": {"responses": DONE, "x-owner": "me"}}}
    text = document(paths, servers=[{"url": "https://internal.example"}], **{"x-owner": "me"})
    found = site(tmp_path / "policies", {"things/v1": text})["apis/things/v1/openapi"]
    assert found["servers"] == [{"url": "/gateway/things/v1"}]
    assert "internal" not in json.dumps(found)
    assert "x-owner" not in json.dumps(found)
    again = site(tmp_path / "again", {"things/v1": json.dumps(found)})
    assert operations(again).keys() == {"GET /a"}


def test_the_demos_portal_tells_all_that_it_has() -> None:
    found = of(checked(ROOT / "policies"))
    assert found["catalog"]["portal"]["try"]["apis"] == ["bank/v1"]
    assert [each["slug"] for each in found["guides/index"]] == ["first-call", "keys", "limits", "new-version"]
    assert len(found["changelog"]) == 2
    assert {tag["slug"] for tag in found["apis/bank/v1/index"]["tags"]} == {"accounts", "transactions", "payments"}


def test_where_tokens_come_from_is_not_told_after_a_document_where_the_deploy_makes_their_pool(tmp_path: Path) -> None:
    flows = {"clientCredentials": {"tokenUrl": "https://id.example/token", "scopes": {"a": "A"}}}
    schemes = {"OAuth": {"type": "oauth2", "flows": flows}}
    text = document({"/a": {"get": {"operationId": "a", "responses": DONE}}}, components={"securitySchemes": schemes})
    for issuer, told in (("issuer: https://id.example\naudience: [a]\n", flows), ("cognito: {}\n", None)):
        found = site(tmp_path / "policies", {"things/v1": text}, {"issuers/people.yaml": f"title: People\n{issuer}"})
        (scheme,) = found["apis/things/v1/index"]["security_schemes"].values()
        assert scheme["flows"] == (told or {"clientCredentials": {"scopes": {"a": "A"}}})


def test_the_same_policies_give_the_same_content() -> None:
    first, second = (of(checked(ROOT / "policies")) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
