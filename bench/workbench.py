"""Lays out what is measured: each function's package as it is deployed, its environment and its calls."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from bench.functions import (
    Function,
    authorizer_events,
    is_allowed,
    is_allowed_usual,
    is_constant,
    is_passed_on,
    proxy_events,
)
from bench.gateway import CREDENTIALS, ENV, REGION, REGISTRY, USAGE, USUAL_KEYS, USUAL_USAGE, Customers, bundle_of
from stacks.assets import LEFT_OUT, compile_package, stage

HANDLERS = Path(__file__).parent / "handlers"
AUTHORIZER = "lambdas.authorizer.handler.handler"
OURS = {"REGISTRY_TABLE": REGISTRY, "USAGE_TABLE": USAGE, "KEY_ENV": ENV, "MODE": "managed", "STORE_TIMEOUT": "10"}
USUAL = {"KEYS_TABLE": USUAL_KEYS, "USAGE_TABLE": USUAL_USAGE}

POLLING_THREAD = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}
"""Makes awslambdaric fetch each event in a new thread, as it does on Lambda from Python 3.12 on.

That raises every function by the same amount. It is measured beside the floor and left out of the others, because
the targets were set without it and ratios to a higher floor would look better than they are.
"""


def functions(folder: Path, *, dynamodb: str, encrypted: str, trusted: Path, upstream: str) -> list[Function]:
    """The functions, staged below ``folder``, and their data in the fake DynamoDB.

    Addresses are URLs. ``encrypted``: the fake's over TLS, by a certificate that ``trusted`` has.
    """
    packages, customers = folder / "packages", Customers(dynamodb)
    bundle = bundle_of(folder / "policies", upstream)
    exact, leased = customers.onboard("exact"), customers.onboard("leased")
    customers.enter(exact)
    calls, leased_calls = authorizer_events(exact.text), authorizer_events(leased.text)
    environment = _environment(dynamodb)
    ours, usual = environment | OURS, environment | USUAL
    tls = ours | {"AWS_ENDPOINT_URL_DYNAMODB": encrypted, "SSL_CERT_FILE": str(trusted)}
    constant, usual_authorizer = (_handler(name, packages) for name in ("constant", "usual_authorizer"))
    authorizer, proxy = (stage(name, packages, bundle) for name in ("authorizer", "proxy"))
    source = shutil.copytree(authorizer, packages / "source", ignore=LEFT_OUT)
    for package in (constant, usual_authorizer, authorizer, proxy):
        compile_package(package)
    return [
        Function("floor", "constant answer (the floor)", "constant.handler", constant, environment, calls, is_constant),
        Function(
            "floor_polling_thread",
            "the same, polled from a thread",
            "constant.handler",
            constant,
            environment | POLLING_THREAD,
            calls,
            is_constant,
        ),
        Function("authorizer_leased", "authorizer, leased", AUTHORIZER, authorizer, ours, leased_calls, is_allowed),
        Function("authorizer_exact", "authorizer, exact", AUTHORIZER, authorizer, ours, calls, is_allowed),
        Function("authorizer_tls", "authorizer, exact, over TLS", AUTHORIZER, authorizer, tls, calls, is_allowed),
        Function(
            "authorizer_tls_source",
            "the same, without bytecode",
            AUTHORIZER,
            source,
            tls,
            calls,
            is_allowed,
            compiled=False,
        ),
        Function(
            "proxy",
            "managed proxy, 2 KB JSON",
            "lambdas.proxy.handler.handler",
            proxy,
            environment | {"UPSTREAM_FUNCTIONS": "{}"},
            proxy_events(exact.text),
            is_passed_on,
        ),
        Function(
            "usual_authorizer",
            "usual authorizer (Powertools, boto3)",
            "usual_authorizer.handler",
            usual_authorizer,
            usual,
            calls,
            is_allowed_usual,
        ),
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
