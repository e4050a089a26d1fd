"""The User pool stack: it gives OAuth clients their access tokens, where a policy asks for one."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from stacks.constructs.nag import acknowledge
from stacks.settings import Settings


class UserPoolStack(Stack):
    """``name`` and ``issuer``: an issuer of the bundle that is ``pooled``. Nobody signs in: clients get tokens by their
    own secrets (RFC 6749, 4.4).

    ``url`` and ``jwks``: what the authorizer is told of it.
    """

    def __init__(
        self, scope: Construct, id_: str, *, settings: Settings, name: str, issuer: Mapping[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        pool = self._pool(settings)
        domain = pool.add_domain(
            "Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=f"{settings.prefix}-{self.account}")
        )
        wanted = issuer["cognito"]
        server = pool.add_resource_server(
            "ResourceServer",
            identifier=wanted["resource_server"],
            user_pool_resource_server_name="Tiergate",
            scopes=[
                cognito.ResourceServerScope(scope_name=scope, scope_description=f"{scope} of an API")
                for scope in wanted["scopes"]
            ],
        )
        self.url = f"https://{pool.user_pool_provider_name}"
        if settings.local:
            self.jwks = f"{settings.emulator}/{pool.user_pool_id}/.well-known/jwks.json"
            tokens = f"{settings.emulator}/oauth2/token"
        else:
            self.jwks = f"{self.url}/.well-known/jwks.json"
            tokens = f"{domain.base_url()}/oauth2/token"
        CfnOutput(self, "UserPoolId", value=pool.user_pool_id)
        CfnOutput(self, "Issuer", value=name)
        CfnOutput(self, "IssuerUrl", value=self.url)
        CfnOutput(self, "TokenUrl", value=tokens)
        CfnOutput(self, "ResourceServer", value=server.user_pool_resource_server_id)

    def _pool(self, settings: Settings) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            account_recovery=cognito.AccountRecovery.NONE,
            feature_plan=cognito.FeaturePlan.LITE,
            password_policy=cognito.PasswordPolicy(
                min_length=16, require_digits=True, require_lowercase=True, require_symbols=True, require_uppercase=True
            ),
            deletion_protection=settings.retain,
            removal_policy=RemovalPolicy.RETAIN if settings.retain else RemovalPolicy.DESTROY,
        )
        acknowledge(pool, "AwsSolutions-COG2", "It has no users who could sign in, with one factor or two.")
        acknowledge(pool, "AwsSolutions-COG3", "It guards sign-in by users, and this pool has none.")
        acknowledge(pool, "AwsSolutions-COG8", "It guards sign-in by users, and this pool has none.")
        return pool


def pooled(bundle: Mapping[str, Any]) -> str | None:
    """The name of the issuer that a user pool is to be made for; None where the policies have none."""
    return next((name for name, issuer in bundle.get("issuers", {}).items() if "cognito" in issuer), None)
