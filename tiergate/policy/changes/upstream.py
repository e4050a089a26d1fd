"""Where an API version's calls go, by what way, and how the upstream knows that it is the gateway."""

from collections.abc import Iterator
from functools import partial

from tiergate.policy.changes.change import Change, Part, number, rest
from tiergate.policy.changes.issuers import address
from tiergate.policy.levels import RISKY, SAFE
from tiergate.policy.upstream import in_clear

TOLD = ("upstream", "timeout", "mode", "upstream_auth", "deploy")

MODES = {
    "direct": "API Gateway calls the upstream itself; refusals become its bare 403",
    "managed": "calls go through the proxy, which explains refusals",
}


def upstream_changes(api: str, old: Part, new: Part) -> Iterator[Change]:
    """Of an API version that both have."""
    if old["upstream"] != new["upstream"]:
        clear = in_clear(new["upstream"]) and not in_clear(old["upstream"])
        message = f"calls go elsewhere: {address(old['upstream'])} → {address(new['upstream'])}"
        message += ", in clear text" if clear else ""
        yield Change(level=RISKY, kind="upstream", message=message, api=api, loosened=clear)
    if old["timeout"] != new["timeout"]:
        level = RISKY if new["timeout"] < old["timeout"] else SAFE
        message = f"upstream's time to answer: {number(old['timeout'])} → {number(new['timeout'])} s"
        yield Change(level=level, kind="timeout", message=message, api=api)
    if old["mode"] != new["mode"]:
        message = f"mode {old['mode']} → {new['mode']}: {MODES[new['mode']]}"
        yield Change(level=RISKY, kind="mode", message=message, api=api)
    yield from _proof(api, old.get("upstream_auth"), new.get("upstream_auth"))
    yield from _deploy(api, old.get("deploy", {}), new.get("deploy", {}))


def _proof(api: str, old: Part | None, new: Part | None) -> Iterator[Change]:
    """Which fields differ is told, and none of their values: one may be what only a secret's store should hold."""
    if old == new:
        return
    if new is None and old is not None:
        message = f"the upstream is no longer shown that the gateway calls (upstream_auth: {old['kind']} removed)"
        yield Change(level=RISKY, kind="upstream_auth_removed", message=message, api=api, loosened=True)
    elif old is None and new is not None:
        message = f"the upstream is shown that the gateway calls (upstream_auth: {new['kind']})"
        yield Change(level=RISKY, kind="upstream_auth_added", message=message, api=api)
    elif old is not None and new is not None:
        fields = sorted(key for key in {*old, *new} if old.get(key) != new.get(key) and key != "kind")
        way = f"{old['kind']} → {new['kind']}" if old["kind"] != new["kind"] else f"{new['kind']}, {', '.join(fields)}"
        message = f"how the upstream is shown that the gateway calls is another ({way})"
        yield Change(level=RISKY, kind="upstream_auth", message=message, api=api)


def _deploy(api: str, old: Part, new: Part) -> Iterator[Change]:
    """What only the stacks read."""
    was, now = old.get("private", False), new.get("private", False)
    if was != now:
        message = (
            "the upstream is reached in the VPC" if now else "the upstream is reached over the internet (was private)"
        )
        yield Change(level=RISKY, kind="private", message=message, api=api, loosened=was)
    was, now = old.get("isolated", False), new.get("isolated", False)
    if was != now:
        message = "a proxy function of its own" if now else "shares the proxy function with others"
        yield Change(level=SAFE, kind="isolated", message=message, api=api)
    if old.get("concurrency") != new.get("concurrency"):
        told = " → ".join(str(each.get("concurrency", "the default")) for each in (old, new))
        yield Change(level=RISKY, kind="concurrency", message=f"instances of its own: {told}", api=api)
    if old.get("listener") != new.get("listener"):
        message = f"listener: {old.get('listener', 'none')} → {new.get('listener', 'none')}"
        yield Change(level=RISKY, kind="listener", message=message, api=api)
    yield from rest(old, new, ("private", "isolated", "concurrency", "listener"), change=partial(Change, api=api))
