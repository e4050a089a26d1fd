"""``tiergate check`` names every mistake by file and line.

A case is a folder in ``invalid/``: what its ``policies/`` holds is laid over ``valid/``, what ``removed.txt`` names is
taken away, and then the faults are those of ``expected.txt``, to the letter.
"""

import shutil
from pathlib import Path

import pytest

from tiergate.policy.check import checked_everywhere
from tiergate.policy.source import Faults

INVALID = Path(__file__).parent / "invalid"
CASES = sorted(case.name for case in INVALID.iterdir())


NO_STATE = "state: must be 'draft', 'published', 'deprecated' or 'retired'; found \"live\""


def faults(folder: Path) -> list[str]:
    try:
        checked_everywhere(folder)
    except Faults as found:
        return str(found).splitlines()
    return []


def lay_over(case: Path, folder: Path) -> None:
    if (case / "policies").is_dir():
        shutil.copytree(case / "policies", folder, dirs_exist_ok=True)
    if (case / "removed.txt").is_file():
        for name in (case / "removed.txt").read_text(encoding="utf-8").split():
            (folder / name).unlink()


def test_the_base_of_all_cases_has_no_fault(folder: Path) -> None:
    assert faults(folder) == []


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_with_its_place(case: str, folder: Path) -> None:
    lay_over(INVALID / case, folder)
    assert faults(folder) == (INVALID / case / "expected.txt").read_text(encoding="utf-8").splitlines()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_version_is_not_its_own_successor_wherever_its_folder_is_read_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_over(INVALID / "deprecation-successor-itself", folder)
    monkeypatch.chdir(folder)
    assert faults(Path()) == ["apis/orders/v1/api.yaml:9: deprecation.successor: is this version itself"]


def test_many_mistakes_are_told_at_once_in_the_order_of_files_and_lines(folder: Path) -> None:
    """Also those that need other files to be seen, in files that have faults of their own."""
    api, document = folder / "apis/orders/v1/api.yaml", folder / "apis/orders/v1/openapi.yaml"
    plan, product = folder / "plans/basic.yaml", folder / "products/shop.yaml"
    change(folder / "platform.yaml", "support:", "suport:")
    change(plan, "approval: automatic", "\n\n\naproval: automatic")
    change(plan, "hour: 100", "hour: 4")
    with plan.open("a", encoding="utf-8") as file:
        file.write("failure: {units: 5}\n")
    change(product, "title: Shop", "titel: Shop")
    change(product, "orders/v1", "order/v1")
    change(product, "[basic, large]", "[basic, large, basic, 3]\nextra: true")
    change(product, "  - order/v1", "  - order/v1\n  - orders/v1")
    change(api, "https://orders", "ftp://orders")
    change(api, "state: published", "state: live")
    change(api, "timeout: 10", "timeout: 10\nmode: direct\nisolated: true\ncors: {origins: [https://a.example:443]}")
    change(api, "placeOrder: {cost: 5}", "placeOrder: {cost: 5}\n  getOrders: {cost: 2}")
    change(document, "operationId: getOrder", "operationId: listOrders")
    change(document, "responses/Done", "responses/Gone")
    (folder / "plans/silver.yml").write_text("title: Silver\n", encoding="utf-8")
    (folder / "apis/returns/v1").mkdir(parents=True)
    assert faults(folder) == [
        f"policies/apis/orders/v1/api.yaml:3: {NO_STATE}",
        "policies/apis/orders/v1/api.yaml:4: upstream: must be an http:// or https:// address, or lambda:<name>",
        "policies/apis/orders/v1/api.yaml:7: isolated: needs mode: managed; a direct API has no proxy to isolate",
        "policies/apis/orders/v1/api.yaml:8: cors.origins: browsers leave the scheme's own port out; "
        'write "https://a.example"',
        "policies/apis/orders/v1/openapi.yaml:9: $ref #/components/responses/Gone leads nowhere in this document",
        'policies/apis/orders/v1/openapi.yaml:14: operationId "listOrders" is already on line 7',
        "policies/apis/returns/v1:1: expected one of openapi.yaml, openapi.yml, openapi.json; found none",
        "policies/apis/returns/v1/api.yaml:1: missing; write it with at least state: and upstream:, or have tiergate "
        "api add write it",
        "policies/plans/basic.yaml:5: hour quota 4 never admits a request of cost 5; raise it to 5 or more "
        "(placeOrder of orders/v1 costs 5: policies/apis/orders/v1/api.yaml:10)",
        'policies/plans/basic.yaml:11: unknown key "aproval"; did you mean "approval"?',
        "policies/plans/basic.yaml:12: failure.units: needs rule: open; a closed rule lets nothing through unchecked",
        "policies/plans/silver.yml:1: not a policy file; its name must end in .yaml",
        'policies/platform.yaml:1: missing key "support"',
        'policies/platform.yaml:2: unknown key "suport"; did you mean "support"?',
        'policies/products/shop.yaml:1: missing key "title"',
        'policies/products/shop.yaml:1: unknown key "titel"; did you mean "title"?',
        'policies/products/shop.yaml:3: apis: there is no "order/v1"; did you mean "orders/v1"?',
        "policies/products/shop.yaml:5: plans.3: must be text, in quotes; found 3",
        'policies/products/shop.yaml:5: plans: "basic" is listed twice',
        'policies/products/shop.yaml:6: unknown key "extra"; '
        "known: apis, defaults, description, plans, rest_apis, title",
    ]


