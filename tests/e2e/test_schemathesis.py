"""Requests made up from an API's own document, right and wrong ones, through the whole gateway to the demo bank."""

import pytest
import schemathesis
from hypothesis import settings

from tests.deployment import ROOT, Deployment
from tiergate.domain.refusals import REFUSALS

pytestmark = pytest.mark.ministack

DOCUMENT = ROOT / "policies/apis/bank/v1/openapi.yaml"
THE_BANKS = "https://demo-bank.example/problems/"
"""How the types of its own problems begin."""

PATIENCE = 3
"""On a busy machine the emulator's DynamoDB may take longer than the authorizer waits: such a call is made again."""

CONFIG = {
    "seed": 1,
    "generation": {
        "deterministic": settings.default.derandomize,
        "max-examples": settings.default.max_examples // 12,
        "allow-extra-parameters": False,  # unknown ones are allowed, as the web has it
    },
    # The bank refuses cursors and account numbers for check digits that no schema describes.
    "checks": {"positive_data_acceptance": {"enabled": False}},
}

bank = schemathesis.openapi.from_path(DOCUMENT, config=schemathesis.Config.from_dict(CONFIG))


@pytest.fixture(scope="module")
def key(deployment: Deployment) -> str:
    return deployment.partner(product="open-banking", plan="enterprise").key.text


@bank.parametrize()
def test_no_request_breaks_the_gateway_and_every_answer_is_as_the_document_says(
    case: schemathesis.Case, deployment: Deployment, key: str
) -> None:
    """Schemathesis's own checks: no 5xx, documented statuses, fields and bodies, wrong input and methods and missing
    keys refused. And ours."""
    base, headers = f"{deployment.endpoint}/bank/v1", {"X-Api-Key": key}
    response = case.call(base, headers=headers)
    for _ in range(PATIENCE):
        if response.status_code == 503 and response.json()["code"] == "admission_unavailable":
            response = case.call(base, headers=headers)
    case.validate_response(
        response,
        headers=headers,
        additional_checks=[refusals_are_problems_that_name_their_code],
        transport_kwargs={"base_url": base, "headers": headers},
    )


def refusals_are_problems_that_name_their_code(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    assert response.headers["x-request-id"]
    if response.status_code < 400 or case.method == "HEAD":
        return
    assert response.headers["content-type"] == ["application/problem+json"]
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["next"]
    if not problem["type"].startswith(THE_BANKS):
        assert REFUSALS[problem["code"]].status == response.status_code
        assert [problem["request_id"]] == response.headers["x-request-id"]
