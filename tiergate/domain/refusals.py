"""Every refusal that is ours: its code, its HTTP status, what the caller reads, and what to do next.

Public text only. What went wrong inside goes to the log under the same code.
"""

from http import HTTPStatus
from typing import NamedTuple

from tiergate.domain.decision import FAULT

PROBLEM_TYPES = "https://iana.org/assignments/http-problem-types#"


class Refusal(NamedTuple):
    """One way to be refused. ``detail`` and ``next`` may name what ``problems.problem`` knows of the call."""

    code: str
    status: int
    detail: str
    next: str
    type: str = "about:blank"

    @property
    def title(self) -> str:
        """The status's own phrase, as RFC 9457 §4.2.1 asks of ``about:blank``."""
        return HTTPStatus(self.status).phrase


_ALL = (
    Refusal(
        "path_malformed",
        400,
        "The path has dot segments, backslashes, control characters or bytes that are not UTF-8.",
        "Send the path in its normal form.",
    ),
    Refusal(
        "request_malformed",
        400,
        "The request has a method, a header or a character that HTTP does not allow.",
        "Send the request as HTTP defines it.",
    ),
    Refusal(
        "credential_missing",
        401,
        "This call lacks what it needs: {credentials}.",
        "Send {credentials_in}.",
    ),
    Refusal(
        "credential_malformed",
        401,
        "What was sent is not an API key of this environment.",
        "Check that the whole key was copied, and that it belongs to this environment.",
    ),
    Refusal(
        "credential_unknown",
        401,
        "This API key or OAuth client is not known.",
        "Check it, or make a new one. Help: {support}",
    ),
    Refusal(
        "credential_revoked",
        401,
        "This API key or OAuth client was revoked.",
        "Use another one of the application, or make a new one. Help: {support}",
    ),
    Refusal(
        "credential_expired",
        401,
        "This API key or OAuth client has expired.",
        "Use another one of the application, or make a new one. Help: {support}",
    ),
    Refusal(
        "token_malformed",
        401,
        "What was sent is not an access token that this gateway can read.",
        "Send the access token as the issuer gave it, in Authorization: Bearer, nothing added or cut off.",
    ),
    Refusal(
        "token_untrusted",
        401,
        "The token is not signed by an issuer that this API trusts.",
        "Get a token from the issuer that the API's reference names. Help: {support}",
    ),
    Refusal(
        "token_misdirected",
        401,
        "The token was made for another purpose: its kind, its use or its audience is not this API's.",
        "Ask the issuer for an access token for this API, as its reference says. Help: {support}",
    ),
    Refusal(
        "token_expired",
        401,
        "The token has expired.",
        "Get a new one from its issuer.",
    ),
    Refusal(
        "token_premature",
        401,
        "The token is not valid yet.",
        "Use it when its time has come, and see that the issuer's clock is right. Help: {support}",
    ),
    Refusal(
        "certificate_mismatch",
        401,
        "The token is bound to a client certificate, and this call was not made with that one.",
        "Call with the certificate that the token was issued for, or get a new token with yours.",
    ),
    Refusal(
        "credential_suspended",
        403,
        "This API key or OAuth client is suspended.",
        "Ask for it to be restored, or use another one of the application: {support}",
    ),
    Refusal(
        "credential_mismatch",
        403,
        "The API key and the token of this call belong to different applications.",
        "Send the two of one application.",
    ),
    Refusal(
        "address_not_allowed",
        403,
        "This call may not be made from its network address.",
        "Call the gateway's own address, not the portal's, from a network that is allowed. Help: {support}",
    ),
    Refusal(
        "certificate_not_allowed",
        403,
        "This call may not be made with its client certificate, or it had none.",
        "Call with a certificate that is allowed, or ask for yours to be: {support}",
    ),
    Refusal(
        "edge_bypassed",
        403,
        "This call did not come by the platform's public address.",
        "Call the address that the API's reference names. Help: {support}",
    ),
    Refusal(
        "organization_suspended",
        403,
        "The organization that the caller belongs to is suspended.",
        "Ask for it to be restored: {support}",
    ),
    Refusal(
        "application_suspended",
        403,
        "The application that the caller belongs to is suspended.",
        "Ask for it to be restored: {support}",
    ),
    Refusal(
        "subscription_missing",
        403,
        "The application has no subscription to a product with this API.",
        "Subscribe to a product that includes it. Help: {support}",
    ),
    Refusal(
        "subscription_suspended",
        403,
        "The subscription to this API is suspended.",
        "Ask for it to be restored: {support}",
    ),
    Refusal(
        "scope_missing",
        403,
        "The call's API key or token lacks the scopes that this operation asks for.",
        "Use one with the scopes that the API's reference names for this operation, or ask for it: {support}",
    ),
    Refusal(
        "api_not_found",
        404,
        "There is no such API, or it is not published.",
        "Check the API's name and version in the address.",
    ),
    Refusal(
        "operation_not_found",
        404,
        "The API has no such path.",
        "Check the path against the API's reference.",
    ),
    Refusal(
        "method_not_allowed",
        405,
        "The path exists, but not with this method.",
        "Use one of the methods in the Allow header.",
    ),
    Refusal(
        "api_retired",
        410,
        "This version of the API is retired; its sunset was {sunset}.",
        "{instead}. Help: {support}",
    ),
    Refusal(
        "request_too_large",
        413,
        "The request is larger than the gateway can pass on to the service behind this API.",
        "Send less at a time. Help: {support}",
    ),
    Refusal(
        "quota_exceeded",
        429,
        "The plan's quota is used up.",
        "Try again in {wait} s, or ask for a larger plan: {support}",
        PROBLEM_TYPES + "quota-exceeded",
    ),
    Refusal(
        "rate_exceeded",
        429,
        "Calls came faster than the plan allows.",
        "Try again in {wait} s, and spread calls out; for a larger plan: {support}",
        PROBLEM_TYPES + "quota-exceeded",
    ),
    Refusal(
        FAULT,
        500,
        "The gateway could not decide on this call.",
        "Try again later. If it stays, send the request id to {support}",
    ),
    Refusal(
        "plan_not_deployed",
        500,
        "The subscription's plan is not part of what is deployed.",
        "Send the request id to {support}",
    ),
    Refusal(
        "upstream_unreachable",
        502,
        "The service behind this API could not be reached, or broke off its answer.",
        "Try again later. If it stays, send the request id to {support}",
    ),
    Refusal(
        "upstream_unauthorized",
        502,
        "The gateway has nothing at the moment to prove itself with to the service behind this API.",
        "Try again later. If it stays, send the request id to {support}",
    ),
    Refusal(
        "response_too_large",
        502,
        "The answer of the service behind this API is larger than the gateway can pass on.",
        "Ask for less at a time, for example by paging. Help: {support}",
    ),
    Refusal(
        "api_brownout",
        503,
        "This version of the API is deprecated (sunset {sunset}), and refuses calls on purpose until {until}.",
        "Try again in {wait} s; the call was not counted. Move on before the sunset. {instead}. Help: {support}",
    ),
    Refusal(
        "admission_unavailable",
        503,
        "The gateway cannot check keys and quotas at the moment.",
        "Try again in {wait} s. The call may or may not have been counted against your quota.",
        PROBLEM_TYPES + "temporary-reduced-capacity",
    ),
    Refusal(
        "lookup_limited",
        503,
        "Too many API keys that do not exist were tried just now, so this one was not looked up.",
        "Try again in {wait} s. The call was not counted.",
        PROBLEM_TYPES + "temporary-reduced-capacity",
    ),
    Refusal(
        "issuer_unavailable",
        503,
        "The gateway cannot get the keys of the token's issuer at the moment.",
        "Try again in {wait} s. The call was not counted.",
        PROBLEM_TYPES + "temporary-reduced-capacity",
    ),
    Refusal(
        "keys_unavailable",
        503,
        "The gateway's public keys cannot be read at the moment.",
        "Try again in {wait} s.",
        PROBLEM_TYPES + "temporary-reduced-capacity",
    ),
    Refusal(
        "edge_unavailable",
        503,
        "The gateway cannot check at the moment which way this call came.",
        "Try again in {wait} s. The call was not counted.",
        PROBLEM_TYPES + "temporary-reduced-capacity",
    ),
    Refusal(
        "upstream_timeout",
        504,
        "The service behind this API did not answer in time.",
        "Try again later; repeat a change only if it is safe to make it twice. Help: {support}",
    ),
)

REFUSALS = {refusal.code: refusal for refusal in _ALL}
