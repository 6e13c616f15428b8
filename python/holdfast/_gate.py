"""Where the threads of this process that want the same lock queue, so that one at a time waits in shared memory."""

from __future__ import annotations

import heapq
import threading
import time
from typing import Optional

from ._contexts import LEVEL_NANOS

_LOOK_UP_SECONDS = 0.5


class _Place:
    """A thread in the queue. Its turnstile opens when it is admitted, or to make it look up."""

    def __init__(self, priority: int, arrival: int, ticket: int) -> None:
        self.priority = priority
        self.order = (arrival, ticket)
        self.admitted = False
        self.turnstile = threading.Semaphore(0)

    def __lt__(self, other: _Place) -> bool:
        return self.order < other.order


class LocalGate:
    """Lets one thread in at a time, by virtual arrival as in shared memory.

    **Sharing.** Any thread of this process. A thread that owns a lock does not queue here: it may be
    part of a deadlock, and those are found in shared memory. **Cost.** Only who has to wait comes here.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """At the start and in a forked child: nobody is here."""
        self._guard = threading.Lock()
        self._taken = False
        self._queue: list[_Place] = []
        self._tickets = 0
        self._closed = False

    def enter(self, since: int, priority: int, deadline: Optional[int]) -> Optional[str]:
        """Queues until it is this thread's turn: None, and then :meth:`leave`; else why not."""
        with self._guard:
            if self._closed:
                return "closed"
            if not self._taken:
                self._taken = True
                return None
            self._tickets += 1
            place = _Place(priority, since - LEVEL_NANOS * priority, self._tickets)
            heapq.heappush(self._queue, place)
        try:
            while not place.admitted:
                left = None if deadline is None else deadline - time.monotonic_ns()
                why = "closed" if self._closed else "time-out" if left is not None and left <= 0 else None
                if why and self._give_up(place):
                    return why
                place.turnstile.acquire(timeout=_LOOK_UP_SECONDS if left is None else min(_LOOK_UP_SECONDS, max(left, 0) / 1e9))
            return None
        except BaseException:
            if not self._give_up(place):
                self.leave()
            raise

    def _give_up(self, place: _Place) -> bool:
        """Leaves the queue; false when it was admitted in the meantime."""
        with self._guard:
            if place.admitted:
                return False
            self._queue.remove(place)
            heapq.heapify(self._queue)
            return True

    def leave(self) -> None:
        """Lets the next one in."""
        with self._guard:
            self._taken = bool(self._queue)
            if self._queue:
                place = heapq.heappop(self._queue)
                place.admitted = True
                place.turnstile.release()

    def close(self) -> None:
        """Sends everybody away, now and later."""
        with self._guard:
            self._closed = True
            for place in self._queue:
                place.turnstile.release()

    def anybody_above(self, priority: int) -> bool:
        """Whether somebody of a higher priority queues."""
        with self._guard:
            return any(place.priority > priority for place in self._queue)

    def waiting(self) -> int:
        """How many queue."""
        with self._guard:
            return len(self._queue)
