"""Pages fetch a few files, not one for every set of pages that share something."""

from pathlib import Path
from typing import Any

from tiergate.portal.chunks import group, groups


def module(*static: str, later: tuple[str, ...] = ()) -> dict[str, Any]:
    imports = [{"path": path, "kind": "import-statement"} for path in static]
    return {"imports": [*imports, *({"path": path, "kind": "dynamic-import"} for path in later)]}


GRAPH = {
    "src/app.js": module(
        "src/vendor.js", "src/router.js", later=("src/pages/a.js", "src/pages/b.js", "src/pages/c.js")
    ),
    "src/router.js": module("src/vendor.js"),
    "src/vendor.js": module("node_modules/preact/preact.js", "preact:external"),
    "node_modules/preact/preact.js": module(),
    "src/pages/a.js": module("src/components/card.js", "src/account/me.js", "src/components/own.js"),
    "src/pages/b.js": module("src/components/card.js", "src/account/me.js", "src/samples/curl.js"),
    "src/pages/c.js": module("src/components/text.js", "src/samples/curl.js"),
    "src/components/card.js": module("src/components/text.js", "src/vendor.js"),
    "src/components/text.js": module(),
    "src/components/own.js": module(),
    "src/account/me.js": module("src/router.js"),
    "src/samples/curl.js": module(),
}


def test_what_pages_share_is_in_few_groups_and_what_one_needs_stays_its_own() -> None:
    assert groups(GRAPH, "src/app.js") == {
        "always": ["src/router.js", "src/vendor.js"],
        "account": ["src/account/me.js"],
        "parts": ["src/components/card.js", "src/components/text.js"],
        "reference": ["src/samples/curl.js"],
    }


def test_a_page_imports_the_groups_of_which_it_needs_something(tmp_path: Path) -> None:
    for name in GRAPH:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("own();\n")
    group(tmp_path, GRAPH, "src/app.js")
    text = (tmp_path / "src/pages/c.js").read_text()
    assert text == 'import "./../group-parts.js";\nimport "./../group-reference.js";\nown();\n'
    assert (tmp_path / "src/app.js").read_text() == 'import "././group-always.js";\nown();\n'
    assert (tmp_path / "src/group-account.js").read_text() == 'import "./account/me.js";\n'
    assert (tmp_path / "src/components/card.js").read_text() == "own();\n"
