"""The Portal stack: where partners serve themselves. Its site, its API and the gateway have one address."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from stacks.assets import packed, stage
from stacks.constructs.people import People
from stacks.constructs.portal_api import NAME, PortalApi
from stacks.constructs.site import Site
from stacks.settings import Settings
from tiergate.portal.download import GATEWAY


class PortalStack(Stack):
    """``site``: the folder that is served. ``rules``: who may sign up, and what keys without a sign-up open.

    ``gateway``: the HTTP API that partners call; ``endpoint``: its address, as they use it. ``catalogue``: the
    published document, as packages hold it. ``out``: where the functions' packages are staged.

    What it is made of hangs together in one order: the APIs, CloudFront in front of them, the client that may send
    people back to CloudFront's address, and the routes that take that client's tokens.

    Raises
    ------
    AssetError
        `stage` or `installed` raises it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        bundle: Mapping[str, Any],
        catalogue: str,
        rules: Mapping[str, Any],
        site: Path,
        gateway: api.HttpApi,
        endpoint: str,
        registry: dynamodb.Table,
        usage: dynamodb.Table,
        records: dynamodb.Table,
        out: Path,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        self._settings = settings
        self.people = People(
            self,
            "People",
            settings=settings,
            registry=registry,
            domains=rules["sign_up"]["domains"],
            trigger=stage("sign_up", out),
        )
        portal = PortalApi(self, "Api", settings=settings)
        pages = Site(self, "Site", settings=settings, portal=portal.gateway, gateway=gateway, login=self.people.login)
        client = self.people.client(pages.url)
        trial = {"TRY": json.dumps(rules["try"], separators=(",", ":"))} if rules["try"] else {}
        self.gateway = portal.gateway
        self.function = portal.serve(
            self.people,
            client,
            asset=stage(NAME, out, packed(bundle), catalogue=catalogue),
            environment={"PORTAL_URL": pages.url, **trial},
            registry=registry,
            usage=usage,
            records=records,
        )
        trying = {"try": GATEWAY} if pages.trying else {}
        config = {"stage": settings.stage, "gateway": endpoint, **trying, "auth": self._auth(client)}
        pages.publish(site, config, stage("site", out))
        CfnOutput(self, "PortalUrl", value=pages.url)
        CfnOutput(self, "UserPoolId", value=self.people.pool.user_pool_id)
        CfnOutput(self, "ClientId", value=client.user_pool_client_id)
        CfnOutput(self, "SiteBucket", value=pages.bucket.bucket_name)
        CfnOutput(self, "DistributionId", value=pages.distribution.distribution_id)
        CfnOutput(self, "DomainTarget", value=pages.distribution.distribution_domain_name)

    def _auth(self, client: cognito.UserPoolClient) -> Mapping[str, str]:
        """Where the pages send people and tokens."""
        login, issuer = self.people.login, self.people.url
        keys = f"{login}/{self.people.pool.user_pool_id}" if self._settings.local else issuer
        return {
            "issuer": issuer,
            "client_id": client.user_pool_client_id,
            "authorize": f"{login}/oauth2/authorize",
            "sign_up": f"{login}/signup",
            "token": f"{login}/oauth2/token",
            "revoke": f"{login}/oauth2/revoke",
            "logout": f"{login}/logout",
            "jwks": f"{keys}/.well-known/jwks.json",
        }
