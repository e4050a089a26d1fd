"""The scopes that an OpenAPI document asks for, and what is no security at all."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies.test_openapi import HEADER, faults, found
from tiergate.policy.source import Faults, shown

SCHEMES = """components:
  securitySchemes:
    Key: {type: apiKey, in: header, name: X-Api-Key}
    Basic: {type: http, scheme: basic}
    Mutual: {type: mutualTLS}
    OAuth: {type: oauth2, flows: {}}
    OpenId: {type: openIdConnect, openIdConnectUrl: https://id.example}
    Alias: {$ref: '#/components/securitySchemes/OAuth'}
    Elsewhere: {$ref: 'other.yaml#/OAuth'}
    Odd: 7
"""


def scopes(security: str, *, default: str = "") -> tuple[tuple[str, ...], ...]:
    own = f"security: {security}" if security else ""
    (operation,) = found(f"{HEADER}{default}paths: {{/a: {{get: {{{own}}}}}}}\n{SCHEMES}")
    return operation.scopes


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ("[]", ()),
        ("[{}]", ()),
        ("[{Key: []}]", ()),
        ("[{OAuth: []}]", ()),
        ("[{OAuth: [read]}]", (("read",),)),
        ("[{OAuth: [write, read, read]}]", (("read", "write"),)),
        ("[{OAuth: [read], OpenId: [email]}]", (("email", "read"),)),
        ("[{OAuth: [read], Key: []}]", (("read",),)),
        ("[{OAuth: [write]}, {OpenId: [admin]}, {OAuth: [write]}]", (("admin",), ("write",))),
        ("[{Key: []}, {OAuth: [read]}, {}]", (("read",),)),
        ("[{Alias: [read]}]", (("read",),)),
        ("[{Key: [admin]}]", (("admin",),)),
        ("[{Mutual: [admin]}, {Basic: [clerk], OAuth: [read]}]", (("admin",), ("clerk", "read"))),
        ("[{Gone: []}]", ()),
        (f"[{{OAuth: ['orders/read:all~!', {'x' * 200}]}}]", (("orders/read:all~!", "x" * 200),)),
    ],
)
def test_the_scopes_of_an_operation_are_alternatives_in_one_order(security: str, expected: Any) -> None:
    assert scopes(security) == expected


def test_an_operation_without_security_of_its_own_has_the_documents() -> None:
    default = "security: [{OAuth: [read]}]\n"
    assert scopes("", default=default) == (("read",),)
    assert scopes("[]", default=default) == ()
    assert scopes("[{OAuth: [write]}]", default=default) == (("write",),)


@pytest.mark.parametrize(
    ("security", "message"),
    [
        ("", "security: must be a list; found nothing"),
        ("{OAuth: [read]}", "security: must be a list; found keys and values"),
        ("[OAuth]", 'security: must hold schemes, each with a list; found "OAuth"'),
        ("[[]]", "security: must hold schemes, each with a list; found an empty list"),
        ("[{OAuth: read}]", 'security: OAuth must hold a list of texts; found "read"'),
        ("[{OAuth: }]", "security: OAuth must hold a list of texts; found nothing"),
        ("[{OAuth: [1]}]", "security: OAuth must hold a list of texts; found a list of something else"),
        *[
            (
                f"[{{OAuth: ['{scope}']}}]",
                f"security: {shown(scope)} cannot stand in a token or a header field; scopes are 1 to 200 characters "
                'of ASCII without spaces, " and \\',
            )
            for scope in ("", "read write", 'a"b', "a\\b", "lösen", "x" * 201)
        ],
        *[
            (
                f"[{{{name}: [read]}}]",
                f"security: {name} asks for scopes, but is not in components.securitySchemes of this document",
            )
            for name in ("Gone", "Elsewhere", "Odd")
        ],
    ],
)
def test_a_security_that_cannot_be_read_is_told_where_it_stands(security: str, message: str) -> None:
    at = f"    get:\n      security: {security}\n"
    assert faults(f"{HEADER}paths:\n  /a:\n{at}{SCHEMES}") == [f"f:6: {message}"]
    assert faults(f"{HEADER}security: {security}\npaths: {{/a: {{get: {{}}}}, /b: {{get: {{}}}}}}\n{SCHEMES}") == [
        f"f:3: {message}"
    ]


@pytest.mark.parametrize("components", ["", "components: 7\n", "components: {securitySchemes: [OAuth]}\n"])
def test_scopes_without_any_scheme_are_a_fault(components: str) -> None:
    text = f"{HEADER}paths: {{/a: {{get: {{security: [{{OAuth: [read]}}]}}}}}}\n{components}"
    assert faults(text) == [
        "f:3: security: OAuth asks for scopes, but is not in components.securitySchemes of this document"
    ]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["OAuth", "read", "$ref"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("OAuth"), inner),
        max_leaves=8,
    ),
    st.booleans(),
)
def test_no_security_whatever_it_is_ends_in_a_traceback(security: Any, schemes: bool) -> None:
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {} if schemes else {"security": security}}},
        "components": {"securitySchemes": security if schemes else {"OAuth": {"type": "oauth2"}}},
    }
    if schemes:
        document["security"] = [{"OAuth": ["read"]}]
    with contextlib.suppress(Faults):
        found(json.dumps(document))
