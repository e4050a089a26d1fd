"""Contrast of colours, as WCAG 2.2 measures it (1.4.3: text needs 4.5:1)."""

import re

TEXT = 4.5
HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
GROUNDS = {"light": "#eef0f4", "dark": "#1d212b"}
"""What the portal's text stands on where contrast with it is least, by theme (portal/styles/tokens.css)."""

Channels = tuple[int, int, int]


def contrast(one: str, other: str) -> float:
    """Between 1 and 21; the order does not matter."""
    low, high = sorted((_luminance(_channels(one)), _luminance(_channels(other))))
    return (high + 0.05) / (low + 0.05)


def nearest(colour: str, ground: str, least: float = TEXT) -> str:
    """The colour itself where its contrast is enough; else the first that is, on its way to black or white."""
    channels, end = _channels(colour), 0 if _luminance(_channels(ground)) > 0.18 else 255
    for step in range(256):
        mixed = _hex(tuple(round(each + (end - each) * step / 255) for each in channels))
        if contrast(mixed, ground) >= least:
            return mixed
    return _hex((end, end, end))


def _channels(colour: str) -> Channels:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _hex(channels: tuple[int, ...]) -> str:
    return "#" + "".join(f"{each:02x}" for each in channels)


def _luminance(channels: Channels) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    red, green, blue = (_linear(each / 255) for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
