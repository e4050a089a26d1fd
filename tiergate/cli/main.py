"""``tiergate``: policies, partners and deployments from the command line."""

from dataclasses import asdict
from pathlib import Path

import click

from tiergate.cli.local import local
from tiergate.cli.output import Commands, emit, table
from tiergate.cli.target import STAGES, Target
from tiergate.domain.keys import ID_LENGTH, PATTERN
from tiergate.policy.add import add_api
from tiergate.policy.check import checked
from tiergate.policy.schema import nearest
from tiergate.policy.source import Faults

policies_option = click.option(
    "--policies",
    type=click.Path(path_type=Path),
    default=Path("policies"),
    show_default=True,
    help="The policy folder.",
)
stage_option = click.option(
    "--stage",
    type=click.Choice(STAGES),
    default="local",
    envvar="TIERGATE_STAGE",
    show_default=True,
    help="The deployment to work on; all but local with your ordinary AWS credentials and region.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for scripts.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tiergate")
def main() -> None:
    """API management for Amazon API Gateway HTTP APIs.

    \b
    tiergate check                                   are the policies right?
    tiergate api add pets --openapi pets.yaml --upstream https://pets.example
    tiergate onboard --org "Acme" --product open-banking --plan free
    tiergate status                                  what runs, and where?
    """


main.add_command(local)


@main.command()
@policies_option
@json_option
def check(policies: Path, as_json: bool) -> None:
    """Check the policy files: every fault at once, with file and line.

    \b
    tiergate check
    tiergate check --policies other/policies --json
    """
    try:
        found = checked(policies)
    except Faults as faults:
        if as_json:
            emit([asdict(fault) for fault in faults.faults])
        raise
    counts = {
        "apis": len(found.apis),
        "operations": sum(len(api.operations) for api in found.apis.values()),
        "products": len(found.products),
        "plans": len(found.plans),
    }
    if as_json:
        emit(counts)
    else:
        told = (f"{count} {name if count != 1 else name.removesuffix('s')}" for name, count in counts.items())
        click.echo(f"{policies}: no faults in {', '.join(told)}")


@main.group()
def api() -> None:
    """APIs behind the gateway."""


@api.command("add")
@click.argument("name")
@click.option("--openapi", type=click.Path(path_type=Path), required=True, help="Its OpenAPI 3.0 or 3.1 document.")
@click.option("--upstream", required=True, help="Where its calls go: https://…, http://… or lambda:<name or ARN>.")
@click.option("--version", default="v1", show_default=True, help="The part of the address behind the name.")
@click.option("--owner", help="Who answers for it. Default: the platform's support contact.")
@click.option("--product", help="List it in this product, so that subscribers of the product can call it.")
@policies_option
@json_option
def add(
    name: str,
    openapi: Path,
    upstream: str,
    version: str,
    owner: str | None,
    product: str | None,
    policies: Path,
    as_json: bool,
) -> None:
    """Wrap an existing API by its OpenAPI document, which is taken as it is.

    \b
    tiergate api add museum --openapi museum.yaml --upstream https://museum.example/api
    tiergate api add museum --openapi museum-2.json --upstream https://museum.example/v2 \\
        --version v2 --product open-banking
    """
    added = add_api(policies, name, document=openapi, upstream=upstream, version=version, owner=owner, product=product)
    if as_json:
        emit({"folder": str(added.folder), "operations": added.operations, "product": added.in_product})
        return
    click.echo(f"{added.folder}: {added.operations} operations at /{name}/{version}")
    if added.in_product is None:
        click.echo(
            f"Next: list {name}/{version} under apis: in a file of {policies}/products, so that it can be called."
        )
    click.echo("Then deploy: make up (local), or cdk deploy --all")


