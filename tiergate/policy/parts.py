"""What the schema of the policy files is made of: patterns with their words, and the models' bases."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tiergate.domain import issuers
from tiergate.domain.limits import LARGEST

ID = r"^[a-z][a-z0-9-]{0,39}$"
VERSION = r"^v[0-9]{1,4}$"
REALM = r"^[ !#-\[\]-~]+$"
AMOUNT = r"^[0-9]+(\.[0-9]{1,2})?$"
CURRENCY = r"^[A-Z]{3}$"
LISTENER = (
    r"^arn:aws[a-z-]*:(elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/(app|net)/[A-Za-z0-9-]+/[0-9a-f]+/[0-9a-f]+"
    r"|servicediscovery:[a-z0-9-]+:[0-9]{12}:service/srv-[a-z0-9]+(\?[!-~]+)?)$"
)
ORIGIN = r"^(\*|[a-z][a-z0-9+.-]*://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?)$"
FIELD = r"^[!#$%&'+.^_`|~0-9A-Za-z-][!#$%&'*+.^_`|~0-9A-Za-z-]{0,99}$"
SCOPE = f"^{issuers.SCOPE.pattern}$"
SCOPE_PREFIX = r"^[\x21\x23-\x5b\x5d-\x7e]{0,200}$"
CLAIM = r"^[!#-\[\]-~]{1,200}$"
LINE = r"^[!-~]([ -~]{0,498}[!-~])?$"
PREFIX = r"^[ -~]{0,100}$"
REGION = r"^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$"
RESOURCE_SERVER = r"^[!#-.0-\[\]-~]{1,256}$"
REST_API = r"^[a-z0-9]{8,20}$"
LABEL = r"^[^\x00-\x1f\x7f-\x9f\s]([^\x00-\x1f\x7f-\x9f]{0,78}[^\x00-\x1f\x7f-\x9f\s])?$"
LOGO = r"^[a-z0-9][a-z0-9._-]{0,60}\.(svg|png)$"
MAIL_DOMAIN = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$"
REST_STAGE = r"^[A-Za-z0-9_-]{1,128}$"
IN_WORDS = {
    ID: "must be 1 to 40 lowercase letters, digits and hyphens, beginning with a letter",
    VERSION: "must be v and a number, for example v1",
    REALM: "must be printable ASCII without double quotes and backslashes",
    AMOUNT: 'must be an amount in quotes, for example "190" or "190.50"',
    CURRENCY: "must be a currency's three capital letters, for example EUR",
    LISTENER: "must be the ARN of a load balancer's listener (ALB or NLB) or of a Cloud Map service",
    ORIGIN: 'must be an origin in lower case and without a path, for example https://app.example.com, or "*"',
    FIELD: "must be the name of a header field, for example X-Total",
    SCOPE: 'must be a scope: 1 to 200 characters of ASCII without spaces, " and \\',
    SCOPE_PREFIX: 'must be the beginning of scopes: at most 200 characters of ASCII without spaces, " and \\',
    CLAIM: 'must be the name of a claim: 1 to 200 characters of ASCII without spaces, " and \\',
    LINE: "must be 1 to 500 characters of printable ASCII, without spaces at its ends",
    PREFIX: "must be at most 100 characters of printable ASCII",
    REGION: "must be a region, for example eu-west-1",
    REST_API: "must be the id that API Gateway gave the REST API, for example a1b2c3d4e5",
    REST_STAGE: "must be the name of a stage: 1 to 128 letters, digits, hyphens and underscores",
    LABEL: "must be 1 to 80 characters on one line, without spaces at its ends",
    LOGO: "must be the name of an SVG or PNG file in the folder portal/, in lower case, for example logo.svg",
    MAIL_DOMAIN: "must be the domain of mail addresses in lower case, for example example.com",
    RESOURCE_SERVER: 'must be 1 to 256 characters of ASCII without spaces, slashes, " and \\',
}
"""What each pattern asks for."""

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Count = Annotated[int, Field(ge=1, le=LARGEST)]
Line = Annotated[str, Field(pattern=LINE)]
Scope = Annotated[str, Field(pattern=SCOPE)]


class Part(BaseModel):
    """Keys and values with no others beside them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OptionalPart(Part):
    """Keys that may be left out, but not left empty: a forgotten number must not read as no limit."""

    @field_validator("*", mode="before")
    @classmethod
    def _said(cls, value: object) -> object:
        if value is None:
            raise ValueError("has no value; give one, or leave the key out")
        return value
