"""Documents of other kinds, told apart by the key that names their kind."""

from collections.abc import Mapping
from typing import Any

CONVERTED = "convert it to 3.0 first, for example with the npm package"
COLLECTION = "a Postman collection and no OpenAPI document; convert it first, for example with the npm package"


def other_kind(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """The key that says so and what to do about it; None where the document does not say that it is another kind."""
    if "swagger" in document or "swaggerVersion" in document:
        key = "swagger" if "swagger" in document else "swaggerVersion"
        version = document[key] if isinstance(document[key], str | float | int) else "2.0"
        return key, f"OpenAPI {str(version)[:20]} is not read; {CONVERTED} swagger2openapi"
    if "asyncapi" in document:
        return "asyncapi", (
            "an AsyncAPI document and no OpenAPI document: it describes messages, and only HTTP calls are routed; "
            "describe the API's calls in an OpenAPI 3.0 document"
        )
    info = document.get("info")
    if isinstance(info, Mapping) and "item" in document and ("_postman_id" in info or "schema" in info):
        return "info", f"{COLLECTION} @scalar/postman-to-openapi"
    return None