@main.command()
@click.option("--org", required=True, help="The new customer's name.")
@click.option("--product", required=True, help="A product of the policies: its file's name.")
@click.option("--plan", required=True, help="One of the plans that the product offers.")
@policies_option
@stage_option
@json_option
def onboard(org: str, product: str, plan: str, policies: Path, stage: str, as_json: bool) -> None:
    """Make organization, application, subscription and key in one go. The key is shown once.

    \b
    tiergate onboard --org "Acme" --product open-banking --plan free
    tiergate onboard --org "Acme" --product open-banking --plan free --stage prod --json
    """
    found = checked(policies)
    if product not in found.products:
        raise click.BadParameter(f'there is no "{product}"{nearest(product, found.products)}', param_hint="--product")
    offered = found.products[product].value.plans
    if plan not in offered:
        raise click.BadParameter(f'{product} does not offer "{plan}"{nearest(plan, offered)}', param_hint="--plan")
    target = Target.find(stage)
    made = target.registry().onboard(name=org, product=product, plan=plan)
    if as_json:
        emit(
            {
                "organization": made.organization,
                "application": made.application,
                "subscription": made.subscription.id,
                "product": product,
                "plan": plan,
                "endpoint": target.endpoint,
                "key": {"id": made.key.id, "secret": made.key.text},
            }
        )
        return
    click.echo(f"organization  {made.organization}")
    click.echo(f"application   {made.application}")
    click.echo(f"subscription  {made.subscription.id}  ({product}, {plan})")
    click.echo(f"key           {made.key.text}")
    click.echo("This is the only time that the key is shown. It is sent in the X-Api-Key header.")


@main.group()
def key() -> None:
    """API keys."""


@key.command("list")
@click.option("--org", help="Only the keys of this organization (its id).")
@stage_option
@json_option
def list_keys(org: str | None, stage: str, as_json: bool) -> None:
    """List keys by id; the keys themselves are kept nowhere.

    \b
    tiergate key list
    tiergate key list --org acme --json
    """
    found = [
        {
            "id": credential.id,
            "organization": organization,
            "application": credential.application,
            "state": credential.state,
            "created": credential.created,
        }
        for organization, credential in Target.find(stage).registry().credentials(org)
    ]
    if as_json:
        emit(found)
    else:
        table(["ID", "ORGANIZATION", "APPLICATION", "STATE", "CREATED"], [list(row.values()) for row in found])


@key.command()
@click.argument("key_id")
@click.option("--reason", default="", help="Kept in the audit entry.")
@stage_option
@json_option
def revoke(key_id: str, reason: str, stage: str, as_json: bool) -> None:
    """Make a key useless for good, everywhere within 60 seconds.

    KEY_ID is what `tiergate key list` shows: the part of a key between its second and third underscore. A whole key
    does as well.

    \b
    tiergate key revoke 1k2B3c4D5e6F --reason "found in a public repository"
    """
    whole = PATTERN.fullmatch(key_id)
    key_id = whole[2] if whole else key_id
    if len(key_id) != ID_LENGTH or not (key_id.isascii() and key_id.isalnum()):
        raise click.BadParameter(f"a key's id has {ID_LENGTH} letters and digits", param_hint="KEY_ID")
    changed = Target.find(stage).registry().revoke(key_id, reason=reason)
    if as_json:
        emit({"id": key_id, "state": "revoked", "changed": changed})
    else:
        click.echo(f"{key_id} is revoked" if changed else f"{key_id} was revoked before")


@main.command()
@stage_option
@json_option
def status(stage: str, as_json: bool) -> None:
    """Say what is deployed, and where. Exit code 3: nothing.

    \b
    tiergate status
    tiergate status --stage prod --json
    """
    target = Target.find(stage)
    document = {
        "endpoint": target.endpoint,
        "region": target.region,
        "stage": target.stage,
        "outputs": target.outputs,
        "logs": target.logs,
    }
    if target.demo is not None:
        document["demo"] = {"url": target.demo.url, "keys": target.demo.keys}
    if as_json:
        emit(document)
        return
    click.echo(f"endpoint  {target.endpoint}\nregion    {target.region}\nlogs      {target.logs}")
    for stack in target.outputs:
        click.echo(f"stack     {stack}")
