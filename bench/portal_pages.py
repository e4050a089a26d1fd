"""``python -m bench.portal_pages``: when a page of the portal shows itself, and how much moves, on a slow phone.

Chromium with a quarter of this machine's processor, 1.6 Mbit/s and 150 ms, which is Lighthouse's slow 4G; nothing is in
its cache. Largest contentful paint and cumulative layout shift as https://web.dev/articles/vitals defines them.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench import BenchError
from bench.machine import machine
from bench.report import spread
from tests.portal.browser import PHONE, Visit
from tests.portal.demo_site import LARGE, Portal, demo_site
from tests.portal.scenes import READY_SCENES, Scene, nothing

RESULTS = Path(__file__).parent / "results" / "portal_pages.json"
MOST = {"lcp_ms": 2500, "cls": 0.01}
CPU_RATE, LATENCY_MS, BYTES_A_SECOND = 4, 150, 1_600_000 / 8
SCENES = [*READY_SCENES, Scene("large", "ready", f"/apis/{LARGE}", False, nothing)]
VITALS = """
() => new Promise((done) => {
  const found = {lcp_ms: 0, cls: 0};
  new PerformanceObserver((list) => { found.lcp_ms = list.getEntries().at(-1).startTime; })
    .observe({type: "largest-contentful-paint", buffered: true});
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) found.cls += each.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(found), 500);
})
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        figures = _figures(options.rounds)
    except BenchError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print(_table(figures))
    if options.rounds > 1:
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"\nwritten to {RESULTS}")
    return 0


def _figures(rounds: int) -> dict[str, Any]:
    found = shutil.which("chromium")
    if found is None:
        raise BenchError("Chromium is not installed: make chromium, as root on Debian, or apt-get install chromium")
    started = machine()
    samples: dict[str, list[dict[str, float]]] = {scene.page: [] for scene in SCENES}
    with (
        tempfile.TemporaryDirectory(prefix="tiergate-bench-") as folder,
        demo_site(Path(folder)) as portal,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        about = browser.version
        for number in range(rounds):
            for scene in SCENES:
                samples[scene.page].append(_vitals(browser, portal, scene))
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        browser.close()
    pages = {
        page: {
            "lcp_ms": spread([each["lcp_ms"] for each in taken], 0),
            "cls": spread([each["cls"] for each in taken], 4),
        }
        for page, taken in samples.items()
    }
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"python -m bench.portal_pages --rounds {rounds}",
        "machine": started,
        "versions": {"chromium": about},
        "profile": {"cpu": f"1/{CPU_RATE}", "latency_ms": LATENCY_MS, "bytes_a_second": BYTES_A_SECOND, "width": PHONE},
        "pages": pages,
        "targets": {
            name: {"most": most, "met": all(page[name]["median"] <= most for page in pages.values())}
            for name, most in MOST.items()
        },
    }


def _vitals(browser: Browser, portal: Portal, scene: Scene) -> dict[str, float]:
    """Of one first visit."""
    visits: list[Visit] = []
    context = browser.new_context()

    def slow(*, signed_in: bool, **given: Any) -> Visit:
        visits.append(Visit(context, portal.url, session=portal.session if signed_in else None, **given))
        tools = context.new_cdp_session(visits[-1].page)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_RATE})
        speed = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
        tools.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **speed})
        return visits[-1]

    seen = scene.open(slow, portal.fake, width=PHONE)
    measured: dict[str, float] = seen.page.evaluate(VITALS)
    seen.close()
    context.close()
    if seen.faults:
        raise BenchError(f"{scene.page}: {seen.faults[0]}")
    return measured


def _table(figures: dict[str, Any]) -> str:
    lines = [f"{'median (least-most)':<16}{'largest paint, ms':>24}{'layout shift':>16}"]
    for page, each in figures["pages"].items():
        lcp = each["lcp_ms"]
        shown = f"{lcp['median']:.0f} ({lcp['min']:.0f}-{lcp['max']:.0f})"
        lines.append(f"{page:<16}{shown:>24}{each['cls']['median']:>16.4f}")
    verdicts = (
        f"{name}, at most {each['most']:g}: {'met' if each['met'] else 'missed'}"
        for name, each in figures["targets"].items()
    )
    return "\n".join([*lines, "", *verdicts])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.portal_pages",
        description="Largest paint and layout shift of the portal's pages, slowed down.",
    )
    parser.add_argument("--rounds", type=int, default=3, help="visits of each page (default 3); one writes no result")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
