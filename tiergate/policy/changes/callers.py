"""Who may call an API version: by what, from where, and which web pages."""

from collections.abc import Collection, Iterator

from tiergate.domain.catalogue import BOTH, EITHER, KEY, TOKEN
from tiergate.domain.cors import ANY, Cors
from tiergate.domain.networks import allowed, without
from tiergate.policy.changes.change import Change, Part, listed, narrower
from tiergate.policy.changes.plans import limit_terms, looser
from tiergate.policy.levels import BREAKING, RISKY, SAFE

SUFFICES = {KEY: [{KEY}], TOKEN: [{TOKEN}], EITHER: [{KEY}, {TOKEN}], BOTH: [{KEY, TOKEN}]}
"""What a call needs, each alternative for itself."""

IN_WORDS = {
    KEY: "an API key",
    TOKEN: "an access token",
    EITHER: "an API key or an access token",
    BOTH: "an API key and an access token together",
}

TOLD = ("accepts", "conditions", "public_plan", "cors")


def caller_changes(api: str, old: Part, new: Part, plans: tuple[Part, Part]) -> Iterator[Change]:
    """Of an API version that both have. ``plans``: those of old and new."""
    yield from _accepts(api, old.get("accepts", KEY), new.get("accepts", KEY))
    was, now = old.get("conditions", {}), new.get("conditions", {})
    yield from _addresses(api, was, now)
    yield from _subjects(api, {*was.get("subjects", ())}, {*now.get("subjects", ())})
    yield from _public_plan(api, old.get("public_plan", ""), new.get("public_plan", ""), plans)
    yield from _cors(api, old.get("cors"), new.get("cors"))


def _accepts(api: str, old: str, new: str) -> Iterator[Change]:
    if old == new:
        return
    refused, taken = (narrower(SUFFICES[one], SUFFICES[other]) for one, other in ((old, new), (new, old)))
    message = f"callers need {IN_WORDS[new]} (accepts: {old} → {new})"
    level = BREAKING if refused else RISKY
    yield Change(level=level, kind="accepts", message=message, api=api, loosened=taken)


def _addresses(api: str, old: Part, new: Part) -> Iterator[Change]:
    lists = [(each.get("allow", ()), each.get("deny", ())) for each in (old, new)]
    was, now = (allowed(*each) for each in lists)
    lost, won = without(was, now), without(now, was)
    if not lost and not won:
        return
    told = " → ".join(_networks(*each) for each in lists)
    kind = "addresses_widened" if won else "addresses_narrowed"
    message = f"calls may come from: {told}"
    yield Change(level=BREAKING if lost else RISKY, kind=kind, message=message, api=api, loosened=bool(won))


def _networks(allow: Collection[str], deny: Collection[str]) -> str:
    return (listed(allow) or "anywhere") + (f" but not {listed(deny)}" if deny else "")


def _subjects(api: str, old: set[str], new: set[str]) -> Iterator[Change]:
    if old == new:
        return
    fewer = bool(new and (not old or old - new))
    more = bool(old and (not new or new - old))
    told = " → ".join(listed(f'"{name}"' for name in sorted(each)) or "none asked for" for each in (old, new))
    message = f"client certificates: {told}"
    yield Change(level=BREAKING if fewer else RISKY, kind="subjects", message=message, api=api, loosened=more)


def _public_plan(api: str, old: str, new: str, plans: tuple[Part, Part]) -> Iterator[Change]:
    if old != new:
        was, now = (each.get(name) for each, name in zip(plans, (old, new), strict=True))
        more = bool(was and now and looser(was, now))
        message = f"plan for calls without a credential: {old or 'none'} → {new or 'none'}"
        message += f" ({limit_terms(was['limits'])} → {limit_terms(now['limits'])})" if was and now else ""
        yield Change(level=RISKY, kind="public_plan", message=message, api=api, loosened=more)


def _cors(api: str, old: Part | None, new: Part | None) -> Iterator[Change]:
    if old is None and new is not None:
        message = f"web pages of {listed(new['origins'])} may call it from browsers"
        yield Change(level=RISKY, kind="cors_added", message=message, api=api, loosened=True)
    elif new is None and old is not None:
        message = f"web pages of {listed(old['origins'])} cannot call it from browsers any more"
        yield Change(level=BREAKING, kind="cors_removed", message=message, api=api)
    elif old is not None and new is not None and old != new:
        yield from _shared(api, old, new)


def _shared(api: str, old: Part, new: Part) -> Iterator[Change]:
    was, now = Cors.of(old), Cors.of(new)
    if was.origins != now.origins:
        lost = ANY not in now.origins and bool(was.origins - now.origins)
        won = ANY not in was.origins and bool(now.origins - was.origins)
        message = f"web pages that may call it: {listed(sorted(was.origins))} → {listed(sorted(now.origins))}"
        yield Change(level=BREAKING if lost else RISKY, kind="cors_origins", message=message, api=api, loosened=won)
    for what, before, after in (
        ("request fields of web pages", was.headers, now.headers),
        ("fields that web pages may read", was.expose, now.expose),
    ):
        ours, theirs = ({*each.lower().split(", ")} for each in (before, after))
        for name in sorted(ours ^ theirs):
            gone = name in ours
            kind = f"cors_field_{'removed' if gone else 'added'}"
            message = f"{what}: {name} {'no longer' if gone else 'now'} among them"
            yield Change(level=BREAKING if gone else SAFE, kind=kind, message=message, api=api)
    if was.credentials != now.credentials:
        message = f"browsers {'may send cookies' if now.credentials else 'send no cookies any more'}"
        level = RISKY if now.credentials else BREAKING
        yield Change(level=level, kind="cors_credentials", message=message, api=api, loosened=now.credentials)
    if was.max_age != now.max_age:
        message = f"browsers keep a preflight's answer for {was.max_age} → {now.max_age} s"
        yield Change(level=SAFE, kind="cors_max_age", message=message, api=api)
