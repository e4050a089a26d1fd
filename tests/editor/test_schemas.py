"""Schemas for editors: they take what the check takes, know every key, and are kept in step."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tiergate.editor.descriptions import DESCRIPTIONS
from tiergate.editor.schemas import FILES, schemas
from tiergate.policy.add import add_api
from tiergate.policy.check import checked
from tiergate.policy.schema import Defaults, _models
from tiergate.policy.schema import keys as known
from tiergate.policy.source import parse, read

ROOT = Path(__file__).parents[2]
SCHEMAS = schemas()
HERE = ROOT / "tests/policies"
GUIDE = re.compile(r"^```yaml\n# (policies/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODELINE = re.compile(r"^# yaml-language-server: \$schema=(\S+)$")

KINDS = {"plans": "plan", "products": "product", "issuers": "issuer", "environments": "environment", "apis": "api"}


def kind(path: str) -> str:
    """The schema that a policy file is of, by its place; empty for a document."""
    parts = Path(path).parts
    folder = parts[len(parts) - parts[::-1].index("policies")]
    if folder == "apis" and parts[-1] != "api.yaml":
        return ""
    if folder == "governance":
        return "waivers" if parts[-1] == "waivers.yaml" else ""
    return KINDS.get(folder, Path(folder).stem if folder in {"platform.yaml", "portal.yaml"} else "")


def told() -> list[tuple[str, str]]:
    """Every policy file of the repository, of the tests' valid folder and of the guides."""
    files = [*ROOT.glob("policies/**/*.yaml"), *HERE.glob("valid/**/*.yaml")]
    named = [(str(path).replace("/valid/", "/policies/"), path.read_text(encoding="utf-8")) for path in files]
    guides = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")]
    return [each for each in [*named, *(pair for guide in guides for pair in GUIDE.findall(guide))] if kind(each[0])]


def faults(name: str, data: Any) -> list[str]:
    return [
        error.message for error in jsonschema_rs.validator_for(json.loads(SCHEMAS[f"{name}.json"])).iter_errors(data)
    ]


def test_the_repositorys_schemas_are_those_of_today() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "policies/schemas").glob("*.json")}
    assert kept == SCHEMAS, "write them with: tiergate schema"


def test_the_schemas_are_schemas() -> None:
    for text in SCHEMAS.values():
        jsonschema_rs.meta.validate(json.loads(text))


@pytest.mark.parametrize(("path", "text"), told(), ids=lambda each: each if each.startswith(("/", "pol")) else "")
def test_every_policy_file_that_is_right_is_right_to_an_editor_too(path: str, text: str) -> None:
    assert faults(kind(path), parse(text, path).data) == []


@pytest.mark.parametrize(
    "folder",
    sorted(HERE.glob("invalid/*unknown-key*")) + sorted(HERE.glob("invalid/wrong-type-*")),
    ids=lambda f: f.name,
)
def test_unknown_keys_and_wrong_types_are_wrong_to_an_editor_too(folder: Path) -> None:
    found = [path for path in folder.glob("policies/**/*.yaml") if kind(str(path))]
    assert any(faults(kind(str(path)), read(path).data) for path in found)


def test_parts_of_files_need_nothing_and_know_every_key() -> None:
    assert faults("platform", {"name": "Shop", "support": "x", "defaults": {}}) == []
    assert faults("product", {"title": "A", "apis": ["a/v1"], "plans": ["b"], "defaults": {"timeout": 5}}) == []
    assert faults("environment", {"plans": {"free": {"limits": {"rate": {"burst": 7}}}}}) == []
    assert faults("environment", {"platform": {"defaults": {"cors": {"max_age": 7}}}}) == []
    assert faults("environment", {"plans": {"free": {"limits": {"rate": {"brust": 7}}}}}) != []
    assert faults("platform", {"name": "Shop", "support": "x", "defaults": {"upstream": "https://a"}}) != []
    assert faults("environment", {"apis": {"a/v1": {"timeout": "5"}}}) != []


def test_what_a_whole_file_needs_is_missed() -> None:
    assert faults("plan", {"title": "Free"}) == ['"limits" is a required property']


def test_every_key_of_every_model_is_described_and_nothing_else_is() -> None:
    found: dict[str, set[str]] = {}
    left: list[Any] = [*FILES.values(), Defaults]
    while left:
        model = left.pop()
        if model.__name__ not in found:
            found[model.__name__] = set(known(model))
            left += [each for field in model.model_fields.values() for each in _models(field.annotation)]
    assert {name: set(keys) for name, keys in DESCRIPTIONS.items()} == found


def test_descriptions_are_sentences() -> None:
    for keys in DESCRIPTIONS.values():
        for text in keys.values():
            assert re.fullmatch(r"\S.{8,150}[.\"}]\S?", text), text


@pytest.mark.parametrize("path", sorted(ROOT.glob("policies/**/*.yaml")), ids=lambda path: path.name)
def test_the_repositorys_policy_files_name_their_schema(path: Path) -> None:
    name = kind(str(path))
    if name:
        found = MODELINE.match(path.read_text(encoding="utf-8").splitlines()[0])
        assert found is not None
        assert (path.parent / found[1]).resolve() == ROOT / f"policies/schemas/{name}.json"


def test_an_api_that_is_added_names_its_schema_where_the_policies_have_it(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(HERE / "valid", policies)
    document = policies / "apis/orders/v1/openapi.yaml"
    for name, first in (("before", "title: "), ("after", "# yaml-language-server: $schema=../../../schemas/api.json")):
        added = add_api(policies, name, document=document, upstream="https://orders.example")
        assert (added.folder / "api.yaml").read_text(encoding="utf-8").startswith(first)
        (policies / "schemas").mkdir(exist_ok=True)
        (policies / "schemas/api.json").write_text(SCHEMAS["api.json"], encoding="utf-8")
    assert checked(policies).apis.keys() == {"orders/v1", "before/v1", "after/v1"}
