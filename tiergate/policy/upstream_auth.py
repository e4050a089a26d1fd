"""How the proxy proves to an upstream who calls it: ``upstream_auth`` of ``api.yaml``.

The rules judge by what the file says, so that a fault elsewhere in it hides none of theirs.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from tiergate.domain.catalogue import FUNCTION
from tiergate.domain.messages import HOP_BY_HOP, OURS
from tiergate.policy.parts import FIELD, PREFIX, REGION, Line, OptionalPart, Scope
from tiergate.policy.source import Fault, Source
from tiergate.policy.upstream import in_clear, secure_url

SECRET = re.compile(
    r"arn:aws[a-z-]*:secretsmanager:[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:"
    r"secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}"
)
"""A secret's ARN, with the six characters that Secrets Manager puts behind its name."""

IDENTITY_FIELD = "X-Tiergate-Identity"

TAKEN = HOP_BY_HOP | {"host", "content-length", "expect", "forwarded", "x-request-id"}
"""Fields that the proxy sets itself, or that end with each connection."""

RESOURCES = {
    "execute-api": (
        r"execute-api:{}:[0-9]{{12}}:[a-z0-9]{{1,40}}/[!-~]{{1,1000}}",
        "<API's id>/<stage>/<method>/<path>",
    ),
    "lambda": (r"lambda:{}:[0-9]{{12}}:function:[A-Za-z0-9_-]{{1,64}}(:[A-Za-z0-9$_-]{{1,128}})?", "function:<name>"),
    "vpc-lattice-svcs": (
        r"vpc-lattice:{}:[0-9]{{12}}:service/svc-[0-9a-z]{{1,40}}/[!-~]{{1,1000}}",
        "service/<id>/<path>",
    ),
}
"""What comes behind ``arn:aws:`` in a region, by service; and how that ends in words. ``*`` stands for no whole API."""


def _secret(text: str) -> str:
    if not SECRET.fullmatch(text):
        raise ValueError(
            "must be the whole ARN of a secret in Secrets Manager, with the hyphen and six characters at its end; "
            "the secret itself never stands in a file"
        )
    return text


def _field(name: str, own: str = "") -> str:
    """A request field that the proxy may set; ``own`` is one of its own that it may set too."""
    plain = re.sub("[^a-z0-9]", "-", name.lower())
    if plain in TAKEN or (plain.startswith(OURS) and name.lower() != own):
        raise ValueError(f"{name} is a field that the proxy sets or ends itself; choose another")
    return name


def _prefix(text: str) -> str:
    """What stands before the secret: YAML takes the space at the end of a text without quotes away."""
    if text[-1:].isalnum():
        raise ValueError(f'the secret follows it without a space; write prefix: "{text} "')
    return text


def _identity_field(name: str) -> str:
    return _field(name, own=IDENTITY_FIELD.lower())


Secret = Annotated[str, AfterValidator(_secret)]


class Header(OptionalPart):
    """A field of every call: ``prefix`` and a secret, or one member of a secret that is a JSON object."""

    name: Annotated[str, Field(pattern=FIELD), AfterValidator(_field)]
    secret: Secret
    member: Line | None = None
    prefix: Annotated[str, Field(pattern=PREFIX), AfterValidator(_prefix)] = ""


class SigV4(OptionalPart):
    """A signature of the proxy's own role (AWS Signature Version 4); ``resource`` is all that it may call."""

    service: Literal["execute-api", "lambda", "vpc-lattice-svcs"]
    region: Annotated[str, Field(pattern=REGION)]
    resource: str


class OAuth(OptionalPart):
    """An access token by the client credentials grant (RFC 6749, 4.4)."""

    token_url: Annotated[str, AfterValidator(secure_url)]
    client_id: Line
    secret: Secret
    member: Line | None = None
    scopes: Annotated[list[Scope], Field(min_length=1)] | None = None
    audience: Line | None = None


class Identity(OptionalPart):
    """A token of the gateway's own that says who calls; ``lifetime`` in seconds."""

    audience: Line
    header: Annotated[str, Field(pattern=FIELD), AfterValidator(_identity_field)] = IDENTITY_FIELD
    lifetime: Annotated[int, Field(ge=60, le=3600)] = 300


class UpstreamAuth(OptionalPart):
    """One of four ways, or none."""

    header: Header | None = None
    sigv4: SigV4 | None = None
    oauth: OAuth | None = None
    identity: Identity | None = None

    def compiled(self) -> dict[str, Any] | None:
        """The way with its fields, as ``kind`` and the rest; None for none."""
        for kind in WAYS:
            way: OptionalPart | None = getattr(self, kind)
            if way is not None:
                return {"kind": kind} | way.model_dump(exclude_none=True)
        return None


WAYS = tuple(UpstreamAuth.model_fields)


def upstream_auth_faults(source: Source) -> Iterator[Fault]:
    """What is wrong between ``upstream_auth`` and the other keys of an ``api.yaml``."""
    policy = source.data
    stated = policy.get("upstream_auth") if isinstance(policy, Mapping) else None
    if not isinstance(stated, Mapping):
        return
    ways = [way for way in WAYS if way in stated]
    if not stated or len(ways) > 1:
        found = " and ".join(ways) or "none"
        yield source.fault(f"upstream_auth: needs one of {', '.join(WAYS)}; found {found}", "upstream_auth")
    if policy.get("mode") == "direct":
        yield source.fault(
            "upstream_auth: needs mode: managed; a direct API has no proxy that could add it", "upstream_auth"
        )
    upstream = policy.get("upstream")
    if isinstance(upstream, str) and in_clear(upstream) and policy.get("private") is not True:
        yield source.fault(
            "upstream: upstream_auth would show its proof to whoever is on the way; use https://, or private: true for "
            "an upstream in the VPC",
            "upstream",
        )
    if isinstance(stated.get("sigv4"), Mapping):
        yield from _signed(source, policy, stated["sigv4"])


def _signed(source: Source, policy: Mapping[str, Any], sigv4: Mapping[str, Any]) -> Iterator[Fault]:
    upstream = policy.get("upstream")
    if isinstance(upstream, str) and upstream.startswith(FUNCTION):
        yield source.fault(
            "upstream_auth.sigv4: calls of a Lambda function are signed anyway; remove it", "upstream_auth", "sigv4"
        )
    service, region, resource = (sigv4.get(key) for key in ("service", "region", "resource"))
    if not isinstance(service, str) or not isinstance(region, str) or not isinstance(resource, str):
        return
    if service not in RESOURCES or not re.fullmatch(REGION, region):
        return
    pattern, ending = RESOURCES[service]
    if not re.fullmatch(r"arn:aws[a-z-]*:" + pattern.format(re.escape(region)), resource, re.ASCII):
        name = pattern.partition(":")[0]
        yield source.fault(
            f"upstream_auth.sigv4.resource: must be arn:aws:{name}:{region}:<account>:{ending} with service: {service}",
            *("upstream_auth", "sigv4", "resource"),
        )
