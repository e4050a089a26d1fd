"""The site as files: hashed, the same for the same sources, and left alone where nothing has changed."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.portal.sites import ROOT, TODAY, document, write
from tiergate.cli.main import main
from tiergate.governance.engine import NotInstalled
from tiergate.policy.check import checked
from tiergate.policy.published import published
from tiergate.portal import bundling
from tiergate.portal.build import NoPortal, Site, build
from tiergate.portal.bundling import BundlingError

pytestmark = pytest.mark.synth

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Portal</title>
<link rel="stylesheet" href="/styles/site.css">
<script type="module" src="/src/app.js"></script>
</head><body><main id="app"></main></body></html>
"""
MODULES = {
    "index.html": PAGE,
    "src/app.js": 'import { a } from "./a.js"; import { signal } from "@preact/signals";\n'
    'document.title = a + signal(1); import("./later.js");',
    "src/a.js": 'export const a = "a";',
    "src/later.js": 'import { a } from "./a.js"; export default a + "later";',
    "styles/site.css": '@import "./more.css"; body { color: light-dark(#000000, #ffffff); }',
    "styles/more.css": "p { margin: 0; }",
    "public/robots.txt": "User-agent: *\n",
}
THINGS = document({"/things": {"get": {"operationId": "listThings", "responses": {"200": {"description": "Done"}}}}})
LOGO = '<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a small portal, and policies."""
    for name, text in MODULES.items():
        file = tmp_path / "root/portal" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    portal = 'name: Shop & <Sons>\nheadline: Build\nintro: "*Goods* \\"here\\""\nlogo: logo.svg\n'
    write(tmp_path / "policies", {"things/v1": THINGS}, {"portal.yaml": portal, "portal/logo.svg": LOGO})
    return tmp_path / "root"


def made(root: Path, out: str = "site", told: list[int] | None = None) -> Site:
    found = checked(root.parent / "policies")
    told = [] if told is None else told
    catalogue, at = published(found, {}), root.parent / out
    return build(found, catalogue, out=at, root=root, today=TODAY, report=lambda: told.append(1))


def files(site: Site) -> dict[str, bytes]:
    return {str(file.relative_to(site.folder)): file.read_bytes() for file in site.folder.rglob("*") if file.is_file()}


def test_the_page_names_everything_by_its_hash_and_everything_is_there(root: Path) -> None:
    site = made(root)
    found = files(site)
    page = found["index.html"].decode()
    named = re.findall(r'(?:href|src)="/([^"]+)"', page)
    assert set(named) <= found.keys()
    assert [re.sub(r"-[A-Z0-9]{8}\.", ".", name) for name in named] == [
        "assets/site.css", "assets/app.js", "assets/logo.svg", "assets/chunk.js", "changelog.xml",
    ]  # fmt: skip
    assert "<title>Shop &amp; &lt;Sons&gt;</title>" in page
    assert 'content="Goods &quot;here&quot;"' in page
    assert {name.partition("/")[0] for name in found} == {
        "assets",
        "changelog.xml",
        "content",
        "index.html",
        "manifest.webmanifest",
        "robots.txt",
        "licences.txt",
    }
    assert not [name for name in found if name.startswith("assets/") and not re.search(r"-[A-Z0-9]{8}\.\w+$", name)]
    logo = json.loads(found["content/catalog.json"])["portal"]["logo"].lstrip("/")
    assert found[logo].decode() == LOGO


def icons(found: dict[str, bytes]) -> tuple[str, dict[str, str]]:
    """The name of the window's icon, and what the manifest says of the portal and of its own."""
    (named,) = re.findall(r'<link rel="icon" href="/([^"]+)">', found["index.html"].decode())
    manifest = json.loads(found["manifest.webmanifest"])
    (icon,) = manifest["icons"]
    return named, {"name": manifest["name"], "src": icon["src"], "type": icon["type"]}


def test_icon_and_manifest_are_those_of_the_brand(root: Path) -> None:
    found = files(made(root))
    icon, manifest = icons(found)
    assert found[icon].decode() == LOGO
    assert manifest == {"name": "Shop & <Sons>", "src": f"/{icon}", "type": "image/svg+xml"}


def test_without_a_logo_the_icon_has_the_colour_of_the_brand(root: Path) -> None:
    portal = 'name: Shop\nheadline: Build\ncolours: {accent: "#0a5c36", accent_dark: "#a5b4fc"}\n'
    root.parent.joinpath("policies/portal.yaml").write_text(portal)
    found = files(made(root))
    icon, manifest = icons(found)
    assert 'fill="#0a5c36"' in found[icon].decode()
    assert manifest["src"] == f"/{icon}"