def test_an_operation_without_a_document_is_judged_once_its_document_can_be_read(folder: Path) -> None:
    change(folder / "apis/orders/v1/api.yaml", "placeOrder", "placeOrders")
    change(folder / "apis/orders/v1/api.yaml", "state: published", "state: live")
    assert faults(folder) == [
        f"policies/apis/orders/v1/api.yaml:3: {NO_STATE}",
        'policies/apis/orders/v1/api.yaml:7: operations: the document has no "placeOrders"; did you mean "placeOrder"?',
    ]
    change(folder / "apis/orders/v1/openapi.yaml", "paths:", "paths: [")
    assert not any("operations:" in fault for fault in faults(folder))


def test_a_folder_that_does_not_exist_is_told_with_the_mend(folder: Path) -> None:
    assert faults(Path("polices")) == ["polices:1: no such folder; make it, or name another with --policies"]


def test_an_api_without_versions_is_told(folder: Path) -> None:
    (folder / "apis/returns").mkdir()
    assert faults(folder) == ["policies/apis/returns:1: expected a folder for each version, for example v1"]


def test_hidden_files_are_no_policies(folder: Path) -> None:
    for place in (".git", "plans/.basic.yaml.swp", "products/.DS_Store", "apis/.DS_Store", "apis/orders/.DS_Store"):
        (folder / place).touch()
    assert faults(folder) == []


def test_more_versions_than_a_gateway_has_routes_are_refused(folder: Path) -> None:
    for number in range(2, 151):
        shutil.copytree(folder / "apis/orders/v1", folder / f"apis/orders/v{number}")
    assert faults(folder) == [
        "policies/apis:1: 150 API versions with routes, 0 of them with cors, and onboarding need 301, "
        "and one gateway has 300; remove versions that nobody calls, or deploy a second gateway"
    ]
    shutil.rmtree(folder / "apis/orders/v150")
    assert faults(folder) == []


def test_drafts_and_versions_that_are_gone_take_no_routes(folder: Path) -> None:
    gone = "deprecation: {date: 2020-01-01, sunset: 2020-06-01, guide: https://help.example/v2}"
    for number in range(2, 151):
        version = folder / f"apis/orders/v{number}"
        shutil.copytree(folder / "apis/orders/v1", version)
        change(version / "api.yaml", "state: published", "state: draft" if number % 2 else f"state: retired\n{gone}")
    assert faults(folder) == []


def test_a_version_with_cors_takes_two_routes_more(folder: Path) -> None:
    with (folder / "apis/orders/v1/api.yaml").open("a", encoding="utf-8") as file:
        file.write('cors: {origins: ["*"]}\n')
    for number in range(2, 76):
        shutil.copytree(folder / "apis/orders/v1", folder / f"apis/orders/v{number}")
    assert faults(folder) == [
        "policies/apis:1: 75 API versions with routes, 75 of them with cors, and onboarding need 301, "
        "and one gateway has 300; remove versions that nobody calls, or deploy a second gateway"
    ]
    shutil.rmtree(folder / "apis/orders/v75")
    assert faults(folder) == []


def test_the_keys_of_identity_tokens_take_two_routes_for_all_apis_together(folder: Path) -> None:
    with (folder / "apis/orders/v1/api.yaml").open("a", encoding="utf-8") as file:
        file.write("upstream_auth: {identity: {audience: orders}}\n")
    for number in range(2, 150):
        shutil.copytree(folder / "apis/orders/v1", folder / f"apis/orders/v{number}")
    assert faults(folder) == [
        "policies/apis:1: 149 API versions with routes, 0 of them with cors, the keys of identity tokens, and "
        "onboarding need 301, and one gateway has 300; remove versions that nobody calls, or deploy a second gateway"
    ]
    shutil.rmtree(folder / "apis/orders/v149")
    assert faults(folder) == []
