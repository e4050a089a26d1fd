"""Simulated time: what happens when, and calls that wait for it in the middle."""

import heapq
import threading
from collections.abc import Callable
from itertools import count

STACK = 256 * 1024
"""Bytes for a waiting call: a thousand may wait at once."""


class Ended(BaseException):
    """Told to calls that wait when the run ends by an error."""


class Timeline:
    """Events in the order of their times, those of one time in the order they were set.

    The code under test is synchronous, so a call that waits for the store keeps its thread, and another thread goes on
    with the events. Only one thread runs at a time and each hands over by name: a run is the same every time.
    """

    def __init__(self, now: int = 0) -> None:
        self.now = now
        self._events: list[tuple[int, int, Callable[[], None] | threading.Lock]] = []
        self._number = count()
        self._idle: list[threading.Lock] = []
        self._over = threading.Event()
        self._error: BaseException | None = None

    def at(self, time: int, do: Callable[[], None]) -> None:
        """Have something done at a time, microseconds, that is not past."""
        heapq.heappush(self._events, (time, next(self._number), do))

    def wait(self, until: int) -> None:
        """Let everything happen that comes before ``until``; to be called from what is being done."""
        if self._events and self._events[0][0] <= until:
            turn = _taken()
            heapq.heappush(self._events, (until, next(self._number), turn))
            self._go_on()
            turn.acquire()
            if self._over.is_set():
                raise Ended
        self.now = until

    def run(self) -> None:
        """Until nothing is left to happen. Raises what was raised by what was done."""
        before = threading.stack_size(STACK)
        try:
            self._go_on()
            self._over.wait()
        finally:
            threading.stack_size(before)
        if self._error is not None:
            raise self._error

    def _go_on(self) -> None:
        if self._idle:
            self._idle.pop().release()
        else:
            threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self) -> None:
        turn = _taken()
        try:
            while self._events and not self._over.is_set():
                self.now, _, do = heapq.heappop(self._events)
                if callable(do):
                    do()
                else:
                    self._idle.append(turn)
                    do.release()
                    turn.acquire()
        except Ended:
            return
        except BaseException as error:
            self._error = error
        self._end()

    def _end(self) -> None:
        if not self._over.is_set():
            self._over.set()
            waiting = [do for _, _, do in self._events if not callable(do)]
            for turn in (*self._idle, *waiting):
                turn.release()


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock
