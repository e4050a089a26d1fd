"""What a person reads of a simulation, and its verdict."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tiergate.domain.limits import OFF

Figures = Mapping[str, Any]

COLUMNS = (
    ("requests", "requests", "{:,}"),
    ("over", "over_admission", "{:,}"),
    ("waste", "waste", "{:.3%}"),
    ("calls/admitted", "calls_per_request", "{:.3f}"),
    ("calls/any", "calls_per_any_request", "{:.3f}"),
    ("denied in error", "denied_in_error", "{:.3%}"),
    ("net", "admitted_fewer", "{:.3%}"),
)
NAME = 46


def heading() -> str:
    return f"{'scenario':<{NAME}}" + "".join(f"{title:>16}" for title, _, _ in COLUMNS)


def line(name: str, figures: Figures) -> str:
    """One scenario's."""
    return f"{name:<{NAME}}" + "".join(f"{form.format(figures[key]):>16}" for _, key, form in COLUMNS)


def table(scenarios: Mapping[str, Figures]) -> str:
    return "\n".join([heading(), *(line(name, figures) for name, figures in scenarios.items())])


def serialized(result: Mapping[str, Any]) -> str:
    """JSON with one line a scenario."""
    scenarios = ",\n".join(f'    "{name}": {json.dumps(each)}' for name, each in result["scenarios"].items())
    about = json.dumps({key: value for key, value in result.items() if key != "scenarios"}, indent=2)
    return f'{about[:-2]},\n  "scenarios": {{\n{scenarios}\n  }}\n}}'


def over_admitting(scenarios: Mapping[str, Figures]) -> Sequence[str]:
    """The scenarios that admitted above a limit that their mode holds."""
    return [name for name, each in scenarios.items() if each["mode"] != OFF and each["over_admission"]]
