"""All that the site tells, as JSON by the names of its files."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tiergate.domain.lifecycle import SERVED
from tiergate.policy.load import Policies
from tiergate.policy.markdown import nodes
from tiergate.policy.portal import Portal
from tiergate.portal.catalog import catalog
from tiergate.portal.changelog import changelog
from tiergate.portal.download import downloaded
from tiergate.portal.reference import Reference, reference
from tiergate.portal.search import search


def content(
    policies: Policies, portal: Portal, catalogue: Mapping[str, Any], today: date, logo: str | None = None
) -> Iterator[tuple[str, Any]]:
    """Values by the path of their file, below ``content`` and without its ending. ``logo``: its address.

    Of APIs there is what ``catalogue`` publishes; a version that is not served has no reference. Of what changes there
    is nothing that is dated after ``today``.

    Raises
    ------
    Faults
        A reference is too large for pages to show.
    """
    served = {name: told for name, told in catalogue["apis"].items() if told["state"] in SERVED}
    references: dict[str, Reference] = {}
    for name, told in served.items():
        made = references[name] = reference(name, policies.apis[name], told, addresses=not pooled(policies))
        yield f"apis/{name}/index", made.index
        for slug, part in made.parts.items():
            yield f"apis/{name}/{slug}", part
        ids = {(each["path"], each["method"].lower()): each["id"] for each in told["operations"]}
        yield f"apis/{name}/openapi", downloaded(policies.apis[name].document.data, name, ids)
    past = [entry for entry in policies.changelog if entry.date <= today.isoformat()]
    yield "catalog", catalog(portal, catalogue, references, past, logo)
    yield "search", search(catalogue, references, policies.guides)
    yield "changelog", changelog(policies.changelog, catalogue["apis"], today)
    yield (
        "guides/index",
        [{"slug": slug, "title": each.text.title, "summary": each.summary} for slug, each in policies.guides.items()],
    )
    for slug, guide in policies.guides.items():
        yield f"guides/{slug}", {"title": guide.text.title, "body": nodes(guide.text.body)}


def pooled(policies: Policies) -> bool:
    """Whether tokens come from a user pool that the deploy makes, at an address that no document knows."""
    return any(issuer.value.cognito for issuer in policies.issuers.values())


def text(value: Any) -> str:
    """JSON on one line, which is harmless in a page too, should anybody put it there."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written.encode("utf-8", "replace").decode()
