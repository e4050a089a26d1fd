// The form of a document by the OpenAPI specification's own schemas, which Spectral has.

import { oas } from "@stoplight/spectral-rulesets";

export default oas.rules["oas3-schema"].then.function;
