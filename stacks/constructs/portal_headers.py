"""Header fields at the portal's address: of its pages, and of what APIs answer there."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from stacks.settings import Settings
from tiergate.portal.headers import ANSWERS, FIELDS, UNSAFE, content_security_policy

YEAR = Duration.days(365)

OWN_SETTINGS = ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy")
"""Fields that CloudFront takes by settings of their own."""


def page_headers(scope: Construct, settings: Settings, login: str) -> cloudfront.ResponseHeadersPolicy:
    """Those of the pages, whatever the bucket says. ``login``: where people sign in, which the pages speak to."""
    security = cloudfront.ResponseSecurityHeadersBehavior(
        content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
            content_security_policy=content_security_policy([login]), override=True
        ),
        content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
        frame_options=cloudfront.ResponseHeadersFrameOptions(
            frame_option=cloudfront.HeadersFrameOption.DENY, override=True
        ),
        referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
            referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
        ),
        strict_transport_security=_strict_transport(settings),
    )
    others = [
        cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
        for name, value in FIELDS.items()
        if name not in OWN_SETTINGS
    ]
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "PageHeaders",
        response_headers_policy_name=_name(scope, settings, "pages"),
        security_headers_behavior=security,
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(custom_headers=others),
    )


def answer_headers(scope: Construct, settings: Settings) -> cloudfront.ResponseHeadersPolicy:
    """Those of APIs' answers: opened as a page, one can do nothing to the portal's."""
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "AnswerHeaders",
        response_headers_policy_name=_name(scope, settings, "answers"),
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy=ANSWERS, override=True
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            strict_transport_security=_strict_transport(settings),
        ),
        remove_headers=[*UNSAFE],
    )


def _name(scope: Construct, settings: Settings, what: str) -> str:
    """CloudFront is the account's, not the region's."""
    return f"{settings.prefix}-{Stack.of(scope).region}-portal-{what}"


def _strict_transport(settings: Settings) -> cloudfront.ResponseHeadersStrictTransportSecurity | None:
    if settings.local:
        return None
    return cloudfront.ResponseHeadersStrictTransportSecurity(access_control_max_age=YEAR, override=True)
