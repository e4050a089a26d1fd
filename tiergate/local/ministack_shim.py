"""MiniStack's main, with one wait mended. Runs in `.venv-ministack`, so it must not import tiergate.

    python ministack_shim.py --port 4600 [--tethered]

MiniStack waits up to 50 ms after each invocation for log lines of a function that printed none
(`lambda_runtime.Worker._drain_stderr_bounded`): 110 ms a request instead of 10. A line that comes later than
the shorter wait is not lost: it counts as the next invocation's.
"""

import argparse
import importlib
import os
import signal
import sys
import threading
import time

FIRST_LINE_WAIT, IDLE_CONFIRM, HARD_CAP = 0.003, 0.001, 0.25
TETHER_GRACE_SECONDS = 5


def end_with_starter() -> None:
    """End this process group when the process that started it is gone (its end of our stdin is closed)."""
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(TETHER_GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", required=True, help="also marks the command line, by which it is found again")
    parser.add_argument("--tethered", action="store_true")
    arguments = parser.parse_args()
    os.environ["GATEWAY_PORT"] = arguments.port
    if arguments.tethered:
        threading.Thread(target=end_with_starter, daemon=True).start()

    lambda_runtime = importlib.import_module("ministack.core.lambda_runtime")
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (FIRST_LINE_WAIT, IDLE_CONFIRM, HARD_CAP)
    sys.argv = ["ministack"]
    importlib.import_module("ministack.app").main()


if __name__ == "__main__":
    main()
