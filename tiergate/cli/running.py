"""The policies that run at a deployment."""

from collections.abc import Mapping
from typing import Any

from tiergate.adapters.deployed import DeployedUnreadable, deployed_bundle
from tiergate.cli.target import NotDeployed, Target
from tiergate.domain.catalogue import FORMAT


class RunningUnknown(Exception):
    """What runs cannot be read; the text says why."""


def running(target: Target) -> Mapping[str, Any]:
    """The compiled policies that the deployed functions were given.

    Raises
    ------
    RunningUnknown
        The deployment does not give them, or they are of another format.
    """
    try:
        function = target.output("gateway", "AuthorizerName")
        bundle = deployed_bundle(target.client("lambda"), function, local=target.aws_endpoint is not None)
    except NotDeployed:
        raise RunningUnknown(
            f"{target.stage} was deployed by a version of Tiergate that does not say where its policies are; deploy it "
            "once with this version"
        ) from None
    except DeployedUnreadable as error:
        raise RunningUnknown(str(error)) from None
    if bundle.get("format") != FORMAT:
        raise RunningUnknown(
            f"{target.stage} runs policies of format {bundle.get('format')}, and this version of Tiergate writes "
            f"{FORMAT}"
        )
    return bundle
