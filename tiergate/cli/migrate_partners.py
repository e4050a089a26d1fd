"""``tiergate migrate run partners``: organizations, applications, subscriptions, and keys by their hashes."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from tiergate.adapters.partner_import import KINDS, Imported, PartnerImport
from tiergate.cli.migrate import MigrationSource, source_options
from tiergate.cli.migrate_outline import MOST_ROWS
from tiergate.cli.options import changing, policies_option
from tiergate.cli.output import counted, emit, printable
from tiergate.cli.parameters import Parsed
from tiergate.cli.progress import watched
from tiergate.cli.running import RunningUnknown, running
from tiergate.cli.target import Target, environment_of
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.gate import Offer
from tiergate.domain.rest_account import RestAccount
from tiergate.migrate.key_files import LARGEST, hashed_keys, native_keys, offer_of, plans_named
from tiergate.migrate.partners import Brought, Partners, of_account, partners
from tiergate.migrate.policy_files import strangers
from tiergate.migrate.proposal import Proposal
from tiergate.policy.bundle import compiled
from tiergate.policy.changes.change import listed
from tiergate.policy.check import checked
from tiergate.policy.nodes import Malformed
from tiergate.policy.source import Fault, Faults
from tiergate.policy.text import text_of

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def _stands_for(text: str) -> tuple[str, Offer]:
    """``ID=PRODUCT/PLAN``."""
    id_, equals, offer = text.partition("=")
    if not equals or not id_:
        raise ValueError("give the id of a usage plan and what it stands for: a1b2c3=open-banking/free")
    return id_, offer_of(offer)


@click.command("partners")
@source_options
@click.option(
    "--plan",
    "plans",
    type=Parsed("id=product/plan", _stands_for),
    multiple=True,
    help="What a usage plan stands for, where its files were renamed; may be repeated.",
)
@click.option(
    "--csv", "csv_file", type=FILE, help="Keys of a file in API Gateway's own format instead of the account's."
)
@click.option("--hashes", type=FILE, help="Keys from elsewhere: CSV with name,sha256[,organization,plan].")
@click.option("--offer", type=Parsed("product/plan", offer_of), help="For keys of a file that name no plan.")
@policies_option
@click.option("--again", is_flag=True, help="Bring back keys and subscriptions that were deleted here, too.")
@click.option("--apply", is_flag=True, help="Write them. Without it, only say what would be made.")
@changing
def partners_(
    source: MigrationSource,
    plans: Sequence[tuple[str, Offer]],
    csv_file: Path | None,
    hashes: Path | None,
    offer: Offer | None,
    policies: Path,
    again: bool,
    apply: bool,
    reason: str,
    stage: str,
    as_json: bool,
) -> None:
    """Bring the partners of usage plans, with the keys that they have, into the registry. A dry run without --apply.

    Keys are kept as hashes. What is there already is found again, so that a run that ended early is run once more.
    Exit code 1: some could not be made.

    \b
    tiergate migrate run partners --stage prod
    tiergate migrate run partners --stage prod --apply --reason "contract 4711"
    tiergate migrate run partners --csv keys.csv --plan 7x8y9z=orders/gold --apply
    tiergate migrate run partners --hashes hashes.csv --offer orders/gold --apply
    """
    _refuse_together(csv_file, hashes, offer)
    bundle = compiled(checked(policies, environment_of(stage)))
    catalogue = Catalogue.of(bundle)
    _refuse_switched_off(bundle, f"{policies / 'platform.yaml'} lacks imported_keys: true")
    if hashes:
        brought, origin = hashed_keys(_text(hashes), str(hashes), offer), hashes.name
    elif csv_file:
        brought, origin = _of_csv(source, csv_file, dict(plans), offer, policies), csv_file.name
    else:
        brought, origin = _of_account(source, dict(plans), policies)
    sold = {name: product.apis for name, product in catalogue.products.items()}
    _refuse_unknown(brought, catalogue)
    whose = partners(brought, sold)
    target = Target.find(stage)
    _refuse_undeployed(target, whose)
    registry = target.registry(catalogue.products)
    engine = PartnerImport(registry, reason=reason or f"migrated from {origin}", dry=not apply, again=again)
    outcomes = [engine.bring(each) for each in watched("Partners", whose.partners)]
    if as_json:
        emit(_document(whose, outcomes, apply))
    else:
        _tell(whose, outcomes, apply)
    if any(each.failure for each in outcomes):
        raise SystemExit(1)


def _refuse_together(csv_file: Path | None, hashes: Path | None, offer: Offer | None) -> None:
    if csv_file and hashes:
        raise click.UsageError("--csv goes with no --hashes; run it once for each")
    if offer and not (csv_file or hashes):
        raise click.UsageError(
            "--offer is for keys of a file: --csv or --hashes; --plan says what a usage plan stands for"
        )


def _of_account(source: MigrationSource, plans: Mapping[str, Offer], policies: Path) -> tuple[tuple[Brought, ...], str]:
    account, found = source.read(policies)
    offers = {**_migrated(found, found.offers.keys() - plans.keys(), policies), **_known(plans, account)}
    apis = sorted({stage.api for stage in account.stages})
    return tuple(of_account(account, offers, source.by)), f"REST API {listed(apis)} of {account.region}"


def _of_csv(
    source: MigrationSource, file: Path, plans: Mapping[str, Offer], offer: Offer | None, policies: Path
) -> tuple[Brought, ...]:
    """The account is asked only where the file names usage plans that --plan does not."""
    text = _text(file)
    named = plans_named(text, str(file))
    offers = plans
    if not named <= plans.keys():
        found = source.read(policies)[1]
        offers = {**_migrated(found, named - plans.keys(), policies), **plans}
    return native_keys(text, str(file), offers, offer)


def _migrated(found: Proposal, ids: Collection[str], policies: Path) -> Mapping[str, Offer]:
    """What usage plans became. Names that changed in the account since would give keys the limits of others."""
    offers = {id_: offer for id_, offer in found.offers.items() if id_ in ids}
    told = [*strangers(offers, found.region, policies)]
    if told:
        raise click.ClickException(
            "\n".join(told) + "\nGive the same choices as for the policies, or say what a usage plan stands for with "
            "--plan ID=PRODUCT/PLAN; nothing was written"
        )
    return offers


def _known(plans: Mapping[str, Offer], account: RestAccount) -> Mapping[str, Offer]:
    unknown = sorted(plans.keys() - {plan.id for plan in account.plans})
    if unknown:
        raise click.BadParameter(f"there is no usage plan {', '.join(unknown)}", param_hint="--plan")
    return plans


def _text(path: Path) -> str:
    try:
        return text_of(path, LARGEST)
    except Malformed as error:
        raise Faults([Fault(str(path), error.line, error.message)]) from None


def _refuse_switched_off(bundle: Mapping[str, Any], told: str) -> None:
    if not bundle["platform"].get("imported_keys"):
        raise click.ClickException(
            f"{told}: keys from elsewhere would be refused; tiergate migrate run policies --apply adds it, then deploy"
        )


def _refuse_unknown(brought: Sequence[Brought], catalogue: Catalogue) -> None:
    """Before anything is written: each would fail alone otherwise."""
    offers = sorted({offer for each in brought for offer in each.offers})
    missing = [
        "/".join(offer)
        for offer in offers
        if offer[0] not in catalogue.products or offer[1] not in catalogue.products[offer[0]].plans
    ]
    if missing:
        raise click.ClickException(
            f"the policies lack {', '.join(missing)}: write them with tiergate migrate run policies --apply, or "
            "say what stands for a usage plan with --plan ID=PRODUCT/PLAN"
        )


def _refuse_undeployed(target: Target, whose: Partners) -> None:
    """Partners who subscribe to what does not run, or whose keys are not asked for, would be refused."""
    try:
        bundle = running(target)
    except RunningUnknown as error:
        click.echo(f"note: whether the policies are deployed is not known: {error}", err=True)
        return
    _refuse_switched_off(bundle, f"what runs at {target.stage} lacks imported_keys: true")
    offers = sorted({offer for each in whose.partners for offer in each.offers})
    missing = ["/".join(each) for each in offers if each[1] not in bundle["products"].get(each[0], {}).get("plans", ())]
    if missing:
        raise click.ClickException(f"{target.stage} does not offer {', '.join(missing)} yet; deploy the policies first")


def _counts(outcomes: Sequence[Imported]) -> dict[str, int]:
    made = Counter(step.kind for each in outcomes for step in each.steps)
    return {kind: made[kind] for kind in KINDS}


def _document(whose: Partners, outcomes: Sequence[Imported], applied: bool) -> dict[str, Any]:
    named = {each.ref: each for each in whose.partners}
    return {
        "applied": applied,
        "counts": _counts(outcomes) | {"failed": sum(bool(each.failure) for each in outcomes)},
        "partners": [
            {
                "key": each.ref,
                "organization": named[each.ref].organization,
                "application": named[each.ref].application,
                "steps": [f"{step.kind} {step.what}" for step in each.steps],
                "notes": list(each.notes),
                "failure": each.failure,
            }
            for each in outcomes
        ],
        "left": [{"key": each.ref, "why": each.why} for each in whose.left],
    }


def _tell(whose: Partners, outcomes: Sequence[Imported], applied: bool) -> None:
    named = {each.ref: each for each in whose.partners}
    told = [each for each in outcomes if each.steps or each.notes or each.failure]
    for each in told[:MOST_ROWS]:
        whom = f"{named[each.ref].organization}, {named[each.ref].application}"
        steps = ", ".join(f"{step.kind} {step.what}" for step in each.steps) or "nothing new"
        click.echo(printable(f"{each.ref}  {whom}: {steps}"))
        for note in each.notes:
            click.echo(f"  - {printable(note)}")
    if len(told) > MOST_ROWS:
        click.echo(f"and {len(told) - MOST_ROWS} more: --json lists all")
    for left in whose.left:
        click.echo(printable(f"{left.ref}  {left.why}"), err=True)
    failed = [each for each in outcomes if each.failure]
    for each in failed:
        click.echo(printable(f"{each.ref}  not made: {each.failure}"), err=True)
    made = ", ".join(counted(count, kind) for kind, count in _counts(outcomes).items() if count)
    there = sum(not each.steps and not each.failure for each in outcomes)
    verb = "made" if applied else "would be made"
    click.echo(
        f"{made or 'nothing'} {verb}; {there} of {counted(len(outcomes), 'key')} there already; {len(failed)} failed"
    )
    if not applied and made:
        click.echo("Nothing was written. To write: --apply")
