"""A platform's colours as custom properties, which the styles of the portal use."""

from tiergate.policy.portal import Colours


def brand(colours: Colours) -> bytes:
    """The styles; colours have been checked for contrast."""
    return f":root {{ --accent: light-dark({colours.accent}, {colours.accent_dark}); }}\n".encode()
