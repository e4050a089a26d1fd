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

QUOTED = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
"""What may stand in quotes as it is."""


def challenges(decision: Decision, refusal: Refusal, realm: str, accepts: str) -> Iterator[str]:
    """The challenges of a refusal: one for each scheme that would do where nothing was sent, with no error code then;
    the judged one otherwise. None where other credentials would not help."""
    if refusal.status != 401 and not decision.needs:
        return
    if not decision.scheme:
        yield from (f'{scheme} realm="{realm}"' for scheme in SCHEMES[accepts])
        return
    error = "insufficient_scope" if decision.needs else "invalid_token"
    told = {"realm": realm, "error": error, "error_description": refusal.detail, "scope": decision.needs}
    if decision.scheme == API_KEY and not decision.needs:
        told = {"realm": realm}
    listed = [f'{name}="{text}"' for name, text in told.items() if text and QUOTED.fullmatch(text)]
    yield f"{decision.scheme} {', '.join(listed)}"
