"""Files of the portal's site: their media types, and how long browsers keep them."""

import pytest

from tiergate.domain.site_files import FRESH, LASTING, cache_control, kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("a.woff2", "font/woff2"),
        ("A.JS", "text/javascript; charset=utf-8"),
        ("config.json", "application/json; charset=utf-8"),
        ("LICENSE", "application/octet-stream"),
    ],
)
def test_every_file_that_a_site_may_have_has_a_type(name: str, kind: str):
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "name", ["index.html", "assets/plain.js", "content/assets/app-1A2B3C4D.js", "assets/", "assets/app-1a2b3c4d.js"]
)
def test_what_has_no_hash_in_its_name_is_asked_for_each_time(name: str):
    assert cache_control(name) == FRESH
    assert cache_control("assets/app-1A2B3C4D.js") == LASTING
