"""API keys of API Gateway that stand for subscriptions: nobody is given one, the REST authorizer names it itself.

A key's value is made of its subscription's id by a secret root that KMS alone can make again. So whoever finds a
subscription's id cannot call a REST API by it, even one that takes keys from a header by mistake.
"""

import hmac

ROOT = b"tiergate native API keys"
"""The message whose MAC by the stage's key (HMAC_SHA_256) is the root."""


def native_value(root: bytes, subscription: str) -> str:
    """64 characters, as API Gateway takes 20 to 128. ``root``: 32 secret bytes."""
    return hmac.digest(root, subscription.encode(), "sha256").hex()


def value_mark(root: bytes, subscription: str) -> str:
    """Tells one value from another and nothing of either: no subscription has the id that it is made of."""
    return native_value(root, f"mark of {subscription}")[:12]
