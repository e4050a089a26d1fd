"""``api add``: the document as it is, a policy that checks, one more line in a product; or nothing at all."""

import shutil
from pathlib import Path

import pytest

from tiergate.policy.add import AddError, add_api
from tiergate.policy.check import checked
from tiergate.policy.source import Faults

UPSTREAM = "https://museum.example/api"
YAML = (
    "openapi: {version}\r\n# hours\r\ninfo:\r\n  title: 'Musée: {version}'\r\n  version: '1'\r\n"
    "paths:\r\n  /a: {{get: {{}}}}\r\n"
)
JSON = (
    '{{\n\t"openapi": "{version}",\n\t"info": {{"title": "Mus\\u00e9e: {version}", "version": "1"}},\n'
    '\t"paths": {{"/a": {{"get": {{}}}}}}\n}}'
)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def document(folder: Path) -> Path:
    path = Path("museum.txt")
    path.write_text(YAML.format(version="3.1.0"), encoding="utf-8", newline="")
    return path


def write(text: str) -> Path:
    path = Path("museum.txt")
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("text", "name"), [(YAML, "openapi.yaml"), (JSON, "openapi.json"), ("\ufeff" + JSON, "openapi.json")]
)
def test_a_document_is_added_byte_for_byte(folder: Path, text: str, name: str, version: str) -> None:
    document = write(text.format(version=version))
    added = add_api(folder, "museum", document=document, upstream=UPSTREAM, version="v2")
    assert (added.folder, added.operations, added.in_product) == (folder / "apis/museum/v2", 1, None)
    assert (folder / "apis/museum/v2" / name).read_bytes() == document.read_bytes()
    api = checked(folder).apis["museum/v2"].value
    assert (api.title, api.upstream, api.state) == (f"Musée: {version}", UPSTREAM, "published")


def test_only_the_new_folder_is_written(folder: Path, document: Path) -> None:
    before = files(folder)
    add_api(folder, "museum", document=document, upstream=UPSTREAM)
    new = {str(folder / "apis/museum/v1" / name) for name in ("api.yaml", "openapi.yaml")}
    assert files(folder).keys() - before.keys() == new
    assert before.items() <= files(folder).items()


@pytest.mark.parametrize(
    "upstream", ["lambda:demo_bank", "http://localhost:8080", "https://x.example/a:", "https://x/{a}"]
)
def test_the_upstream_is_written_as_it_was_given(folder: Path, document: Path, upstream: str) -> None:
    add_api(folder, "museum", document=document, upstream=upstream)
    assert checked(folder).apis["museum/v1"].value.upstream == upstream


def test_the_owner_is_the_platforms_support_unless_one_is_named(folder: Path, document: Path) -> None:
    add_api(folder, "museum", document=document, upstream=UPSTREAM)
    add_api(folder, "museum", document=document, upstream=UPSTREAM, version="v2", owner="Anna: #curator")
    apis = checked(folder).apis
    assert apis["museum/v1"].value.owner == "https://shop.example/help"
    assert apis["museum/v2"].value.owner == "Anna: #curator"


@pytest.mark.parametrize("title", ['""', '" "', '"a\\nb: \\u0007\\u0085\\"#"', f'"{"x" * 3000}"', '"🚀"'])
def test_whatever_the_title_the_policies_check_afterwards(folder: Path, title: str) -> None:
    document = write(
        f'{{"openapi": "3.0.0", "info": {{"title": {title}, "version": "1"}}, "paths": {{"/a": {{"get": {{}}}}}}}}'
    )
    add_api(folder, "museum", document=document, upstream=UPSTREAM)
    assert checked(folder).apis["museum/v1"].value.title


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# sold\ntitle: Ünï\napis:  # all\n  - orders/v1   # one\n\n# on offer\nplans: [basic]\n",
            "# sold\ntitle: Ünï\napis:  # all\n  - orders/v1   # one\n  - museum/v1\n\n# on offer\nplans: [basic]\n",
        ),
        (
            "title: S\nplans: [basic]\napis:\n- 'orders/v1'",
            "title: S\nplans: [basic]\napis:\n- 'orders/v1'\n- museum/v1",
        ),
        (
            "title: S\r\napis:\r\n    -   orders/v1\r\nplans: [basic]\r\n",
            "title: S\r\napis:\r\n    -   orders/v1\r\n    -   museum/v1\r\nplans: [basic]\r\n",
        ),
        (
            "title: Ünï\napis: [orders/v1]  # one\nplans: [basic]\n",
            "title: Ünï\napis: [orders/v1, museum/v1]  # one\nplans: [basic]\n",
        ),
        (
            "title: S\napis: [\n  'orders/v1',  # one\n]\nplans: [basic]\n",
            "title: S\napis: [\n  'orders/v1', 'museum/v1',  # one\n]\nplans: [basic]\n",
        ),
        (
            '{"title": "S",\n\t"apis": ["orders/v1" ],\n\t"plans": ["basic"]}',
            '{"title": "S",\n\t"apis": ["orders/v1", "museum/v1" ],\n\t"plans": ["basic"]}',
        ),
        (
            "title: S\napis: [museum/v1, orders/v1]\nplans: [basic]\n",
            "title: S\napis: [museum/v1, orders/v1]\nplans: [basic]\n",
        ),
    ],
    ids=["block", "block at the end", "block with CRLF", "flow", "flow over lines", "JSON", "listed already"],
)
def test_a_product_gets_one_more_api_and_keeps_all_else(folder: Path, document: Path, before: str, after: str) -> None:
    product = folder / "products/shop.yaml"
    product.write_bytes(before.encode())
    added = add_api(folder, "museum", document=document, upstream=UPSTREAM, product="shop")
    assert product.read_bytes().decode() == after
    assert added.in_product == "shop"
    assert set(checked(folder).products["shop"].value.apis) == {"orders/v1", "museum/v1"}


