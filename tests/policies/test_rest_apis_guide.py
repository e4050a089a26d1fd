"""What ``docs/rest-apis.md`` shows of policies and of documents is right."""

import re
from pathlib import Path

import yaml

from tiergate.domain.rest_apis import RestApi, RestApis
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked_everywhere

GUIDE = (Path(__file__).parents[2] / "docs" / "rest-apis.md").read_text(encoding="utf-8")
PLATFORM, OVERLAY, PRODUCT, DOCUMENT, TEMPLATE = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def test_the_policies_that_the_guide_shows_name_a_rest_api_and_sell_it(folder: Path) -> None:
    with (folder / "platform.yaml").open("a", encoding="utf-8") as platform:
        platform.write(PLATFORM)
    (folder / "products/warehouse.yaml").write_text(PRODUCT, encoding="utf-8")
    (folder / "environments").mkdir()
    (folder / "environments/staging.yaml").write_text(OVERLAY, encoding="utf-8")
    found = {name: RestApis.of(compiled(policies)) for name, policies in checked_everywhere(folder).items()}
    assert found["prod"].named == {"depots": RestApi("depots", "a1b2c3d4e5", "prod", "day")}
    assert found["staging"].named == {"depots": RestApi("depots", "f6g7h8i9j0", "prod", "day")}
    assert found["prod"].sold == {"warehouse": ("depots",)}


def test_the_document_and_the_template_take_keys_from_the_authorizer_and_keep_no_result() -> None:
    document, properties = yaml.safe_load(DOCUMENT), yaml.safe_load(TEMPLATE.replace("!Ref ", ""))["Api"]["Properties"]
    assert document["x-amazon-apigateway-api-key-source"] == properties["ApiKeySourceType"] == "AUTHORIZER"
    scheme = document["components"]["securitySchemes"]["tiergate"]["x-amazon-apigateway-authorizer"]
    identity = properties["Auth"]["Authorizers"]["Tiergate"]["Identity"]
    assert scheme["authorizerResultTtlInSeconds"] == identity["ReauthorizeEvery"] == 0
    assert document["security"] == [{name: [] for name in document["components"]["securitySchemes"]}]
    for responses in (document["x-amazon-apigateway-gateway-responses"], properties["GatewayResponses"]):
        templates = {name.lower(): each for name, each in responses["ACCESS_DENIED"].items()}["responsetemplates"]
        assert templates == {"application/json": "$context.authorizer.problem"}
