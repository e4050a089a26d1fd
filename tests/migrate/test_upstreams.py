"""Where a migrated API's calls go: past the REST API only where nothing is lost."""

import pytest

from tiergate.domain.rest_account import Method, Stage
from tiergate.migrate.upstreams import destination, open_methods

URL = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod"


def passed(method: str, path: str, uri: str, **more: object) -> Method:
    values = {"keyed": True, "authorization": "NONE", "integration": "HTTP_PROXY", "verb": method} | more
    return Method(method, path, uri=uri, **values)  # type: ignore[arg-type]


def stage(*methods: Method, **more: object) -> Stage:
    return Stage("a1b2c3d4e5", "Orders", "prod", URL, methods=methods, **more)  # type: ignore[arg-type]


BACK = "https://orders.example/api"
ITEM = passed("GET", "/items/{id}", f"{BACK}/items/{{id}}")


def test_calls_go_straight_to_the_common_base_of_all_integrations() -> None:
    found = destination(
        stage(ITEM, passed("POST", "/items", f"{BACK}/items"), passed("ANY", "/x/{p+}", f"{BACK}/x/{{p}}"))
    )
    assert (found.upstream, found.keyed) == (BACK, False)


def test_the_root_is_below_the_same_base() -> None:
    assert destination(stage(ITEM, passed("GET", "/", BACK))).upstream == BACK
    assert destination(stage(ITEM, passed("GET", "/", f"{BACK}/"))).upstream == BACK


def test_variables_of_the_stage_are_put_in() -> None:
    method = passed("GET", "/items", "https://${stageVariables.host}/items")
    assert destination(stage(method, variables={"host": "orders.example"})).upstream == "https://orders.example"
    assert destination(stage(method)).upstream == URL


@pytest.mark.parametrize(
    ("method", "why"),
    [
        (passed("GET", "/f", "arn:aws:apigateway:…", integration="AWS_PROXY"), "AWS_PROXY integrations (GET /f)"),
        (passed("GET", "/f", f"{BACK}/f", authorization="CUSTOM"), "authorization CUSTOM (GET /f)"),
        (passed("GET", "/f", f"{BACK}/f", mapped=("a VPC link",)), "a VPC link (GET /f)"),
        (passed("GET", "/f", "https://elsewhere.example/f"), "do not all pass calls on to one HTTP address"),
        (passed("GET", "/f", f"{BACK}/other"), "do not all pass calls on to one HTTP address"),
        (passed("GET", "/f", f"{BACK}/f", verb="POST"), "do not all pass calls on to one HTTP address"),
    ],
)
def test_what_would_be_lost_keeps_the_rest_api_in_the_way(method: Method, why: str) -> None:
    found = destination(stage(ITEM, method))
    assert (found.upstream, found.keyed) == (URL, True)
    assert why in found.notes[0]
    assert "--upstream-key" in found.notes[1]


def test_a_guard_of_the_stage_keeps_the_rest_api_in_the_way() -> None:
    assert "a WAF web ACL" in destination(stage(ITEM, guards=("a WAF web ACL",))).notes[0]


def test_a_rest_api_that_asks_for_no_key_needs_none() -> None:
    assert not destination(stage(passed("GET", "/f", "arn:…", integration="AWS_PROXY", keyed=False))).keyed


@pytest.mark.parametrize("unreachable", ["private", "closed"])
def test_what_cannot_be_called_has_no_upstream_and_says_why(unreachable: str) -> None:
    function = passed("GET", "/f", "arn:…", integration="AWS_PROXY")
    found = destination(stage(function, **{unreachable: True}))
    assert found.upstream == ""
    assert found.notes


def test_mock_preflights_keep_nothing_in_the_way_and_are_not_open() -> None:
    mock = Method("OPTIONS", "/items", keyed=False, authorization="NONE", integration="MOCK")
    assert destination(stage(ITEM, mock)).upstream == BACK
    assert open_methods(stage(ITEM, mock)) == []
