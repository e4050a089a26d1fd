"""The examples of ``docs/portal-content.md`` work, and it has every key."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.portal.sites import ROOT, document, site
from tiergate.cli.main import main
from tiergate.policy.articles import EntryHead, GuideHead
from tiergate.policy.portal import Colours, Link, Portal, SignUp, Texts, Try
from tiergate.policy.schema import keys

GUIDE = (ROOT / "docs/portal-content.md").read_text(encoding="utf-8")
SITE = (ROOT / "docs/portal-site.md").read_text(encoding="utf-8")
OPERATION = {"operationId": "listThings", "responses": {"200": {"description": "Done"}}}
THINGS = document({"/things": {"get": OPERATION}})
ORDERS = document(
    {"/orders": {"get": {**OPERATION, "security": [{"OAuth": ["orders:read"]}]}}},
    components={"securitySchemes": {"OAuth": {"type": "http", "scheme": "bearer"}}},
)


def test_the_files_that_the_guide_shows_are_right(tmp_path: Path) -> None:
    (portal,) = re.findall(r"^```yaml\n# policies/portal.yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    guide, entry = re.findall(r"^```markdown\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    files = {
        "portal.yaml": portal,
        "portal/logo.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "portal/guides/first-call.md": guide,
        "portal/guides/keys.md": "# Keys\n\nSecrets.\n",
        "portal/changelog/2026-11-23-bank-v2.md": entry,
        "plans/basic.yaml": "title: Basic\nlimits: {rate: {per_second: 5, burst: 10}}\n",
        "products/shop.yaml": "title: Shop\napis: [orders/v1, bank/v2]\nplans: [basic]\n",
        "products/things.yaml": "title: Things\napis: [orders/v1]\nplans: [free]\n",
    }
    found = site(tmp_path / "policies", {"orders/v1": ORDERS, "bank/v2": THINGS}, files)
    assert found["catalog"]["portal"]["texts"]["footer"] == "Shop Ltd, 1 High Street"
    assert found["catalog"]["portal"]["try"]["apis"] == ["orders/v1", "bank/v2"]
    assert [each["slug"] for each in found["guides/index"]] == ["first-call", "keys"]
    assert found["changelog"][0]["title"] == "Demo Bank v2"


@pytest.mark.parametrize("model", [Portal, Colours, Link, Texts, SignUp, Try, GuideHead, EntryHead])
def test_the_guide_explains_every_key(model: type) -> None:
    for key in keys(model):
        assert re.search(rf"`{key}[`:]", GUIDE), key


@pytest.mark.parametrize("command", sorted(set(re.findall(r"tiergate portal (\w+)", GUIDE))))
def test_the_commands_that_the_guide_names_are_there(command: str) -> None:
    result = CliRunner().invoke(main, ["portal", command, "--help"])
    assert (result.exit_code, f"tiergate portal {command}" in result.output) == (0, True)


def test_every_kind_of_file_of_the_site_is_told(tmp_path: Path) -> None:
    files = {"portal/guides/keys.md": "# Keys\n\nSecrets.\n"}
    found = site(tmp_path / "policies", {"things/v1": THINGS}, files)
    patterns = [each.replace(".json", "") for each in re.findall(r"`([a-z/<>]+\.json)`", SITE)]
    expressions = [re.compile(re.sub(r"<\w+>", "[^/]+", each)) for each in patterns]
    assert [name for name in found if not any(each.fullmatch(name) for each in expressions)] == []
