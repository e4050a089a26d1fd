"""Guides and entries of the changelog: what their files may be, and what is read of them."""

from pathlib import Path

import pytest

from tests.policies.test_invalid import faults
from tiergate.policy.articles import LARGEST, MOST_FILES
from tiergate.policy.check import checked
from tiergate.policy.pictures import LARGEST as LARGEST_PICTURE

GUIDE = "# Keys\n\nKeys are secrets. Keep them.\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def portal(folder: Path) -> Path:
    """Its ``portal`` folder, with a file beside it that lets it be shown."""
    (folder / "portal.yaml").write_text("headline: Shop\n")
    for name in ("guides", "changelog"):
        (folder / "portal" / name).mkdir(parents=True)
    return folder / "portal"


def test_a_guide_needs_nothing_but_a_title_and_a_text(portal: Path) -> None:
    (portal / "guides/keys.md").write_text("\n\n#  The *keys* ##\r\n\r\nKeys are `secrets`. Keep them.\n")
    (guide,) = checked(portal.parent).guides.values()
    assert (guide.text.slug, guide.text.title, guide.summary) == ("keys", "The keys", "Keys are secrets.")


def test_guides_come_by_their_order_and_then_by_name_and_entries_with_the_newest_first(portal: Path) -> None:
    for name, order in (("b", 2), ("a", 2), ("c", 1)):
        (portal / f"guides/{name}.md").write_text(f"---\norder: {order}\n---\n{GUIDE}")
    for name in ("2026-01-02-b", "2026-01-10-a", "2026-01-02-c"):
        (portal / f"changelog/{name}.md").write_text(f"---\nkind: news\n---\n{GUIDE}")
    policies = checked(portal.parent)
    assert list(policies.guides) == ["c", "a", "b"]
    assert [entry.text.slug for entry in policies.changelog] == ["2026-01-10-a", "2026-01-02-c", "2026-01-02-b"]


def test_a_portal_needs_nothing_but_its_file(portal: Path) -> None:
    for empty in ("", "# Nothing yet.\n", "---\n"):
        (portal.parent / "portal.yaml").write_text(empty)
        found = checked(portal.parent).portal
        assert found is not None
        assert found.value.headline == "Build on our APIs"


def test_a_link_out_of_the_policies_is_not_followed(portal: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret\n\nPassword.\n")
    (tmp_path / "secret.png").write_bytes(PNG)
    (portal / "guides/secret.md").symlink_to(tmp_path / "secret.md")
    (portal / "logo.png").symlink_to(tmp_path / "secret.png")
    (portal.parent / "portal.yaml").write_text("logo: logo.png\n")
    told = faults(portal.parent)
    assert told == [
        'policies/portal.yaml:1: logo: "logo.png" is a link that leads out of the policies, which is not followed; '
        "save a copy of the file in its place",
        "policies/portal/guides/secret.md:1: a link that leads out of the policies, which is not followed; save a copy "
        "of the file in its place",
    ]


def test_a_whole_folder_that_lies_elsewhere_is_not_read(portal: Path, tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "else/keys.md").write_text(GUIDE)
    (portal / "guides").rmdir()
    (portal / "guides").symlink_to(tmp_path / "else")
    assert [each.partition(": ")[0] for each in faults(portal.parent)] == ["policies/portal/guides/keys.md:1"]


def test_files_that_are_too_large_too_many_or_no_text_are_told(portal: Path) -> None:
    (portal / "guides/large.md").write_text(GUIDE + "a" * LARGEST)
    (portal / "guides/latin.md").write_bytes(b"# Keys\n\nSchl\xfcssel\n")
    (portal / "logo.png").write_bytes(PNG + b"\0" * LARGEST_PICTURE)
    (portal.parent / "portal.yaml").write_text("logo: logo.png\n")
    for number in range(MOST_FILES + 1):
        (portal / f"changelog/2026-01-01-{number}.md").write_text("x")
    logo, changelog, large, latin = faults(portal.parent)
    assert "100,028 bytes, and 100,000 are the most" in logo
    assert changelog == "policies/portal/changelog:1: 501 files, and 500 are the most; remove old ones"
    assert large.startswith("policies/portal/guides/large.md:1: too large")
    assert latin == "policies/portal/guides/latin.md:3: not UTF-8 text; save the file as UTF-8"


def test_a_logo_that_only_draws_is_right(portal: Path) -> None:
    (portal.parent / "portal.yaml").write_text("logo: logo.svg\n")
    (portal / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><defs><linearGradient id="a"/></defs>'
        '<rect fill="url(#a)" width="1"/><style>rect { stroke: #000000 }</style>'
        '<path fill="url( #a)"/><use href="#a"/></svg>'
    )
    assert faults(portal.parent) == []


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'
ENTITIES = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param((ENTITIES + SVG.format("<text>&a;</text>")).encode("utf-16"), id="entities-in-utf-16"),
        pytest.param((ENTITIES + SVG.format("")).encode("utf-16-le"), id="utf-16-without-a-mark"),
        pytest.param(('<?xml version="1.0" encoding="utf-7"?>' + SVG.format("")).encode(), id="another-encoding"),
        pytest.param(('<?xml-stylesheet href="https://evil.example/a.xsl"?>' + SVG.format("")).encode(), id="styled"),
        *(
            pytest.param(SVG.format(inner).encode(), id=inner[:30])
            for inner in (
                '<a href="#"><animate attributeName="href" values="javascript:alert(1)"/></a>',
                "<style>a { background: u\\72l(https://evil.example/) }</style>",
                "<style>@import 'x';</style>",
                "<style>a { b: u&#114;<!-- -->l(https://evil.example) }</style>",
                "<style><x/>a { b: url(https://evil.example) }</style>",
                '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
                '<g xml:base="https://evil.example/"><use href="#a"/></g>',
                '<use xlink:href="https://evil.example/a.svg#a"/>',
                "<path style=\"fill: image-set('https://evil.example/a' 1x)\"/>",
                '<path fill="url( https://evil.example/a)"/>',
                '<image href="https://evil.example/a.png"/>',
                "<?php?>",
                "<![CDATA[</svg>",
            )
        ),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg">', id="not-ended"),
        pytest.param(b"<svg/>", id="no-namespace"),
    ],
)
def test_a_logo_that_does_more_than_draw_is_told(portal: Path, picture: bytes) -> None:
    (portal.parent / "portal.yaml").write_text("logo: logo.svg\n")
    (portal / "logo.svg").write_bytes(picture)
    (told,) = faults(portal.parent)
    assert told.startswith('policies/portal.yaml:1: logo: "logo.svg" ')
