"""The Lambda functions that APIs have as upstreams: those of ``lambdas/`` are deployed, other people's only named."""

from collections.abc import Iterable
from pathlib import Path

from constructs import Construct

from stacks.assets import stage
from stacks.constructs.function import PythonFunction
from stacks.serving import Serving, folders
from stacks.settings import Settings


class UpstreamFunctions:
    """One function for each name that a served API has as its upstream (``lambda:<name>``)."""

    def __init__(
        self, scope: Construct, *, settings: Settings, apis: Iterable[Serving], out: Path, timeout: int
    ) -> None:
        self.functions = {
            name: PythonFunction(
                scope,
                f"Upstream-{name}",
                settings=settings,
                name=name,
                asset=stage(name, out / "upstreams"),
                environment={},
                memory=256,
                timeout=timeout,
            )
            for name in folders(apis)
        }

    def arn(self, function: str) -> str:
        """The ARN of a function that is named as in the policies."""
        deployed = self.functions.get(function)
        return deployed.function.function_arn if deployed else function
