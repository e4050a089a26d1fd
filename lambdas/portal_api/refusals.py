"""Every way that the portal refuses: its code, its status, what the caller reads, and what to do next.

``openapi.yaml`` lists the codes too. A ``{text}`` is what the registry says of this one case.
"""

from collections.abc import Mapping

from tiergate.domain.refusals import Refusal

LATER = "Look whether it was done; send a creation again with the same Idempotency-Key. Help: {support}"

_ALL = (
    Refusal("body_malformed", 400, "The body is not {wanted}.", "Send one JSON object, in UTF-8, each field once."),
    Refusal(
        "cursor_invalid",
        400,
        "The parameter cursor is not one of this list.",
        "Send the `next` of the page before, or leave it out for the first.",
    ),
    Refusal(
        "idempotency_key_invalid",
        400,
        "The header Idempotency-Key {wrong}.",
        "Send one of 8 to 128 visible ASCII characters, a new one with each creation.",
    ),
    Refusal(
        "limit_invalid",
        400,
        "The parameter limit is no whole number from 1 to {most}.",
        "Send one, or leave it out.",
    ),
    Refusal("token_invalid", 401, "This is no access token of the portal.", "Sign in again."),
    Refusal(
        "email_unverified",
        403,
        "Your mail address is not verified.",
        "Sign in again and enter the code that was sent to it. Help: {support}",
    ),
    Refusal(
        "organization_suspended",
        403,
        "The organization is suspended; nothing can be added or changed.",
        "Ask why. Help: {support}",
    ),
    Refusal(
        "role_insufficient",
        403,
        "This needs the role {needed}; yours is {role}.",
        "Ask an owner of the organization to do it, or to change your role.",
    ),
    Refusal("withheld", 403, "{text}", "Ask why. Help: {support}"),
    Refusal(
        "not_found",
        404,
        "There is no such thing, or it belongs to an organization that you are no member of.",
        "Check the address; GET /me lists the organizations you belong to.",
    ),
    Refusal(
        "try_keys_off",
        404,
        "This portal has no keys to try APIs with.",
        "Sign in, and make an API key for an application.",
    ),
    Refusal(
        "client_of_the_platform",
        409,
        "OAuth clients are made and rotated by the platform team.",
        "Make an API key instead, or ask for it. Help: {support}",
    ),
    Refusal("conflict", 409, "{text}", "Look at it again, and send the request again."),
    Refusal("credential_in_use", 409, "The credential is neither revoked nor expired.", "Revoke it first."),
    Refusal("full", 409, "{text}", "Delete what is no longer used. Help: {support}"),
    Refusal("last_owner", 409, "{text}", "Make somebody else an owner first."),
    Refusal("not_possible", 409, "{text}", "Look at it again. Help: {support}"),
    Refusal("request_decided", 409, "{text}", "Ask again if you still want another plan."),
    Refusal(
        "request_expired",
        409,
        "This request was made more than 24 hours ago.",
        "Look whether it is there; send a new Idempotency-Key to make another.",
    ),
    Refusal("taken", 409, "{text}", "Use the one that is there, or choose another."),
    Refusal("invitation_expired", 410, "{text}", "Ask an owner of the organization to invite you again."),
    Refusal("version_stale", 412, "{text}", "Read it again, and send the change with its new ETag."),
    Refusal("body_too_large", 413, "The body has more than {most} bytes.", "Send less."),
    Refusal(
        "media_type_unsupported",
        415,
        "The request does not say that its body is JSON.",
        "Send JSON with the header Content-Type: application/json.",
    ),
    Refusal(
        "idempotency_key_reused",
        422,
        "This Idempotency-Key came with another request before.",
        "Send another Idempotency-Key with each creation.",
    ),
    Refusal("invalid", 422, "{text}", "Mend it, and send the request again."),
    Refusal("offer_unknown", 422, "{text}", "Choose among the products and plans of the catalogue."),
    Refusal(
        "version_required",
        428,
        "The header If-Match is missing.",
        "Send the ETag of what you change in If-Match.",
    ),
    Refusal("too_many_requests", 429, "{text}", "Try again in {wait} s."),
    Refusal("portal_failed", 500, "Something is wrong with the portal.", LATER),
    Refusal("portal_unavailable", 503, "A store of the portal did not answer.", LATER),
)

REFUSALS: Mapping[str, Refusal] = {each.code: each for each in _ALL}


class Refused(Exception):
    """Nothing was changed. ``faults``: what is wrong, by field. ``wait``: seconds until it can succeed.

    ``words``: what the refusal's texts leave open.
    """

    def __init__(self, code: str, *, faults: Mapping[str, str] | None = None, wait: int = 0, **words: object) -> None:
        super().__init__(code)
        self.refusal = REFUSALS[code]
        self.faults = faults or {}
        self.wait = wait
        self.words = words


def invalid(faults: Mapping[str, str]) -> Refused:
    """``faults``: what to send instead, by field."""
    return Refused("invalid", faults=faults, text="Some fields are not as they must be.")


def sentence(text: str) -> str:
    """As people read what programs say in passing."""
    return f"{text[:1].upper()}{text[1:]}."
