"""What the functions at CloudFront's edge make of requests to the portal."""

import json
import subprocess
from typing import Any

import pytest

from stacks.constructs.site import CALL, PAGE, VIEWER
from tiergate.local.place import Place


def edited(code: str, uri: str, **headers: str) -> dict[str, Any]:
    """What a function of CloudFront makes of a request from 203.0.113.7."""
    request = {"uri": uri, "headers": {name.replace("_", "-"): {"value": value} for name, value in headers.items()}}
    event = {"request": request, "viewer": {"ip": "203.0.113.7"}}
    program = f"{code}; process.stdout.write(JSON.stringify(handler({json.dumps(event)})))"
    command = [str(Place.of_project().node), "-e", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("/", "/index.html"),
        ("/apps/app_1/usage", "/index.html"),
        ("/apis/bank/v1", "/index.html"),
        ("/v1.2/page", "/index.html"),
        ("/page/", "/index.html"),
        ("/assets/app-1A.js", "/assets/app-1A.js"),
        ("/changelog.xml", "/changelog.xml"),
        ("/content/apis/bank/v1/index.json", "/content/apis/bank/v1/index.json"),
    ],
)
def test_every_page_is_the_same_file_and_a_file_is_itself(asked: str, served: str):
    assert edited(PAGE, asked)["uri"] == served


@pytest.mark.parametrize(
    ("asked", "passed_on"),
    [
        ("/gateway/bank/v1/accounts", "/bank/v1/accounts"),
        ("/gateway/", "/"),
        ("/gateway/gateway/x", "/gateway/x"),
        ("/gateway/bank/v1/a%2Fb", "/bank/v1/a%2Fb"),
    ],
)
def test_the_gateway_is_asked_without_the_prefix(asked: str, passed_on: str):
    assert edited(CALL, asked)["uri"] == passed_on
    assert edited(CALL, asked, sec_fetch_site="same-origin", sec_fetch_dest="empty")["uri"] == passed_on


@pytest.mark.parametrize(
    ("site", "dest"),
    [
        ("none", "document"),
        ("same-origin", "document"),
        ("same-origin", "image"),
        ("cross-site", "empty"),
        ("same-site", "empty"),
    ],
)
def test_what_browsers_show_or_fetch_for_other_sites_does_not_come_from_the_gateway(site: str, dest: str):
    """It could redirect, ask for a password, or report what is done in the portal."""
    refused = edited(CALL, "/gateway/bank/v1/accounts", sec_fetch_site=site, sec_fetch_dest=dest)
    assert refused == {"statusCode": 403, "statusDescription": "Forbidden"}


def test_the_api_learns_the_viewers_address_whatever_the_viewer_says():
    told = edited(VIEWER, "/api/try-keys", tiergate_viewer_address="198.51.100.1", accept="*/*")
    assert told["headers"] == {"tiergate-viewer-address": {"value": "203.0.113.7"}, "accept": {"value": "*/*"}}
    assert told["uri"] == "/api/try-keys"
