"""Lays out what is measured: each function's package as it is deployed, its environment and its calls."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.checkout import staged_by
from bench.functions import (
    Function,
    authorizer_events,
    by_key,
    by_token,
    is_allowed,
    is_allowed_usual,
    is_constant,
    is_passed_on,
    proxy_events,
)
from bench.gateway import CREDENTIALS, ENV, REGION, REGISTRY, USAGE, USUAL_KEYS, USUAL_USAGE, Customers, bundle_of
from bench.tokens import CLIENT, Issuer
from stacks.assets import LEFT_OUT, TASK_ROOT, compile_package, stage

HANDLERS = Path(__file__).parent / "handlers"
AUTHORIZER = "lambdas.authorizer.handler.handler"
OURS = {"REGISTRY_TABLE": REGISTRY, "USAGE_TABLE": USAGE, "KEY_ENV": ENV, "MODE": "managed", "STORE_TIMEOUT": "10"}
USUAL = {"KEYS_TABLE": USUAL_KEYS, "USAGE_TABLE": USUAL_USAGE}

EDGE, TOKENS, LOOKUPS = "tiergate.adapters.edge_keys", "tiergate.adapters.tokens", "tiergate.domain.lookups"
"""What a deployment without an edge, or without issuers, leaves out."""

LAYER = ("pyjwt", "cryptography", "cffi", "pycparser")
"""What verifies tokens' signatures, as the layer brings it along."""

POWERTOOLS = ("aws-lambda-powertools", "jmespath", "typing-extensions")
"""What the usual authorizer brings along; Lambda's runtime has boto3."""

POLLING_THREAD = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}
"""Makes awslambdaric fetch each event in a new thread, as it does on Lambda from Python 3.12 on.

That raises every function by the same amount. It is measured beside the floor and left out of the others, because
the targets were set without it and ratios to a higher floor would look better than they are.
"""


class Servers(NamedTuple):
    """What functions talk to, by URL. ``encrypted``: the fake DynamoDB over TLS. ``trusted``: who may vouch for it."""

    dynamodb: str
    encrypted: str
    upstream: str
    trusted: Path


class Calls(NamedTuple):
    """Those of a customer of each plan, and the environments of an authorizer: as ``plain`` HTTP, and by ``tls``."""

    exact: Sequence[bytes]
    leased: Sequence[bytes]
    plain: Mapping[str, str]
    tls: Mapping[str, str]


def functions(
    folder: Path, servers: Servers, issuer: Issuer, *, most: int, against: Path | None = None
) -> list[Function]:
    """The functions, staged below ``folder``, and their data in the fake DynamoDB.

    ``most``: the calls that a process gets at most, none of which repeats a new token. ``against``: another checkout,
    whose authorizer is measured too.
    """
    packages, customers = folder / "packages", Customers(servers.dynamodb)
    exact, leased = customers.onboard("exact"), customers.onboard("leased")
    customers.enter(exact.key)
    customers.link(CLIENT, leased.application)
    environment = _environment(servers.dynamodb)
    plain = environment | OURS | {"SSL_CERT_FILE": str(servers.trusted)}
    calls = Calls(
        authorizer_events(by_key(exact.key.text)),
        authorizer_events(by_key(leased.key.text)),
        plain,
        plain | {"AWS_ENDPOINT_URL_DYNAMODB": servers.encrypted},
    )
    bundle = bundle_of(folder / "policies", servers.upstream)
    authorizer = stage("authorizer", packages, bundle, without=[EDGE, TOKENS, LOOKUPS])
    proxy = stage("proxy", packages, bundle)
    constant, usual_authorizer = (_handler(name, packages) for name in ("constant", "usual_authorizer"))
    source = shutil.copytree(authorizer, packages / "source", ignore=LEFT_OUT)
    for package in (constant, usual_authorizer):
        compile_package(package, TASK_ROOT)
    for package in (authorizer, proxy):
        compile_package(package, TASK_ROOT, docstrings=False)
    measured = [
        Function(
            "floor", "constant answer (the floor)", "constant.handler", constant, environment, calls.exact, is_constant
        ),
        Function(
            "floor_polling_thread",
            "the same, polled from a thread",
            "constant.handler",
            constant,
            environment | POLLING_THREAD,
            calls.exact,
            is_constant,
        ),
        *_by_key("authorizer", "authorizer", authorizer, calls),
        Function(
            "authorizer_tls_source",
            "the same, without bytecode",
            AUTHORIZER,
            source,
            calls.tls,
            calls.exact,
            is_allowed,
            compiled=False,
        ),
        *_by_token(folder, servers, issuer, calls, most),
        Function(
            "proxy",
            "managed proxy, 2 KB JSON",
            "lambdas.proxy.handler.handler",
            proxy,
            environment | {"UPSTREAM_FUNCTIONS": "{}"},
            proxy_events({"x-api-key": exact.key.text}),
            is_passed_on,
        ),
        Function(
            "usual_authorizer",
            "usual authorizer (Powertools, boto3)",
            "usual_authorizer.handler",
            usual_authorizer,
            environment | USUAL,
            calls.exact,
            is_allowed_usual,
            layer=POWERTOOLS,
        ),
    ]
    if against is not None:
        other = staged_by(against, folder / "other", servers.upstream)
        measured += _by_key("other", "the other checkout's", other, calls)
    return measured


def _by_key(name: str, title: str, package: Path, calls: Calls) -> list[Function]:
    return [
        Function(f"{name}_leased", f"{title}, leased", AUTHORIZER, package, calls.plain, calls.leased, is_allowed),
        Function(f"{name}_exact", f"{title}, exact", AUTHORIZER, package, calls.plain, calls.exact, is_allowed),
        Function(f"{name}_tls", f"{title}, exact, over TLS", AUTHORIZER, package, calls.tls, calls.exact, is_allowed),
    ]


def _by_token(folder: Path, servers: Servers, issuer: Issuer, calls: Calls, most: int) -> list[Function]:
    """The leased customer's calls by access tokens: of one that is known after the first call, and of new ones."""
    bundle = bundle_of(folder / "policies-for-tokens", servers.upstream, issuer.url)
    package = stage("authorizer", folder / "packages-for-tokens", bundle, without=[EDGE, LOOKUPS])
    compile_package(package, TASK_ROOT, docstrings=False)
    known = authorizer_events(by_token(*[issuer.token("RS256")] * len(calls.leased)))
    rs256, es256 = (
        authorizer_events(by_token(*(issuer.token(algorithm) for _ in range(most)))) for algorithm in ("RS256", "ES256")
    )
    return [
        Function(name, title, AUTHORIZER, package, environment, events, is_allowed, layer=LAYER)
        for name, title, environment, events in (
            ("authorizer_token", "authorizer, leased, a known token", calls.plain, known),
            ("authorizer_token_rs256", "the same, new tokens by RS256", calls.plain, rs256),
            ("authorizer_token_es256", "the same, new tokens by ES256", calls.plain, es256),
            ("authorizer_token_tls", "a known token, over TLS", calls.tls, known),
        )
    ]


def _handler(name: str, packages: Path) -> Path:
    package = packages / name
    package.mkdir(parents=True)
    shutil.copy(HANDLERS / f"{name}.py", package)
    return package


def _environment(dynamodb: str) -> Mapping[str, str]:
    """What Lambda sets, and where DynamoDB is."""
    return CREDENTIALS | {
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "measured",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "LANG": "en_US.UTF-8",
        "PATH": os.environ["PATH"],
        "TZ": ":UTC",
    }
