"""Plots as SVG, without a library: panels with axes, in colours that follow the reader's light or dark."""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape

Points = Sequence[tuple[float, float]]
Scale = Callable[[float], float]

LIGHT = {
    "card": "#f8fafc",
    "edge": "#e2e8f0",
    "ink": "#0f172a",
    "soft": "#475569",
    "grid": "#e2e8f0",
    "blue": "#2563eb",
    "amber": "#d97706",
    "grey": "#94a3b8",
    "red": "#dc2626",
    "band": "#fee2e2",
}
DARK = {
    "card": "#0f172a",
    "edge": "#334155",
    "ink": "#f1f5f9",
    "soft": "#a8b4c5",
    "grid": "#273449",
    "blue": "#7ab0ff",
    "amber": "#fbbf24",
    "grey": "#64748b",
    "red": "#f87171",
    "band": "#43202a",
}
FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"


class Plot:
    """A card with a title, to draw on; lengths are pixels from its upper left corner."""

    def __init__(self, title: str, about: str, width: int, height: int) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-labelledby="title about" font-family="{FONT}" font-size="13">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="about">{escape(about)}</desc>',
            f"<style>{_style()}</style>",
            f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="14" class="card"/>',
        ]
        self.text(28, 36, title, size=17, bold=True)
        self.text(28, 58, about, colour="soft")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        colour: str = "ink",
        anchor: str = "start",
        size: int = 13,
        bold: bool = False,
    ) -> None:
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="f-{colour}" text-anchor="{anchor}" font-size="{size}"{weight}>'
            f"{escape(text)}</text>"
        )

    def line(self, points: Points, colour: str, *, width: float = 2, dashes: str = "") -> None:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._parts.append(f'<path d="{path}" class="s-{colour}" stroke-width="{width}"{dashed}/>')

    def dot(self, x: float, y: float, colour: str, *, ring: bool = False) -> None:
        style = f"s-{colour} hollow" if ring else f"f-{colour}"
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="{style}" stroke-width="2"/>')

    def band(self, x: float, y: float, width: float, height: float) -> None:
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="f-band"/>')

    def svg(self) -> str:
        return "\n".join([*self._parts, "</svg>", ""])


class Panel:
    """An area of a plot with a scale each way; grid lines and their labels are drawn at once."""

    def __init__(self, plot: Plot, box: tuple[float, float, float, float], across: Scale, up: Scale) -> None:
        """``box``: left, top, width, height; ``across`` and ``up`` give 0 to 1."""
        self.plot = plot
        self.left, self.top, self.width, self.height = box
        self._across, self._up = across, up

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.left + self.width * self._across(x), self.top + self.height * (1 - self._up(y))

    def rows(self, labels: Iterable[tuple[float, str]], *, named: bool = True) -> None:
        """A line across at each value, with its label on the left."""
        for value, label in labels:
            y = self.at(0, value)[1]
            self.plot.line([(self.left, y), (self.left + self.width, y)], "grid", width=1)
            if named:
                self.plot.text(self.left - 9, y + 4, label, colour="soft", anchor="end", size=12)

    def columns(self, labels: Iterable[tuple[float, str]], *, lines: bool = False) -> None:
        """A label below each value, and a line up from it where asked for."""
        bottom = self.top + self.height
        for value, label in labels:
            x, _ = self.at(value, 0)
            if lines:
                self.plot.line([(x, self.top), (x, bottom)], "grid", width=1)
            self.plot.text(x, bottom + 20, label, colour="soft", anchor="middle", size=12)

    def across(self, value: float, colour: str, dashes: str = "5 4") -> None:
        """A dashed line across at a value."""
        y = self.at(0, value)[1]
        self.plot.line([(self.left, y), (self.left + self.width, y)], colour, width=1.5, dashes=dashes)

    def curve(self, points: Points, colour: str, *, dots: bool = False, width: float = 2) -> None:
        placed = [self.at(x, y) for x, y in points]
        self.plot.line(placed, colour, width=width)
        if dots:
            for x, y in placed:
                self.plot.dot(x, y, colour)


def linear(low: float, high: float) -> Scale:
    return lambda value: (value - low) / (high - low)


def logarithmic(low: float, high: float) -> Scale:
    """What is less than ``low`` lies at it."""
    return lambda value: math.log(max(value, low) / low) / math.log(high / low)


def _style() -> str:
    return f"{_rules(LIGHT)} .hollow{{fill:none}} @media (prefers-color-scheme:dark){{{_rules(DARK)}}}"


def _rules(colours: dict[str, str]) -> str:
    return f".card{{fill:{colours['card']};stroke:{colours['edge']}}} " + " ".join(
        f".f-{name}{{fill:{value}}} .s-{name}{{stroke:{value};fill:none;stroke-linejoin:round;stroke-linecap:round}}"
        for name, value in colours.items()
    )
