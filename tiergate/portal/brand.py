"""What of a portal looks like the platform: colours as custom properties, the icon of its window, and its manifest."""

import json

from tiergate.domain.site_files import kind_of
from tiergate.policy.portal import Colours

LINES = "M10 10h12M10 16h12M10 22h7"


def brand(colours: Colours) -> bytes:
    """The styles; colours have been checked for contrast."""
    return f":root {{ --accent: light-dark({colours.accent}, {colours.accent_dark}); }}\n".encode()


def mark(colours: Colours) -> bytes:
    """The icon, as SVG, of a platform that has no logo."""
    square = f'<rect width="32" height="32" rx="8" fill="{colours.accent}"/>'
    lines = f'<path d="{LINES}" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{square}{lines}</svg>\n'.encode()


def manifest(title: str, icon: str) -> bytes:
    """The web app manifest: the portal's name, and the address of its icon."""
    shown = {"src": icon, "sizes": "any", "type": kind_of(icon).partition(";")[0]}
    told = {"name": title, "short_name": title, "start_url": "/", "display": "browser", "icons": [shown]}
    return json.dumps(told, ensure_ascii=False).encode()