def refused(folder: Path, document: Path, **asked: str) -> str:
    before = files(folder)
    arguments = {"name": "museum", "upstream": UPSTREAM} | asked
    with pytest.raises((AddError, Faults)) as error:
        add_api(folder, arguments.pop("name"), document=document, **arguments)  # type: ignore[arg-type]
    assert files(folder) == before
    assert not (folder / "apis/museum").exists()
    return str(error.value)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"name": "Museum"},
            'API name "Museum" must be 1 to 40 lowercase letters, digits and hyphens, beginning with a letter',
        ),
        (
            {"name": "../museum"},
            'API name "../museum" must be 1 to 40 lowercase letters, digits and hyphens, beginning',
        ),
        ({"version": "2"}, 'version "2" must be v and a number, for example v1'),
        ({"upstream": "museum.example"}, "--upstream: must be an http:// or https:// address"),
        ({"upstream": "http://x:\nstate: draft"}, "must be 1 to 2000 characters of ASCII without spaces"),
        ({"product": "shops"}, 'there is no product "shops"; did you mean "shop"?'),
        ({"name": "orders"}, "policies/apis/orders/v1 exists; choose another --version, or remove it first"),
    ],
)
def test_what_is_asked_wrongly_is_refused_and_nothing_written(
    folder: Path, document: Path, asked: dict[str, str], message: str
) -> None:
    assert message in refused(folder, document, **asked)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("openapi: 3.1.0\ninfo: [", "museum.txt:3: not YAML: "),
        ('swagger: "2.0"\n', "museum.txt:1: OpenAPI 2.0 is not read; convert it to 3.0 first"),
        ("openapi: 3.1.0\ninfo: {title: T}\npaths: {a: {get: {}}}\n", "museum.txt:2: info.version: must be text"),
        ("openapi: 3.1.0\ninfo: {title: T}\npaths: {a: {get: {}}}\n", "museum.txt:3: a: a path begins with a slash"),
        ("", "museum.txt:1: empty; save the OpenAPI document to it"),
    ],
)
def test_a_document_that_cannot_be_routed_is_refused_with_the_place_and_nothing_written(
    folder: Path, text: str, message: str
) -> None:
    assert message in refused(folder, write(text), product="shop")


def test_a_document_that_is_not_there_is_refused(folder: Path) -> None:
    assert refused(folder, Path("gone.yaml")) == "gone.yaml:1: cannot be read: No such file or directory"


def test_a_policy_folder_that_is_not_there_is_not_made(folder: Path, document: Path) -> None:
    assert "polices:1: no such folder" in refused(Path("polices"), document)
    assert not Path("polices").exists()


def test_a_faulty_product_is_told_with_its_faults(folder: Path, document: Path) -> None:
    (folder / "products/shop.yaml").write_text("title: Shop\napis: []\nplans: [basic]\n", encoding="utf-8")
    message = "policies/products/shop.yaml:2: apis: must not be empty; found an empty list"
    assert refused(folder, document, product="shop") == message


@pytest.mark.parametrize(
    "text",
    [
        "title: S\nplans: &both [basic]\n<<: {apis: [orders/v1]}\napis: [orders/v1, &x orders/v2, *x]\n",
        "title: &t orders/v1\nplans: [basic]\napis:\n  - *t\n",
    ],
)
def test_a_list_that_cannot_be_edited_safely_is_left_to_people(folder: Path, document: Path, text: str) -> None:
    (folder / "products/shop.yaml").write_text(text, encoding="utf-8")
    message = refused(folder, document, product="shop")
    assert message.endswith("apis: museum/v1 cannot be added to a list written like this; add it by hand")


def test_a_write_that_fails_leaves_nothing_behind(
    folder: Path, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    message = "policies/apis/museum/v1/openapi.yaml cannot be written: No space left on device; nothing was added"
    assert refused(folder, document, product="shop") == message


def test_a_product_that_cannot_be_written_takes_the_new_folder_back(
    folder: Path, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(path: Path, content: bytes) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_bytes", forbidden)
    message = "policies/products/shop.yaml cannot be written: Permission denied; nothing was added"
    assert refused(folder, document, product="shop") == message


def test_an_owner_that_the_platform_gives_to_all_is_not_repeated(folder: Path, document: Path) -> None:
    with (folder / "platform.yaml").open("a", encoding="utf-8") as file:
        file.write("defaults: {owner: us@shop.example}\n")
    add_api(folder, "museum", document=document, upstream=UPSTREAM)
    assert "owner" not in (folder / "apis/museum/v1/api.yaml").read_text(encoding="utf-8")
    assert checked(folder).apis["museum/v1"].value.owner == "us@shop.example"
