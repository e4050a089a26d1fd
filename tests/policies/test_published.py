"""The published catalogue: all that portals need of the policies, and nothing that partners must not see."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policies.everything import DOCUMENT, FILES, write_everything
from tests.policies.many import names, write_many
from tiergate.domain.published import MOST_BYTES, PLATFORM, assembled, digest, entries, packed, size, unpacked
from tiergate.policy.bundle import serialized
from tiergate.policy.check import checked
from tiergate.policy.published import published
from tiergate.policy.source import Faults

SHOWN = {
    "platform.yaml": {"name", "support", "owner"},
    "plans": {"title", "description", "amount", "currency", "per", "approval", "support", "mode"},
    "products": {"title", "description", "apis", "rest_apis", "plans"},
    "apis": {
        *("title", "owner", "state", "mode", "accepts", "successor", "guide", "date", "sunset", "start"),
    },
}
"""Keys of each kind of policy file whose texts partners may see."""

CARD = {"name": "open/v1", "grade": "B", "points": 83, "waived": 0, "costs": []}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of files in which every key stands somewhere."""
    return published(checked(write_everything(tmp_path_factory.mktemp("published"))), {"open/v1": CARD})


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """All texts below a value, each with the key that it stands under."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from texts(each, str(name))
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, key)
    else:
        yield key, str(value)


def test_no_text_of_the_policies_is_shown_but_those_that_partners_may_see(everything: dict[str, Any]) -> None:
    shown = serialized(everything)
    hidden = 0
    for name, text in FILES.items():
        kind = name.partition("/")[0]
        for key, value in texts(yaml.safe_load(text)):
            if len(value) > 5 and key not in SHOWN.get(kind, set()) and value not in DOCUMENT:
                hidden += 1
                assert json.dumps(value)[1:-1] not in shown, f"{name}: {key}"
    assert hidden > 20


WORDS = st.from_regex(r"zq[a-z0-9]{8}", fullmatch=True)
AUTH = {
    "": "",
    "header": '{{header: {{name: X-{0}, secret: "{1}", member: {0}, prefix: "{0} "}}}}',
    "oauth": '{{oauth: {{token_url: "https://{0}.example/t", client_id: {0}, secret: "{1}", scopes: [{0}]}}}}',
    "identity": '{{identity: {{audience: "https://{0}.example", header: X-{0}}}}}',
}
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:{}-AbCdEf"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    word=WORDS,
    auth=st.sampled_from(sorted(AUTH)),
    state=st.sampled_from(["draft", "published"]),
    octet=st.integers(100, 255),
    rest_api=st.from_regex(r"zq[a-z0-9]{8}", fullmatch=True),
)
def test_whatever_a_policy_says_of_upstreams_secrets_addresses_and_ids_stays_hidden(
    folder: Path, word: str, auth: str, state: str, octet: int, rest_api: str
) -> None:
    (folder / "platform.yaml").write_text(
        f"name: Shop\nsupport: s\ndefaults: {{owner: o}}\nrest_apis: {{stock: {{id: {rest_api}, stage: {word}}}}}\n"
    )
    stated = f"upstream_auth: {AUTH[auth].format(word, SECRET.format(word))}\n" if auth else ""
    (folder / "apis/orders/v1/api.yaml").write_text(
        f"title: Orders\nstate: {state}\nupstream: https://{word}.example/{word}\n"
        f'addresses: {{allow: [10.{octet}.7.0/24]}}\nsubjects: ["CN={word}"]\n{stated}'
    )
    shown = serialized(published(checked(folder), {}))
    for hidden in (word, f"10.{octet}.7", rest_api):
        assert hidden not in shown
    assert ("Orders" in shown) == (state == "published")


def test_an_entry_has_these_fields_and_no_others(everything: dict[str, Any]) -> None:
    """Names stay, and fields are only ever added: to this list, to ``docs/catalogue.md``, and with thought."""
    api = everything["apis"]["old/v1"]
    assert everything.keys() == {"platform", "products", "plans", "apis", "rest_apis"}
    assert everything["platform"] == {"name": "Everything", "support": "help@example.com"}
    assert everything["rest_apis"] == {"stock": {}}
    assert everything["products"]["shop"].keys() == {"title", "description", "apis", "rest_apis", "plans"}
    assert everything["plans"]["basic"] == {
        "title": "Basic",
        "description": "d",
        "limits": {
            "mode": "exact",
            "rate": {"per_second": 5, "burst": 10},
            "quota": {"hour": 100, "day": 1000, "month": 10000},
        },
        "price": {"amount": "1", "currency": "EUR", "per": "month"},
        "approval": "automatic",
        "support": "mail",
    }
    assert set(api) == {
        *("title", "description", "owner", "state", "lifecycle", "mode", "accepts", "operations", "scorecard")
    }
    assert api["lifecycle"] == {
        "deprecated": "2026-06-01T00:00:00Z",
        "sunset": "2027-06-30T00:00:00Z",
        "gone": "2027-08-29T00:00:00Z",
        "successor": "open/v1",
        "guide": "https://developer.example.com/move",
        "brownouts": [{"start": "2027-05-04T09:00:00Z", "end": "2027-05-04T09:15:00Z"}],
    }
    assert (api["scorecard"], everything["apis"]["open/v1"]["scorecard"]) == (None, CARD)


def test_the_guide_tells_every_field(everything: dict[str, Any]) -> None:
    guide = (Path(__file__).parents[2] / "docs/catalogue.md").read_text(encoding="utf-8")
    api = everything["apis"]["old/v1"]
    parts = [everything["platform"], everything["products"]["shop"], everything["plans"]["basic"], api]
    parts += [api["lifecycle"], api["operations"][0], everything["plans"]["basic"]["limits"]]
    rows = [line for line in guide.splitlines() if line.startswith("|")]
    missing = [name for part in parts for name in part if not any(f"`{name}`" in row for row in rows)]
    assert missing == []


def test_operations_say_what_they_ask_of_a_caller_and_what_they_cost(everything: dict[str, Any]) -> None:
    operations = {each["id"]: each for each in everything["apis"]["open/v1"]["operations"]}
    assert list(operations) == ["listThings", "addThing", "getThing", "printThing"]
    assert operations["listThings"] == {
        "id": "listThings",
        "method": "GET",
        "path": "/things",
        "summary": "",
        "scopes": [],
        "cost": 3,
        "public": True,
    }
    assert operations["addThing"] | {"id": ""} == {
        "id": "",
        "method": "POST",
        "path": "/things",
        "summary": "",
        "scopes": [["things:write"]],
        "cost": 2,
        "public": False,
    }


def test_summaries_and_the_description_are_the_documents_wherever_they_stand(folder: Path) -> None:
    (folder / "apis/orders/v1/openapi.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0, description: Orders of a shop.}\n"
        "servers: [{url: https://inner.example}]\npaths:\n  /a: {$ref: '#/components/pathItems/A'}\n"
        "  /b: {get: {operationId: b, summary: [no, text]}}\n"
        "components: {pathItems: {A: {get: {operationId: a, summary: The first}}}}\n"
    )
    (folder / "apis/orders/v1/api.yaml").write_text("state: published\nupstream: https://o.example\nowner: o\n")
    api = published(checked(folder), {})["apis"]["orders/v1"]
    assert (api["title"], api["description"]) == ("T", "Orders of a shop.")
    assert [each["summary"] for each in api["operations"]] == ["The first", ""]
    assert "inner.example" not in serialized(api)


def test_a_draft_is_in_no_product_and_a_product_of_drafts_alone_is_not_there(folder: Path) -> None:
    before = published(checked(folder), {})
    (listing,) = [name for name, each in before["products"].items() if "orders/v1" in each["apis"]]
    api = folder / "apis/orders/v1/api.yaml"
    api.write_text(f"{api.read_text().replace('state: published', '')}state: draft\n")
    product = folder / f"products/{listing}.yaml"
    after = published(checked(folder), {})
    assert "orders/v1" not in after["apis"]
    assert all("orders/v1" not in each["apis"] for each in after["products"].values())
    stated = yaml.safe_load(product.read_text())
    product.write_text(yaml.safe_dump(stated | {"apis": ["orders/v1"]}))
    assert listing not in published(checked(folder), {})["products"]


def test_a_rest_api_that_an_environment_lacks_is_not_shown_there(folder: Path) -> None:
    product = next((folder / "products").iterdir())
    product.write_text(f"{product.read_text()}rest_apis: [stock, later]\n")
    platform = folder / "platform.yaml"
    platform.write_text(
        f"{platform.read_text()}rest_apis: {{stock: {{id: a1b2c3d4e5, stage: prod}}, later: {{stage: prod}}}}\n"
    )
    found = published(checked(folder), {})
    assert list(found["rest_apis"]) == ["stock"]
    assert found["products"][product.stem]["rest_apis"] == ["stock"]


def test_the_same_policies_make_the_same_text_wherever_they_are_read(tmp_path: Path) -> None:
    found = []
    for place in ("a", "b/c"):
        write_many(tmp_path / place / "policies")
        found.append(serialized(published(checked(tmp_path / place / "policies", "prod"), {})))
    assert found[0] == found[1]
    assert sorted(json.loads(found[0])["apis"]) == names()


def test_a_document_is_the_same_again_out_of_its_entries(everything: dict[str, Any]) -> None:
    named = entries(everything)
    assert list(named)[-1] == PLATFORM
    assert {"PRODUCT#shop", "PLAN#basic", "API#open/v1", "REST_API#stock"} <= named.keys()
    assert assembled(dict(reversed(named.items()))) == everything
    assert digest(named) == digest(dict(reversed(named.items())))
    assert digest(named) != digest({**named, "PLAN#basic": {}})


def long_document(operations: int, summary: str) -> str:
    paths = {
        f"/things/{{thing}}/parts/{number}": {"get": {"operationId": f"getPart{number}", "summary": summary}}
        for number in range(operations)
    }
    return json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths})


@pytest.fixture
def orders(folder: Path) -> Path:
    """Where the document of ``orders/v1`` is written as JSON, which is read faster."""
    (folder / "apis/orders/v1/openapi.yaml").unlink()
    (folder / "apis/orders/v1/api.yaml").write_text("state: published\nupstream: https://o.example\nowner: o\n")
    return folder / "apis/orders/v1/openapi.json"


def test_two_thousand_operations_fit_into_one_entry(folder: Path, orders: Path) -> None:
    orders.write_text(
        long_document(2000, "Get a part of a thing, with all that is known of it and of its makers. " * 3)
    )
    api = published(checked(folder), {})["apis"]["orders/v1"]
    assert len(api["operations"]) == 2000
    assert len(serialized(api["operations"])) > MOST_BYTES
    assert size(api) < MOST_BYTES
    assert unpacked(packed(api["operations"])) == api["operations"]


def test_operations_that_do_not_fit_compressed_are_told_by_check(folder: Path, orders: Path) -> None:
    document = json.loads(long_document(2000, "s"))
    for number, item in enumerate(document["paths"].values()):
        for operation in item.values():
            operation["summary"] = "".join(sha256(f"{number} {part}".encode()).hexdigest() for part in range(8))
    orders.write_text(json.dumps(document))
    with pytest.raises(Faults, match=r"entry of it has .* KB, and one has at most 390"):
        checked(folder)


def test_an_entry_that_is_too_large_is_told_by_check_with_its_place(folder: Path, orders: Path) -> None:
    orders.write_text(long_document(1, "s").replace('{"title"', f'\n{{"description": "{"x" * 500_000}", "title"'))
    plan = next((folder / "plans").iterdir())
    plan.write_text(f"{plan.read_text()}description: {'y' * 400_000}\n")
    product = next((folder / "products").iterdir())
    product.write_text(f"{product.read_text()}description: {'z' * 400_000}\n")
    with pytest.raises(Faults) as found:
        checked(folder)
    told = str(found.value).splitlines()
    assert [line.partition(":")[0] for line in told] == [str(orders), str(plan), str(product)]
    assert told[0] == (
        f"{orders}:1: the catalogue's entry of it has 500 KB, and one has at most 390; shorten its description and the "
        "summaries of its operations"
    )
