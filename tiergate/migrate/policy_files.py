"""A proposal as policy files: their texts, and which of them a folder has already."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tiergate.domain.gate import Offer
from tiergate.migrate.proposal import Proposal, ProposedApi
from tiergate.policy.files import DOCUMENTS
from tiergate.policy.source import Faults, Source, mapping, parse, read

NEW, SWITCHED, SAME, EDITED, TAKEN = "new", "switched", "same", "edited", "taken"
PLATFORM = "platform.yaml"
SWITCH = "imported_keys"
MARK = "# Migrated from "


class PolicyFile(NamedTuple):
    """``path`` below the folder. ``state``: not there, there without the switch, there to the letter, there but edited
    since it was migrated from the same, or somebody else's. ``origin``: what it was migrated from."""

    path: str
    text: str
    state: str
    origin: str


class Unwritable(Exception):
    """A file cannot be written or changed as needed; the text says why and what to do."""


def policy_files(found: Proposal, policies: Path) -> tuple[PolicyFile, ...]:
    """All files of a proposal, in the order in which they depend on each other.

    Raises
    ------
    Unwritable
        ``platform.yaml`` is not there, or its ``imported_keys`` cannot be switched on.
    Faults
        ``platform.yaml`` is faulty.
    """
    source = read(platform_of(policies))
    made = [_platform(source)]
    for path, text, origin in _texts(found, policies, _owner(source.data)):
        made.append(PolicyFile(path, text, _state(policies / path, text, origin), origin))
    paths = [each.path for each in made]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise Unwritable(f"{', '.join(twice)}: two would be the same file; tell them apart with --name ID=NAME")
    return tuple(made)


def platform_of(policies: Path) -> Path:
    """Raises ``Unwritable``: there is no such folder of policies."""
    platform = policies / PLATFORM
    if not platform.is_file():
        raise Unwritable(f"{platform} is not there; write it first, with name: and support: (docs/policies.md)")
    return platform


def rest_apis_of(policies: Path) -> dict[str, str]:
    """By id the name of each REST API that the policies have, in any environment. Raises ``Faults``."""
    files = [policies / PLATFORM, *sorted((policies / "environments").glob("*.yaml"))]
    return {id_: name for file in files if file.is_file() for id_, name in _rest_apis(read(file).data)}


def _rest_apis(data: Any) -> Iterator[tuple[str, str]]:
    for key, value in data.items() if isinstance(data, dict) else ():
        if key == "rest_apis" and isinstance(value, dict):
            yield from ((str(mapping(value, name)["id"]), name) for name in value if "id" in mapping(value, name))
        else:
            yield from _rest_apis(value)


def strangers(offers: Mapping[str, Offer], region: str, policies: Path) -> Iterator[str]:
    """Files of offers, by id of a usage plan, that are there and were not migrated from that usage plan."""
    for id_, (product, plan) in sorted(offers.items()):
        for path in (f"plans/{plan}.yaml", f"products/{product}.yaml"):
            there = _read(policies / path)
            marks = [line for line in (there or "").splitlines() if line.startswith(MARK)]
            if there is not None and not any(
                mark.endswith(f" of {region}.") and id_ in re.findall(r"\w+", mark) for mark in marks
            ):
                yield f"{policies / path} does not come from usage plan {id_} of {region}"


def _owner(platform: Any) -> str:
    """Who answers for an API of which nothing is said; empty where the platform's defaults say it."""
    return "" if "owner" in mapping(platform, "defaults") else str(mapping(platform).get("support", "unknown"))


