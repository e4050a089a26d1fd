"""What an account's REST APIs become: APIs, plans, products, and which of them each usage plan stands for."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tiergate.domain.gate import Offer
from tiergate.domain.rest_account import AccountUsagePlan, RestAccount, Stage
from tiergate.migrate.documents import carried
from tiergate.migrate.limits import BEST_EFFORT, mapped_limits
from tiergate.migrate.names import file_name, file_names, shown_name
from tiergate.migrate.upstreams import destination, open_methods
from tiergate.policy.changes.change import listed

VERSION = "v1"


class Choices(NamedTuple):
    """What a person decides. ``names``: by id of a usage plan, or ``<REST API>/<stage>``. ``week``: see `limits`.
    ``upstream_key``: ARN of the secret with the key that wrapped REST APIs ask for. ``rest_apis``: by id what the
    policies call those that stay REST APIs."""

    names: Mapping[str, str] = {}
    week: str = "month"
    upstream_key: str = ""
    rest_apis: Mapping[str, str] = {}


class ProposedApi(NamedTuple):
    """``name``: ``<api>/v1``; empty where ``notes`` say why the stage is left out."""

    stage: str
    title: str
    name: str
    upstream: str
    document: str
    operations: int
    secret: str
    notes: tuple[str, ...]


class ProposedPlan(NamedTuple):
    """``name``: empty where the usage plan opens nothing that is migrated."""

    id: str
    title: str
    name: str
    limits: Mapping[str, Any]
    keys: int
    used: int | None
    notes: tuple[str, ...]


class ProposedProduct(NamedTuple):
    name: str
    title: str
    apis: tuple[str, ...]
    plans: tuple[str, ...]


class Proposal(NamedTuple):
    """``offers``: by id of a usage plan. ``missing``: what has to be decided before it can be written."""

    region: str
    apis: tuple[ProposedApi, ...]
    plans: tuple[ProposedPlan, ...]
    products: tuple[ProposedProduct, ...]
    offers: Mapping[str, Offer]
    notes: tuple[str, ...]
    missing: tuple[str, ...]


def proposal(account: RestAccount, choices: Choices) -> Proposal:
    """The same for the same account and choices, however often it is asked for."""
    apis = tuple(_apis(account.stages, choices))
    by_stage = {api.stage: api.name for api in apis if api.name}
    sold = {
        plan.id: tuple(sorted(by_stage[each] for each in plan.stages if each in by_stage)) for plan in account.plans
    }
    wanted = [(plan.id, plan.name) for plan in account.plans if sold[plan.id]]
    names = file_names(wanted, choices.names)
    plans = tuple(_plan(plan, names.get(plan.id, ""), by_stage, choices) for plan in account.plans)
    products = tuple(_products(sold, names, {api.name: api.title for api in apis}))
    product_of = {product.apis: product.name for product in products}
    offers = {id_: (product_of[sold[id_]], name) for id_, name in names.items()}
    return Proposal(
        account.region,
        apis,
        plans,
        products,
        offers,
        tuple(_notes(account, plans)),
        tuple(_missing(apis, choices, account)),
    )


def _apis(stages: Iterable[Stage], choices: Choices) -> Iterator[ProposedApi]:
    stages = list(stages)
    several = {stage.api for stage in stages if sum(each.api == stage.api for each in stages) > 1}
    texts = [(each.id, f"{each.name}-{each.stage}" if each.api in several else each.name) for each in stages]
    names = file_names(texts, choices.names)
    for stage in stages:
        found, target = carried(stage), destination(stage)
        kept = choices.rest_apis.get(stage.api)
        served = found.text and target.upstream and not kept
        opened = open_methods(stage)
        notes = (*target.notes, *found.notes)
        if kept:
            notes = (
                f"rest_apis: of the policies has it as {kept}, so it stays a REST API; take it out there to migrate it",
            )
        if opened and served:
            notes = (
                *notes,
                f"anybody may call {listed(opened)} now; here a key is needed, unless api.yaml says public: true for "
                "an operation (docs/policies.md)",
            )
        yield ProposedApi(
            stage=stage.id,
            title=shown_name(stage.name) or names[stage.id],
            name=f"{names[stage.id]}/{VERSION}" if served else "",
            upstream=target.upstream,
            document=found.text,
            operations=found.operations,
            secret=choices.upstream_key if target.keyed else "",
            notes=notes,
        )


def _plan(plan: AccountUsagePlan, name: str, by_stage: Mapping[str, str], choices: Choices) -> ProposedPlan:
    mapped = mapped_limits(plan, week=choices.week)
    left = [each for each in plan.stages if each not in by_stage]
    notes = list(mapped.differences) if name else []
    if not plan.stages:
        notes.append("it opens no stage, and is left out")
    elif left:
        notes.append(f"it opens {', '.join(left)} too, which {'is' if len(left) == 1 else 'are'} not migrated")
        if not name:
            notes[-1] = f"it opens {', '.join(left)} only, not migrated; it is left out"
    used = None if plan.used is None else sum(plan.used.values())
    title = shown_name(plan.name) or plan.id
    return ProposedPlan(plan.id, title, name, mapped.limits, len(plan.keys), used, tuple(notes))


def _products(
    sold: Mapping[str, tuple[str, ...]], names: Mapping[str, str], titles: Mapping[str, str]
) -> Iterator[ProposedProduct]:
    sets = sorted({apis for id_, apis in sold.items() if id_ in names})
    called = file_names([(_set_id(apis), _set_name(apis)) for apis in sets], {})
    for apis in sets:
        plans = tuple(sorted(names[id_] for id_ in names if sold[id_] == apis))
        title = " and ".join(titles[each] for each in apis) if len(apis) <= 2 else f"{titles[apis[0]]} and more"
        yield ProposedProduct(called[_set_id(apis)], title, apis, plans)


def _set_name(apis: tuple[str, ...]) -> str:
    first = apis[0].partition("/")[0]
    return first if len(apis) == 1 else file_name(f"{first[:25]}-and-{len(apis) - 1}-more", first)


def _set_id(apis: tuple[str, ...]) -> str:
    """An id of a set of APIs."""
    return f"set-{hashlib.sha256(' '.join(apis).encode()).hexdigest()[:8]}"


def _notes(account: RestAccount, plans: Iterable[ProposedPlan]) -> Iterator[str]:
    yield from account.notes
    if any(plan.name and plan.limits for plan in plans):
        yield BEST_EFFORT
    in_plans = {key for plan in account.plans for key in plan.keys}
    idle = sum(key.id not in in_plans for key in account.keys)
    if idle:
        yield f"{idle} keys are in no usage plan, open nothing, and are left out"


def _missing(apis: Iterable[ProposedApi], choices: Choices, account: RestAccount) -> Iterator[str]:
    keyed = {stage.id for stage in account.stages if destination(stage).keyed}
    wrapped = [api.name for api in apis if api.name and api.stage in keyed]
    if wrapped and not choices.upstream_key:
        yield (
            f"{', '.join(wrapped)}: the REST API behind it asks for a key of its own; name the secret that holds one "
            "with --upstream-key ARN (docs/migration.md), or name the REST APIs to migrate now with --rest-api ID"
        )