def test_the_licences_of_what_is_bundled_go_with_it(root: Path) -> None:
    text = files(made(root))["licences.txt"].decode()
    for package in ("@preact/signals\n", "@preact/signals-core\n", "preact\n"):
        assert package in text
    assert text.count("Permission is hereby granted") == 3


def test_the_same_sources_give_the_same_files_wherever_they_are_put(root: Path) -> None:
    first, second = made(root), made(root, "another")
    assert files(first) == files(second)
    assert first.digest == second.digest


def test_where_nothing_changed_nothing_is_done(root: Path) -> None:
    told: list[int] = []
    first = made(root, told=told)
    before = {file: file.stat().st_mtime_ns for file in first.folder.rglob("*")}
    assert made(root, told=told) == first
    assert ({file: file.stat().st_mtime_ns for file in first.folder.rglob("*")}, told) == (before, [1])


@pytest.mark.parametrize(
    "change",
    [
        "root/portal/src/a.js",
        "policies/portal.yaml",
        "policies/portal/logo.svg",
        "policies/plans/free.yaml",
        "site/index.html",
    ],
)
def test_a_change_of_any_source_or_of_what_was_made_is_noticed(root: Path, change: str) -> None:
    first = files(made(root))
    file = root.parent / change
    text = file.read_text()
    swapped = (
        text.replace('"a"', '"b"').replace("Build", "Call").replace("svg xmlns", "svg  xmlns").replace("Free", "None")
    )
    file.write_text(swapped if swapped != text else "spoilt")
    told: list[int] = []
    second = files(made(root, told=told))
    assert told == [1]
    assert (first == second) == (change == "site/index.html")


def test_what_is_no_longer_made_goes(root: Path) -> None:
    first = made(root)
    (first.folder / "stray.js").write_text("old")
    (root / "portal/public/robots.txt").unlink()
    assert not {"stray.js", "robots.txt"} & files(made(root)).keys()


def test_a_module_that_is_not_there_is_told_and_the_last_site_stays(root: Path) -> None:
    first = files(made(root))
    (root / "portal/src/app.js").write_text('import "./nowhere.js";')
    with pytest.raises(BundlingError, match=re.escape('Could not resolve "./nowhere.js"')):
        made(root)
    assert {file.name for file in root.parent.iterdir()} == {"policies", "root", "site", "site.digest"}
    assert (root.parent / "site/index.html").read_bytes() == first["index.html"]


def test_a_program_for_another_machine_is_not_run(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "node_modules/@esbuild/another-machine/bin/esbuild"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\nexit 1\n")
    monkeypatch.setattr(bundling, "MODULES", tmp_path / "node_modules")
    with pytest.raises(NotInstalled, match="make setup"):
        made(root)


def test_without_a_portal_file_there_is_no_site(root: Path) -> None:
    (root.parent / "policies/portal.yaml").unlink()
    shutil.rmtree(root.parent / "policies/portal")
    with pytest.raises(NoPortal, match=r"no portal\.yaml"):
        made(root)


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(main, ["portal", "build", *map(str, arguments)])


def test_the_command_builds_and_tells_what(root: Path) -> None:
    out = root.parent / "out"
    result = run("--root", root, "--policies", root.parent / "policies", "--out", out, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    told = json.loads(result.stdout)
    assert told["files"] == len([file for file in out.rglob("*") if file.is_file()])
    assert len(told["digest"]) == 64


def test_the_command_does_not_replace_a_folder_that_holds_something_else(root: Path) -> None:
    result = run("--root", root, "--policies", root.parent / "policies", "--out", root)
    assert result.exit_code == 2
    assert "holds something else than a site" in result.stderr
    assert (root / "portal/index.html").is_file()


def test_the_command_tells_faults_of_policies_and_of_modules(root: Path) -> None:
    (root / "portal/src/app.js").write_text("const = 1;")
    result = run("--root", root, "--policies", root.parent / "policies", "--out", root.parent / "out")
    assert (result.exit_code, "src/app.js:1" in result.stderr) == (1, True)
    with (root.parent / "policies/portal.yaml").open("a") as file:
        file.write("hedline: x\n")
    result = run("--root", root, "--policies", root.parent / "policies", "--out", root.parent / "out")
    assert (result.exit_code, 'did you mean "headline"?' in result.stderr) == (1, True)


def test_the_projects_own_portal_can_be_built(tmp_path: Path) -> None:
    found = checked(ROOT / "policies")
    site = build(found, published(found, {}), out=tmp_path / "site", root=ROOT, today=TODAY)
    page = (site.folder / "index.html").read_text()
    assert "/src/app.js" not in page
    assert "/styles/site.css" not in page
