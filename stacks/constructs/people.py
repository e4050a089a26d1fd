"""The user pool of the people who use the portal: they sign up, sign in and out at pages of Cognito's own."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from stacks.constructs.function import PythonFunction
from stacks.constructs.nag import acknowledge
from stacks.settings import Settings

ACCESS, SESSION, GRACE = Duration.minutes(15), Duration.hours(12), Duration.seconds(60)
"""How long an access token is good, how long a person stays signed in, and how long a refresh token that was renewed
is still good: two tabs may renew at once."""

TRIGGER_TIMEOUT = 5
"""Seconds: what Cognito waits for a trigger."""

LIMITS = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["LIMIT#*"]}}
"""Of the registry, what the trigger may write: how often people have signed up."""


class People(Construct):
    """``domains``: mail domains that may sign up; empty for all. ``trigger``: the package that refuses the others.

    ``url``: the tokens' issuer. ``login``: the address of Cognito's pages and endpoints.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        registry: dynamodb.Table,
        domains: Sequence[str],
        trigger: Path,
    ) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self.sign_up = self._sign_up(registry, domains, trigger)
        self.pool = self._pool()
        self._domain = self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"{settings.prefix}-portal-{Stack.of(self).account}"
            ),
            managed_login_version=None if settings.local else cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
        )

    @property
    def url(self) -> str:
        return f"https://{self.pool.user_pool_provider_name}"

    @property
    def login(self) -> str:
        return self._settings.emulator if self._settings.local else self._domain.base_url()

    @property
    def arn(self) -> str:
        return self.pool.user_pool_arn

    def client(self, portal: str) -> cognito.UserPoolClient:
        """The one that the portal's pages are, at the address ``portal``. It has no secret: pages cannot keep one."""
        client = self.pool.add_client(
            "Pages",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(custom=True),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE],
                callback_urls=[f"{portal}/signed-in"],
                logout_urls=[f"{portal}/signed-out"],
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            access_token_validity=ACCESS,
            id_token_validity=ACCESS,
            refresh_token_validity=SESSION,
            refresh_token_rotation_grace_period=GRACE,
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
            write_attributes=cognito.ClientAttributes().with_standard_attributes(email=True, fullname=True),
        )
        if not self._settings.local:
            cognito.CfnManagedLoginBranding(
                self,
                "Branding",
                user_pool_id=self.pool.user_pool_id,
                client_id=client.user_pool_client_id,
                use_cognito_provided_values=True,
            )
        return client

    def _sign_up(self, registry: dynamodb.Table, domains: Sequence[str], asset: Path) -> PythonFunction:
        function = PythonFunction(
            self,
            "SignUp",
            settings=self._settings,
            name="sign_up",
            asset=asset,
            environment={"REGISTRY_TABLE": registry.table_name, "SIGN_UP_DOMAINS": ",".join(domains)},
            memory=256,
            timeout=TRIGGER_TIMEOUT,
        )
        function.allow("dynamodb:UpdateItem", on=registry.table_arn, conditions=LIMITS)
        return function

    def _pool(self) -> cognito.UserPool:
        kept = self._settings.retain
        pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=True,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            keep_original=cognito.KeepOriginalAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            feature_plan=cognito.FeaturePlan.ESSENTIALS,
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=12, require_digits=True, require_lowercase=True, require_symbols=True, require_uppercase=True
            ),
            lambda_triggers=cognito.UserPoolTriggers(pre_sign_up=self.sign_up.function),
            deletion_protection=kept,
            removal_policy=RemovalPolicy.RETAIN if kept else RemovalPolicy.DESTROY,
        )
        acknowledge(pool, "AwsSolutions-COG2", "A second factor is each person's choice; partners are not employees.")
        acknowledge(
            pool, "AwsSolutions-COG3", "Threat protection is of Cognito's Plus plan; SECURITY.md says how to add it."
        )
        acknowledge(
            pool, "AwsSolutions-COG8", "Threat protection is of Cognito's Plus plan; SECURITY.md says how to add it."
        )
        return pool