def _texts(found: Proposal, policies: Path, owner: str) -> Iterator[tuple[str, str, str]]:
    for plan in found.plans:
        if plan.name:
            origin = f"usage plan {plan.id} of {found.region}"
            text = f"{_head(policies, 'plan', origin)}title: {_text(plan.title)}\nlimits:{_limits(plan.limits)}\n"
            yield f"plans/{plan.name}.yaml", f"{text}approval: manual\n", origin
    for api in found.apis:
        if api.name:
            origin = f"REST API {api.stage} of {found.region}"
            yield f"apis/{api.name}/api.yaml", _head(policies, "api", origin) + _api(api, owner), origin
            yield f"apis/{api.name}/openapi.json", api.document, origin
    for product in found.products:
        ids = sorted(id_ for id_, offer in found.offers.items() if offer[0] == product.name)
        origin = f"usage plans {', '.join(ids)} of {found.region}"
        lines = [f"title: {_text(product.title)}", f"apis: [{', '.join(product.apis)}]"]
        lines.append(f"plans: [{', '.join(product.plans)}]")
        yield f"products/{product.name}.yaml", _head(policies, "product", origin) + "\n".join(lines) + "\n", origin


def _head(policies: Path, kind: str, origin: str) -> str:
    """The schema for editors where the folder has it, and where the file comes from."""
    depth = "../../../" if kind == "api" else "../"
    schema = (policies / "schemas" / f"{kind}.json").is_file()
    modeline = f"# yaml-language-server: $schema={depth}schemas/{kind}.json\n" if schema else ""
    return f"{modeline}{_mark(origin)}\n"


def _mark(origin: str) -> str:
    return f"{MARK}{origin}."


def _api(api: ProposedApi, owner: str) -> str:
    lines = [f"title: {_text(api.title)}", *([f"owner: {_text(owner)}"] if owner else [])]
    lines += ["state: published", f"upstream: {_text(api.upstream)}"]
    if api.secret:
        lines.append(f"upstream_auth:\n  header: {{name: X-Api-Key, secret: {_text(api.secret)}}}")
    return "\n".join(lines) + "\n"


def _limits(limits: Mapping[str, Any]) -> str:
    if not limits:
        return " {}"
    rate, quota = limits.get("rate"), limits.get("quota")
    text = ""
    if rate:
        text += f"\n  rate: {{per_second: {_number(rate['per_second'])}, burst: {rate['burst']}}}"
    if quota:
        text += f"\n  quota: {{{', '.join(f'{window}: {limit}' for window, limit in quota.items())}}}"
    return text


def _number(number: float) -> str:
    return f"{number:.15g}"


def _text(text: str) -> str:
    """As a YAML scalar; JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)


def _state(path: Path, text: str, origin: str) -> str:
    there = _read(path)
    if there is None and path.name == "openapi.json":
        there = next(filter(None, (_read(path.with_name(name)) for name in DOCUMENTS)), None)
    if there is None:
        return NEW
    if there == text:
        return SAME
    beside = _read(path.with_name("api.yaml")) if path.name == "openapi.json" else there
    return EDITED if _mark(origin) in (beside or "").splitlines() else TAKEN


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Unwritable(f"{path} cannot be read: {error}; move it away first") from error


def _platform(source: Source) -> PolicyFile:
    """The platform's file with imported keys switched on, all else in it untouched."""
    switched = _switched_on(source)
    return PolicyFile(PLATFORM, switched, SAME if switched == source.text else SWITCHED, f"the switch {SWITCH}")


def _switched_on(source: Source) -> str:
    data, text, root = source.data, source.text, source.root
    if not isinstance(data, dict) or not isinstance(root, yaml.MappingNode):
        raise Faults([source.fault("must hold keys and values, name: and support: at least")])
    if data.get(SWITCH) is True:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    line = f"{SWITCH}: true   # keys that partners bring from another gateway are known by their SHA-256"
    made = text.rstrip() + newline + line + newline
    try:
        if SWITCH not in data and not root.flow_style and parse(made, source.file).data == data | {SWITCH: True}:
            return made
    except Faults:
        pass  # told as what it means: the switch has no place at the end
    raise Faults([source.fault(f"{SWITCH}: must be true for keys from elsewhere; write it by hand", SWITCH)])
