"""The keys that identity tokens for upstreams are signed with, and the routes that publish them."""

from pathlib import Path

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_kms as kms
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration

from stacks.constructs.function import PythonFunction
from stacks.constructs.nag import acknowledge
from stacks.settings import Settings
from tiergate.domain.identity import BASE, JWKS, METADATA

PATHS = (BASE + JWKS, BASE + METADATA)
"""Below the issuer's address, where verifiers look for them (OpenID Connect Discovery, 4)."""

TIMEOUT = 10
"""Seconds for three reads of KMS."""


class IdentityKeys:
    """``signing``: the ARN of the key of a number. The one before it is published too, as tokens that it signed are
    still good when the number is raised; and the next one, as by then every verifier must know it.

    ``issuer``: the tokens' ``iss``.
    """

    def __init__(self, stack: Stack, *, settings: Settings, number: int, issuer: str) -> None:
        self._stack, self._settings = stack, settings
        self.issuer = issuer
        self._keys = [self._key(each) for each in (number, number - 1, number + 1) if each]

    @property
    def signing(self) -> str:
        return self._keys[0].key_arn

    def publish(self, gateway: api.HttpApi, asset: Path) -> None:
        """Serve their public halves to everybody."""
        function = PythonFunction(
            self._stack,
            "Jwks",
            settings=self._settings,
            name="jwks",
            asset=asset,
            environment={
                "IDENTITY_KEYS": self._stack.to_json_string([key.key_arn for key in self._keys]),
                "IDENTITY_ISSUER": self.issuer,
            },
            memory=256,
            timeout=TIMEOUT,
        )
        for key in self._keys:
            function.allow("kms:GetPublicKey", on=key.key_arn)
        integration = HttpLambdaIntegration("Jwks", function.function, timeout=Duration.seconds(TIMEOUT))
        for path in PATHS:
            (route,) = gateway.add_routes(path=path, methods=[api.HttpMethod.GET], integration=integration)
            acknowledge(route, "AwsSolutions-APIG4", "Public keys are for everybody who is shown a token.")

    def _key(self, number: int) -> kms.Key:
        return kms.Key(
            self._stack,
            f"IdentityKey{number}",
            alias=f"tiergate/{self._settings.stage}/identity-{number}",
            description="Tiergate signs with it the tokens that tell upstreams who calls.",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            pending_window=None if self._settings.retain else Duration.days(7),
            removal_policy=RemovalPolicy.RETAIN if self._settings.retain else RemovalPolicy.DESTROY,
        )
