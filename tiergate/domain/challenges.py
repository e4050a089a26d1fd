"""How a caller is told what to authenticate with: ``WWW-Authenticate`` (RFC 9110 §11.6.1, RFC 6750 §3)."""

import re
from collections.abc import Iterator

from tiergate.domain.catalogue import BOTH, EITHER, KEY, TOKEN
from tiergate.domain.decision import API_KEY, BEARER, Decision
from tiergate.domain.refusals import Refusal

SCHEMES = {KEY: (API_KEY,), TOKEN: (BEARER,), EITHER: (BEARER, API_KEY), BOTH: (BEARER, API_KEY)}
"""By what an API accepts."""

WORDS = {
    KEY: ("an API key", "your key in the X-Api-Key header"),
    TOKEN: ("an access token", "an access token of your OAuth client, as Authorization: Bearer"),
    EITHER: (
        "an API key or an access token",
        "your key in the X-Api-Key header, or an access token of your OAuth client as Authorization: Bearer",
    ),
    BOTH: (
        "an API key and an access token",
        "your key in the X-Api-Key header, and an access token of your OAuth client as Authorization: Bearer",
    ),
}
"""The same for people: what is needed, and how it is sent."""

OTHER = {API_KEY: BEARER, BEARER: API_KEY}
"""What is missing where only this one of both was sent."""

AS_WELL = {
    API_KEY: ("an API key as well", "your key too, in the X-Api-Key header"),
    BEARER: ("an access token as well", "an access token of your OAuth client too, as Authorization: Bearer"),
}
"""The same for people."""

QUOTED = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
"""What may stand in quotes as it is."""


def missing(decision: Decision) -> str | None:
    """The scheme of the credential that a call lacks beside the good one that it had."""
    return OTHER.get(decision.scheme) if decision.reason == "credential_missing" else None


def wanted(decision: Decision, accepts: str) -> tuple[str, str]:
    """What the call needs, or needs as well, and how that is sent."""
    other = missing(decision)
    return AS_WELL[other] if other else WORDS[accepts]


def challenges(decision: Decision, refusal: Refusal, realm: str, accepts: str) -> Iterator[str]:
    """The challenges of a refusal: one for each scheme that would do where nothing was sent, and the missing one where
    one of two was, with no error code then; the judged one otherwise. None where other credentials would not help."""
    if refusal.status != 401 and not decision.needs:
        return
    scheme, said = decision.scheme, refusal.detail
    if other := missing(decision):
        yield _challenge(other, realm=realm)
    elif not scheme:
        yield from (_challenge(each, realm=realm) for each in SCHEMES[accepts])
    elif decision.needs:
        yield _challenge(scheme, realm=realm, error="insufficient_scope", error_description=said, scope=decision.needs)
    elif scheme == API_KEY:
        yield _challenge(scheme, realm=realm)
    else:
        yield _challenge(scheme, realm=realm, error="invalid_token", error_description=said)


def _challenge(scheme: str, **parameters: str) -> str:
    """Without the parameters that cannot stand in quotes."""
    listed = ", ".join(f'{name}="{text}"' for name, text in parameters.items() if QUOTED.fullmatch(text))
    return f"{scheme} {listed}".rstrip()
