"""A key of KMS that secrets are derived with and that never leaves it."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms

from stacks.settings import Settings


def mac_key(stack: Stack, id_: str, *, settings: Settings, alias: str, description: str) -> kms.Key:
    """``alias``: below the stage's. It stays where the stage retains: without it nothing is derived a second time."""
    return kms.Key(
        stack,
        id_,
        alias=f"tiergate/{settings.stage}/{alias}",
        description=description,
        key_spec=kms.KeySpec.HMAC_256,
        key_usage=kms.KeyUsage.GENERATE_VERIFY_MAC,
        pending_window=None if settings.retain else Duration.days(7),
        removal_policy=RemovalPolicy.RETAIN if settings.retain else RemovalPolicy.DESTROY,
    )
