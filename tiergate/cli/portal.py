"""``tiergate portal``: the static site of the portal, built and looked at."""

import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tiergate.cli.options import json_option, policies_option, stage_option
from tiergate.cli.output import emit
from tiergate.cli.target import environment_of
from tiergate.governance.engine import NotInstalled
from tiergate.governance.grades import graded
from tiergate.local.place import Place
from tiergate.local.preview import server
from tiergate.policy.check import checked
from tiergate.policy.published import published
from tiergate.policy.source import Faults
from tiergate.portal.build import NoPortal, Site, build
from tiergate.portal.bundling import BundlingError

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(__file__).parents[2],
    help="The folder that has portal/ in it. Default: this project's.",
)


@click.group()
def portal() -> None:
    """The portal's static site."""


@portal.command("build")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The site's folder.")
@root_option
@policies_option
@stage_option
@json_option
def build_site(out: Path, root: Path, policies: Path, stage: str, as_json: bool) -> None:
    """Build the site into a folder, which is replaced as a whole. It stays where nothing has changed.

    cdk deploy does the same by itself.

    \b
    tiergate portal build --out build/site
    tiergate portal build --out build/site --stage prod
    """
    if out.exists() and any(out.iterdir()) and not (out / "index.html").is_file():
        raise click.BadParameter(f"{out} holds something else than a site; name another folder", param_hint="--out")
    site = _built(out, root, policies, stage)
    files = [file for file in site.folder.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    if as_json:
        emit({"folder": str(site.folder), "digest": site.digest, "files": len(files), "bytes": size})
    else:
        click.echo(f"{site.folder}: {len(files)} files, {size:,} bytes")


@portal.command()
@click.option("--port", type=click.IntRange(0, 65535), default=4700, show_default=True, help="0: a free one.")
@click.option("--api", default="", help="URL that answers /api/…; without it that is 503.")
@click.option("--gateway", default="", help="URL of the gateway, which answers /gateway/….")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="File to serve as /config.json.")
@click.option("--connect", multiple=True, help="Origin that pages may speak to, such as the sign-in's.")
@root_option
@policies_option
@stage_option
def serve(
    port: int,
    api: str,
    gateway: str,
    config: Path | None,
    connect: tuple[str, ...],
    root: Path,
    policies: Path,
    stage: str,
) -> None:
    """Serve the site on this machine, as it is when it is deployed; each page that is opened builds what has changed.

    \b
    tiergate portal serve
    tiergate portal serve --port 4800 --api http://127.0.0.1:4801
    """
    with tempfile.TemporaryDirectory() as folder:
        out, lock = Path(folder) / "site", threading.Lock()
        _built(out, root, policies, stage)

        def renewed() -> Path:
            with lock:
                try:
                    _built(out, root, policies, stage)
                except (Faults, click.ClickException) as error:
                    click.echo(f"The site stays as it was: {error}", err=True)
            return out

        upstreams = {"/api": api, "/gateway": gateway}
        try:
            serving = server(port, lambda: out, upstreams=upstreams, config=config, connect=connect, renew=renewed)
        except OSError as error:
            raise click.ClickException(f"port {port}: {error.strerror}; name another with --port") from None
        click.echo(f"http://127.0.0.1:{serving.server_address[1]}  (Ctrl+C ends it)")
        with serving:
            try:
                serving.serve_forever()
            except KeyboardInterrupt:
                click.echo()


def _built(out: Path, root: Path, policies: Path, stage: str) -> Site:
    """
    Raises
    ------
    Faults
        Of the policies.
    click.ClickException
        It cannot be built.
    """
    found, today = checked(policies, environment_of(stage)), datetime.now(UTC).date()
    try:
        cards = graded(found, policies / "governance", Place.of_machine().state / "cache" / "grades", today)
        catalogue: dict[str, Any] = published(found, {name: card.document() for name, card in cards.items()})
        return build(found, catalogue, out=out, root=root, today=today, report=_building)
    except (NoPortal, NotInstalled, BundlingError) as error:
        raise click.ClickException(str(error)) from None


def _building() -> None:
    if sys.stderr.isatty():
        click.echo("Building the portal ...", err=True)
