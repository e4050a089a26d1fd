"""Which deployment a command works on: the local one, or a stage in the AWS account of the caller's credentials."""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tiergate.adapters.cognito import UserPool
from tiergate.adapters.registry import Registry
from tiergate.domain.catalogue import Product
from tiergate.local import aws, session
from tiergate.local.place import Place
from tiergate.local.state import Demo
from tiergate.policy.issuers import TOKEN_MINUTES

if TYPE_CHECKING:
    from botocore.config import Config

LOCAL = "local"
STAGES = (LOCAL, "dev", "staging", "prod")
NO_PRODUCTS: Mapping[str, Product] = MappingProxyType({})
NO_ISSUERS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
USER_POOL = "user-pool"


def environment_of(stage: str) -> str:
    """Whose policies a stage has: the local one those of ``dev``."""
    return "dev" if stage == LOCAL else stage


def local_place() -> Place:
    """Where the local deployment keeps its files."""
    return Place.of_machine()


class NotDeployed(Exception):
    """There is nothing at the stage; the text says how to get it there."""


@dataclass(frozen=True, slots=True)
class Target:
    """A deployment that answers. ``aws_endpoint`` is the emulator's, None for AWS itself.

    ``access_log``: a file, or on AWS a log group; ``logs``: what local functions print, empty on AWS.
    """

    stage: str
    env: str
    region: str
    aws_endpoint: str | None
    outputs: Mapping[str, Mapping[str, str]]
    access_log: str
    logs: str = ""
    demo: Demo | None = None

    @classmethod
    def find(cls, stage: str) -> "Target":
        """The deployment of a stage.

        Raises
        ------
        NotDeployed
            Nothing runs locally, or the account and region have no such stacks.
        """
        return cls._local() if stage == LOCAL else cls._aws(stage)

    @classmethod
    def _local(cls) -> "Target":
        running = session.status(local_place())
        if running is None:
            raise NotDeployed("nothing runs locally; start it with: make up")
        target = cls(
            LOCAL,
            running.stage,
            running.region,
            running.endpoint,
            running.outputs,
            str(running.access_log),
            str(running.log),
            running.demo,
        )
        target.output("gateway", "ApiId")
        return target

    @classmethod
    def _aws(cls, stage: str) -> "Target":
        region = aws.client("cloudformation").meta.region_name
        outputs = aws.stack_outputs(stage)
        target = cls(stage, stage, region, None, outputs, "")
        return cls(stage, stage, region, None, outputs, target.output("gateway", "AccessLogGroup"))

    @property
    def endpoint(self) -> str:
        """The gateway's own address, without a slash at the end."""
        if self.aws_endpoint is not None:
            return aws.api_url(self.aws_endpoint, self.output("gateway", "ApiId"))
        return self.output("gateway", "Endpoint")

    @property
    def portal(self) -> str:
        """The portal's address; empty where there is none."""
        return self.outputs.get(f"tiergate-{self.env}-portal", {}).get("PortalUrl", "")

    def output(self, stack: str, key: str) -> str:
        """One output of one stack."""
        try:
            return self.outputs[f"tiergate-{self.env}-{stack}"][key]
        except KeyError:
            mend = "make up" if self.stage == LOCAL else f"cdk deploy --all -c stage={self.stage}"
            raise NotDeployed(
                f"the {stack} stack of {self.stage} is not deployed in {self.region}; deploy it with: {mend}"
            ) from None

    def client(self, service: str, config: "Config | None" = None) -> Any:
        return aws.client(service, endpoint=self.aws_endpoint, region=self.region, config=config)

    @property
    def issuer(self) -> str:
        """The name of the issuer whose user pool is deployed; empty where none is."""
        return self.outputs.get(f"tiergate-{self.env}-{USER_POOL}", {}).get("Issuer", "")

    def user_pool(self, issuers: Mapping[str, Mapping[str, Any]] = NO_ISSUERS) -> UserPool | None:
        """What makes OAuth clients, where there is one. ``issuers``: how long their tokens last, among other things."""
        if not self.issuer:
            return None
        terms = issuers.get(self.issuer, {}).get("cognito", {})
        return UserPool(
            lambda: self.client("cognito-idp"),
            self.output(USER_POOL, "UserPoolId"),
            issuer=self.issuer,
            resource_server=self.output(USER_POOL, "ResourceServer"),
            token_url=self.output(USER_POOL, "TokenUrl"),
            token_minutes=terms.get("token_minutes", TOKEN_MINUTES),
        )

    def registry(
        self,
        products: Mapping[str, Product] = NO_PRODUCTS,
        issuers: Mapping[str, Mapping[str, Any]] = NO_ISSUERS,
    ) -> Registry:
        """The registry, changes signed with the caller's AWS identity.

        ``products``: what may be subscribed to. ``issuers``: whose clients can be made or linked.
        """
        actor = (
            f"local:{getpass.getuser()}"
            if self.stage == LOCAL
            else str(self.client("sts").get_caller_identity()["Arn"])
        )
        table = self.output("data", "RegistryTable")
        return Registry(
            self.client("dynamodb"),
            table,
            env=self.env,
            actor=actor,
            products=products,
            issuers=issuers.keys(),
            pool=self.user_pool(issuers),
        )
