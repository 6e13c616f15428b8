"""The condition: waits, as owner of a mutex, for a signal of somebody else who owns it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable, Optional

from . import _lockword
from ._contexts import PRIORITIES, ThreadContext
from ._locklayout import Lock, Owner, Wait
from ._locks import Blueprint, Locks, Row
from ._lockword import Sleeper, Wish
from .errors import Closed

if TYPE_CHECKING:
    from ._mutex import Mutex


UNNAMED = "condition"
"""What a condition is called that was asked for without a name."""

_FOR_EVER = Wish(None, PRIORITIES["normal"], None)


class Condition:
    """Waits inside a mutex for what others do inside it. Made by :meth:`Mutex.condition`.

    The words are those of ``threading.Condition``, among processes. **Sharing.** Any thread of any
    process that owns the mutex. Wake-ups without cause happen (a death among the waiters wakes them
    all), so wait in a loop or with :meth:`wait_for`. **Errors.** :class:`RuntimeError` without the
    mutex; :class:`Closed`, :class:`NotRecoverableError`, and then the mutex is not owned any more.

    >>> with mutex:
    ...     not_empty.wait_for(lambda: queue_length() > 0)
    """

    def __init__(self, locks: Locks, row: Row, mutex: Mutex) -> None:
        self._locks = locks
        self._row = row
        self._mutex = mutex
        self._word = Wait.pack(Wait.CONDITION, row.index)

    def _abandon(self, context: ThreadContext) -> None:
        """Nobody owns a condition."""

    @property
    def name(self) -> str:
        """The condition's name among the locks: ``<mutex>/<name>``."""
        return self._row.name

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Releases the mutex, waits for a signal, owns the mutex again; false after ``timeout`` seconds without one.

        The mutex comes back as often as it was owned. If an owner died in the meantime, the hold's
        ``owner_died`` says so from now on.
        """
        return self._wait(_lockword.wish(timeout))

    def wait_for(self, predicate: Callable[[], bool], timeout: Optional[float] = None) -> bool:
        """Waits until ``predicate`` holds, at most ``timeout`` seconds; whether it does."""
        wanted = _lockword.wish(timeout)
        while not predicate():
            if wanted.deadline is not None and time.monotonic_ns() >= wanted.deadline:
                return False
            self._wait(wanted)
        return True

    def _wait(self, wanted: Wish) -> bool:
        context = self._mutex._check_owner("wait")
        if self._mutex._row.words.get(self._mutex._row.at) & Owner.D:
            raise RuntimeError(
                f"an owner died inside: lock={self._mutex.name}; call mark_consistent() before wait, which releases it"
            )
        with self._locks.contexts.acting():
            sleeper = Sleeper(self._locks, self._row, context, self._word, wanted, time.monotonic_ns())
            holds = self._mutex._suspend(context)
            signalled = False
            try:
                signalled = self._sleep(sleeper)
            finally:
                sleeper.withdraw()
                sleeper.end()
                self._mutex._resume(context, holds, _FOR_EVER)
            return signalled

    def _sleep(self, sleeper: Sleeper) -> bool:
        contexts, context = self._locks.contexts, sleeper.context
        while not contexts.granted(context):
            if Owner.lost(self._mutex._row.words.get(self._mutex._row.at)):
                return False  # who acquires it is told
            why = sleeper.over()
            if why == "closed":
                raise Closed(contexts.closed)
            if why == "time-out":
                withdrawn = sleeper.withdraw()
                if withdrawn:
                    self._row.count(Lock.TIMEOUTS)
                return not withdrawn
            sleeper.sleep()
        return True

    def notify(self, n: int = 1) -> None:
        """Wakes those that have waited longest, ``n`` of them if there are as many."""
        self._mutex._check_owner("notify")
        contexts = self._locks.contexts
        waiting = contexts.waiters(self._row.index, (Wait.CONDITION,))
        for waiter in sorted(waiting, key=lambda waiter: contexts.since(waiter.index)):
            if n <= 0:
                return
            if contexts.grant(waiter):
                contexts.signal(waiter.index, waiter.handle)
                n -= 1

    def notify_all(self) -> None:
        """Wakes everybody who waits."""
        self.notify(self._locks.segment.tables.contexts)

    def __repr__(self) -> str:
        return f"<holdfast.Condition {self.name} of {self._mutex.name}>"


def blueprint(name: str, mutex: Row) -> Blueprint:
    """What :meth:`Mutex.condition` asks for."""
    return Blueprint(name, Lock.CONDITION, 0, 0, mutex.index)


__all__ = ["UNNAMED", "Condition", "blueprint"]
