"""Header fields that the site is served with, wherever it is served."""

from collections.abc import Mapping, Sequence

DEVICES = ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb")

FIELDS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{device}=()" for device in DEVICES),
}
"""Beside the content security policy."""

ANSWERS = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""The policy of what APIs answer on the portal's own address: opened as a page, it can do nothing there."""

UNSAFE = (
    *("Set-Cookie", "Clear-Site-Data", "Service-Worker-Allowed", "NEL", "Report-To", "Reporting-Endpoints"),
    *("Alt-Svc", "Accept-CH", "Refresh", "WWW-Authenticate"),
)
"""What APIs' answers lose there: most of these hold for all of an address, not for the answer that has them. CloudFront
takes away ten fields at most."""


def content_security_policy(connect: Sequence[str] = ()) -> str:
    """``connect``: origins that the pages may speak to beside their own, such as the one that signs people in."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            " ".join(["connect-src 'self'", *connect]),
            "manifest-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )
