"""Issuers of access tokens: who may sign, and what tokens must say."""

from collections.abc import Iterable, Iterator
from functools import partial
from urllib.parse import urlsplit

from tiergate.policy.changes.change import Change, Part, listed, number, rest
from tiergate.policy.levels import BREAKING, RISKY, SAFE

SETS = {"algorithms": "algorithms", "audiences": "audiences", "types": "token types"}
"""Keys of which a token's own value must be one, in words."""

CLAIMS = {"client": "the claim that names the client", "scope": "the claim that has the scopes"}

TOLD = (*SETS, *CLAIMS, "url", "jwks", "required", "scope_prefix", "stale", "cognito")


def issuer_changes(name: str, old: Part | None, new: Part | None) -> Iterator[Change]:
    if old is None and new is not None:
        message = f"added: tokens that {_who(new)} signs are taken by every API that accepts tokens"
        yield Change(level=RISKY, kind="issuer_added", message=message, issuer=name, loosened=True)
    elif new is None and old is not None:
        message = f"removed: tokens that {_who(old)} signs are refused"
        yield Change(level=BREAKING, kind="issuer_removed", message=message, issuer=name)
    elif old is not None and new is not None:
        yield from _signer(name, old, new)
        for key, what in SETS.items():
            yield from _set(name, what, old.get(key, ()), new.get(key, ()))
        yield from _required(name, old.get("required", {}), new.get("required", {}))
        yield from _read(name, old, new)
        yield from _pool(name, old.get("cognito"), new.get("cognito"))
        yield from rest(old, new, TOLD, change=partial(Change, issuer=name))


def address(url: str) -> str:
    """An address as it may be told: without a user, query or fragment that it should not have."""
    parts = urlsplit(url)
    if not parts.netloc:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _who(issuer: Part) -> str:
    return address(issuer["url"]) if issuer.get("url") else "the deploy's user pool"


def _signer(name: str, old: Part, new: Part) -> Iterator[Change]:
    if old.get("url") != new.get("url"):
        message = f"tokens are signed by another: {_who(old)} → {_who(new)}"
        yield Change(level=BREAKING, kind="issuer_url", message=message, issuer=name, loosened=True)
    if old.get("jwks") != new.get("jwks"):
        was, now = (address(each["jwks"]) if each.get("jwks") else "its metadata's" for each in (old, new))
        message = f"address of its keys: {was} → {now}"
        yield Change(level=RISKY, kind="issuer_keys", message=message, issuer=name, loosened=True)


def _set(name: str, what: str, old: Iterable[str], new: Iterable[str]) -> Iterator[Change]:
    """A token must have one of them; where none is named, any will do."""
    was, now = {*old}, {*new}
    if was == now:
        return
    fewer = bool(now and (not was or was - now))
    more = bool(was and (not now or now - was))
    message = f"{what}: {_any(was)} → {_any(now)}"
    kind = f"issuer_{what.rpartition(' ')[2]}"
    yield Change(level=BREAKING if fewer else RISKY, kind=kind, message=message, issuer=name, loosened=more)


def _any(names: set[str]) -> str:
    return listed(sorted(each or '""' for each in names)) or "any"


def _required(name: str, old: Part, new: Part) -> Iterator[Change]:
    for claim in sorted({*old, *new}):
        was, now = (each.get(claim) for each in (old, new))
        if was != now:
            told = " → ".join("nothing" if each is None else str(each) for each in (was, now))
            level = RISKY if now is None else BREAKING
            message = f"claim {claim} must say: {told}"
            yield Change(level=level, kind="issuer_required", message=message, issuer=name, loosened=was is not None)


def _read(name: str, old: Part, new: Part) -> Iterator[Change]:
    for key, what in CLAIMS.items():
        if old.get(key) != new.get(key):
            message = f"{what}: {old.get(key)} → {new.get(key)}; other clients or scopes may be read from tokens"
            yield Change(level=RISKY, kind=f"issuer_{key}", message=message, issuer=name, loosened=True)
    was, now = old.get("scope_prefix", ""), new.get("scope_prefix", "")
    if was != now:
        message = f'scopes begin with: "{was}" → "{now}"'
        yield Change(level=BREAKING, kind="issuer_scope_prefix", message=message, issuer=name, loosened=True)
    before, after = old.get("stale", 0), new.get("stale", 0)
    if before != after:
        message = f"keys that cannot be fetched again are believed for {number(before)} → {number(after)} s"
        yield Change(level=RISKY, kind="issuer_stale", message=message, issuer=name, loosened=after > before)


def _pool(name: str, old: Part | None, new: Part | None) -> Iterator[Change]:
    """The user pool that the deploy makes; a bundle out of a deployed package does not have its terms."""
    if old is None or new is None:
        if old != new:
            yield Change(level=RISKY, kind="issuer_pool", message="user pool's terms came or went", issuer=name)
        return
    if old["resource_server"] != new["resource_server"]:
        message = f"resource server: {old['resource_server']} → {new['resource_server']}; tokens lack the new scopes"
        yield Change(level=BREAKING, kind="issuer_pool", message=message, issuer=name)
    if old["token_minutes"] != new["token_minutes"]:
        message = f"tokens last {old['token_minutes']} → {new['token_minutes']} minutes"
        longer = new["token_minutes"] > old["token_minutes"]
        level = RISKY if longer else SAFE
        yield Change(level=level, kind="issuer_pool", message=message, issuer=name, loosened=longer)
    for scope in sorted({*old["scopes"]} ^ {*new["scopes"]}):
        gone = scope in old["scopes"]
        message = f"scope {scope} {'is gone from' if gone else 'is new in'} the user pool"
        kind = f"issuer_scope_{'removed' if gone else 'added'}"
        yield Change(level=BREAKING if gone else SAFE, kind=kind, message=message, issuer=name)
    yield from rest(old, new, ("resource_server", "token_minutes", "scopes"), change=partial(Change, issuer=name))
