"""The portal's site, put into its bucket when CloudFormation says so. ``docs/portal.md`` explains it."""

import traceback
from typing import Any

import boto3
from botocore.config import Config

from lambdas.site.archive import ArchiveRefused
from lambdas.site.publish import Incomplete, Publisher, Site
from tiergate.adapters.custom_resource import Event, is_request, refuse, succeed
from tiergate.adapters.telemetry import log

PATIENCE = Config(
    connect_timeout=5, read_timeout=20, max_pool_connections=16, retries={"mode": "standard", "total_max_attempts": 4}
)
PUBLISHER = Publisher(boto3.client("s3", config=PATIENCE), boto3.client("cloudfront", config=PATIENCE))


def handler(event: Event, _context: Any) -> None:
    """Answers CloudFormation whatever happens.

    Raises
    ------
    ValueError
        It is not CloudFormation that asks.
    OSError
        CloudFormation did not take the answer.
    """
    if not is_request(event):
        raise ValueError("only CloudFormation publishes the site; deploy with: cdk deploy --all")
    reason = _done(event)
    if reason:
        refuse(event, reason)
    else:
        succeed(event)


def _done(event: Event) -> str:
    """Empty where it is done; else why not."""
    try:
        site = Site.of(event["ResourceProperties"])
        if event["RequestType"] != "Delete":
            PUBLISHER.publish(site, event["RequestId"])
        elif site.emptied:
            PUBLISHER.empty(site.bucket)
    except (ArchiveRefused, Incomplete) as error:
        return f"the portal's site: {error}"
    except Exception as error:
        log("ERROR", "the site was not published", trace=traceback.format_exc())
        return f"the portal's site: {type(error).__name__}; the log of the function that publishes it has more"
    return ""
