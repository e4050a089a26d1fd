"""Rules on who calls and from where: networks and certificates, keys, tokens and their clients."""

from collections.abc import Iterator

from tiergate.domain.catalogue import BOTH, KEY, TOKEN, ApiVersion, Operation
from tiergate.domain.challenges import WORDS
from tiergate.domain.conditions import Conditions
from tiergate.domain.moments import utc
from tiergate.domain.registry import Credential, client_ref
from tiergate.domain.tokens import Token, TokenRefused, granted
from tiergate.explain.records import ASSUMED, UNKNOWN
from tiergate.explain.rule import DEFAULT, THE_LOG, Rule, registry, said
from tiergate.explain.trial import Trial
from tiergate.policy.source import Source


def network_rules(trial: Trial, whose: str, conditions: Conditions, where: Source | str) -> Iterator[Rule]:
    """On addresses and certificates of one place: a policy file or a record; none where it has no conditions."""
    address, certificate = trial.call.address, trial.call.certificate
    met, subject = trial.met(conditions), certificate.subject if certificate else ""
    if conditions.allowed or conditions.denied:
        listed = (("allowed", conditions.allowed), ("denied", conditions.denied))
        told = "; ".join(f"{word} {', '.join(map(str, networks))}" for word, networks in listed if networks)
        seen = f"from {address}" if trial.asked.address else "taken to be met"
        refusal = met._replace(subjects=frozenset()).broken(address, subject) or ""
        trial.note_address()
        yield Rule(f"{whose} addresses", f"{seen}; {told}", _origin(where, "addresses"), refusal)
    elif isinstance(where, Source):
        yield Rule(f"{whose} addresses", "from anywhere", DEFAULT)
    if conditions.subjects:
        told = "; ".join(sorted(conditions.subjects))
        seen = (f"by {subject}" if subject else "none was shown") if met.subjects else "taken to be met"
        trial.note_subject()
        refusal = met._replace(allowed=(), denied=()).broken(address, subject) or ""
        yield Rule(f"{whose} certificates", f"{seen}; allowed {told}", _origin(where, "subjects"), refusal)


def _origin(where: Source | str, key: str) -> str:
    return said(where, key) if isinstance(where, Source) else where


def caller_rules(trial: Trial, api: ApiVersion, operation: Operation, callers: list[Credential]) -> Iterator[Rule]:
    """On the credentials that were sent and that the API accepts; ``callers`` has the good ones afterwards."""
    accepts, origin = api.accepts, said(trial.policy, "accepts")
    by_key = trial.call.api_key is not None and accepts != TOKEN
    by_token = trial.call.token is not None and accepts != KEY
    needed = WORDS[accepts][0]
    sent = " and ".join(word for word, there in (("an API key", by_key), ("an access token", by_token)) if there)
    if not sent and operation.public:
        yield Rule("accepts", "no credential is needed", said(trial.policy, "operations", operation.id, "public"))
        return
    if not sent:
        other = trial.call.api_key is not None or trial.call.token is not None
        found = "what it has is not looked at" if other else "it has none"
        yield Rule("accepts", f"needs {needed}; {found}", origin, "credential_missing")
        return
    yield Rule("accepts", f"needs {needed}; it has {sent}", origin)
    if by_key:
        yield from _key(trial, callers)
    if by_token:
        yield from _token(trial, callers)
    if accepts == BOTH and len(callers) < len((KEY, TOKEN)):
        yield Rule("accepts", f"needs {needed}; it has only {sent}", origin, "credential_missing")


def _key(trial: Trial, callers: list[Credential]) -> Iterator[Rule]:
    sent = trial.sent
    if sent.malformed:
        yield Rule("key", "what was sent is no key of this environment", THE_LOG, "credential_malformed")
        return
    platform = trial.policies.platform_file
    if sent.imported and not trial.catalogue.imported_keys and platform is not None:
        says = f"{sent.key_id} is of another make; imported_keys does not let those in"
        yield Rule("key", says, said(platform, "imported_keys"), "credential_malformed")
        return
    found = trial.records.credential(sent.key_id)
    if found is None:
        which = "the access log does not say which" if sent.key_id == UNKNOWN else sent.key_id
        yield Rule("key", f"it is not known: {which}", f"registry KEY#{sent.key_id}", "credential_unknown")
        return
    trial.note("the key's secret is right")
    assumed = trial.offline or sent.key_id == ASSUMED
    yield from _usable(trial, "key", found, registry(f"KEY#{found.id}", offline=assumed))
    callers.append(found)


def _token(trial: Trial, callers: list[Credential]) -> Iterator[Rule]:
    token = trial.sent.token
    if isinstance(token, TokenRefused):
        yield Rule("token", str(token) or "it is no good", THE_LOG, token.code)
        return
    if not isinstance(token, Token):
        return
    if token.thumbprint:
        yield Rule("token", "it is bound to another client certificate", THE_LOG, "certificate_mismatch")
        return
    trial.note_token(token)
    ref = client_ref(token.issuer, token.client)
    found = trial.records.client(ref)
    if found is None:
        which = "the access log does not say which" if token.client == UNKNOWN else token.client
        yield Rule("client", f"it is not known: {which}", f"registry CLIENT#{ref}", "credential_unknown")
        return
    yield from _usable(trial, "client", found, registry(f"CLIENT#{ref}", offline=trial.offline))
    callers.append(found._replace(scopes=granted(token.scopes, found.scopes)[0]))


def _usable(trial: Trial, kind: str, found: Credential, origin: str) -> Iterator[Rule]:
    trial.note(trial.deployment.note)
    refusal = {"active": "", "suspended": "credential_suspended"}.get(found.state, "credential_revoked")
    yield Rule(kind, f"{found.id} is {found.state}", origin, refusal)
    ended = found.expired(trial.asked.now)
    ends = "never expires" if found.expires is None else f"{'expired' if ended else 'expires'} {utc(found.expires)}"
    yield Rule(f"{kind} expiry", ends, origin, "credential_expired" if ended else "")
    yield from network_rules(trial, kind, found.conditions, origin)
