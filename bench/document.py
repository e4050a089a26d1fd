"""``python -m bench.document``: puts the results' figures into ``docs/performance.md``."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.cost import prices
from bench.report import OTHER, shown, zipped

RESULTS = Path(__file__).parent / "results"
DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: python -m bench.document -->", "<!-- end of figures -->"

Figures = Mapping[str, Any]

TITLES = {
    "floor": "a handler that returns a constant (the floor)",
    "floor_polling_thread": "the same, polled from a thread",
    "authorizer_leased": "authorizer, leased",
    "authorizer_exact": "authorizer, exact",
    "authorizer_tls": "authorizer, exact, over TLS",
    "authorizer_tls_source": "the same, deployed without bytecode",
    "authorizer_token": "authorizer, leased, with a token that it knows",
    "authorizer_token_rs256": "the same, with new tokens, by RS256",
    "authorizer_token_es256": "the same, with new tokens, by ES256",
    "authorizer_token_tls": "authorizer, leased, with a token that it knows, over TLS",
    "proxy": "managed proxy, 2 KB of JSON",
    "usual_authorizer": "the usual authorizer (Powertools, boto3)",
}


def write_document() -> None:
    """Renew the figures between the document's marks; the rest is written by hand."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{figures(RESULTS)}\n{END}{after}", encoding="utf-8")


def figures(results: Path) -> str:
    """What a folder of results says, as Markdown."""
    path = json.loads((results / "request_path.json").read_text(encoding="utf-8"))
    sections = [*_request_path(path), *_beside(path), *_money(path), *_targets(path)]
    simulated = results / "simulation.json"
    if simulated.is_file():
        sections += _simulation(json.loads(simulated.read_text(encoding="utf-8")))
    return "\n".join(sections)


def _request_path(path: Figures) -> Iterator[str]:
    machine, versions = path["machine"], path["versions"]
    where = f"{machine['cores']} cores of {machine['processor']} ({machine['architecture']})"
    yield "## The request path\n"
    yield (
        f"`{path['command']}` on {path['date'][:10]}: {path['rounds']} rounds of {path['requests']:,} calls, on "
        f"{where}, load {machine['load_before'][0]} before, Python {versions['python']}, awslambdaric "
        f"{versions['awslambdaric']}. Median, least and greatest of the rounds.\n"
    )
    yield from _table(
        ("function", "CPU µs a call", "× floor", "cold start, CPU ms", "memory, MiB", "zipped, KB"),
        (
            (
                TITLES[name],
                shown(path[f"{name}_us"], 0),
                shown(path["ratio_to_floor"][name], 2),
                shown(path["cold_cpu_ms"][name], 0),
                f"{path['rss_mib'][name]['median']:.1f}",
                zipped(path, name),
            )
            for name in TITLES
            if name in path["ratio_to_floor"]
        ),
    )


def _beside(path: Figures) -> Iterator[str]:
    """Another checkout's authorizer, where one was measured in the same rounds."""
    compared = path.get("request_to_other", {})
    if compared:
        yield "## Beside another checkout\n"
        yield "Its authorizer by key, in the same rounds; the last columns are ours by its, round by round.\n"
        heads = (
            "function",
            "CPU µs a call",
            "× floor",
            "cold start, CPU ms",
            "zipped, KB",
            "CPU now ×",
            "cold start now ×",
        )
        yield from _table(
            heads,
            (
                (
                    TITLES[f"authorizer_{name.removeprefix(OTHER)}"],
                    shown(path[f"{name}_us"], 0),
                    shown(path["ratio_to_floor"][name], 2),
                    shown(path["cold_cpu_ms"][name], 0),
                    zipped(path, name),
                    shown(ratio, 3),
                    shown(path["cold_to_other"][name], 2),
                )
                for name, ratio in compared.items()
            ),
        )


def _money(path: Figures) -> Iterator[str]:
    yield "## A million calls, in USD\n"
    yield f"By the prices of {prices()['date']} in `bench/prices.json`, for admitted calls.\n"
    heads = ("way, mode", "API Gateway", "functions", "DynamoDB", "**total**", "with access log", "Lambda's own lines")
    yield from _table(
        heads,
        (
            (
                name,
                *(f"{bill[part]:.2f}" for part in ("gateway", "functions", "dynamodb")),
                f"**{bill['total']:.2f}**",
                f"{bill['with_access_log']:.2f}",
                f"+{bill['platform_logs']:.2f} unless off",
            )
            for name, bill in path["usd_parts"].items()
        ),
    )


def _targets(path: Figures) -> Iterator[str]:
    yield "## Targets\n"
    yield from _table(
        ("what", "target", "measured", ""),
        (
            (
                each["what"],
                f"{each['bound']} {each['limit']:g} {each['unit']}".rstrip(),
                shown(each["measured"], 2),
                each["verdict"],
            )
            for each in path["targets"]
        ),
    )


def _simulation(simulation: Figures) -> Iterator[str]:
    scenarios = {name: each for name, each in simulation["scenarios"].items() if each["mode"] != "off"}
    yield "## The simulation\n"
    yield (
        f"`{simulation['command']}` on {simulation['date'][:10]}: {len(scenarios)} scenarios with limits, by mode. "
        "`bench/results/simulation.json` has each.\n"
    )
    yield from _table(
        (
            "mode",
            "scenarios",
            "calls",
            "units admitted above a limit",
            "greatest waste",
            "store calls an admitted call",
        ),
        (
            _simulated(mode, [each for each in scenarios.values() if each["mode"] == mode])
            for mode in ("exact", "leased")
        ),
    )


def _simulated(mode: str, scenarios: list[Figures]) -> tuple[str, ...]:
    calls = sorted(each["calls_per_request"] for each in scenarios)
    return (
        mode,
        str(len(scenarios)),
        f"{sum(each['requests'] for each in scenarios):,}",
        str(sum(each["over_admission"] for each in scenarios)),
        f"{max(each['waste'] for each in scenarios):.2%}",
        f"{calls[len(calls) // 2]:.2f} ({calls[0]:.2f}-{calls[-1]:.2f})",
    )


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|---" + "|--:" * (len(heads) - 1) + "|"
    yield from ("| " + " | ".join(row) + " |" for row in rows)
    yield ""


if __name__ == "__main__":
    write_document()
    sys.stdout.write(f"written to {DOCUMENT}\n")
