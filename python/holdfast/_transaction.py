"""Transactions: mutexes taken together, in any order, without deadlocks."""

from __future__ import annotations

import contextlib
import os
from typing import Callable, Optional, TypeVar

from . import _tickets
from ._locks import Locks
from ._mutex import Hold, Mutex
from .errors import Closed, DeadlockError, TransactionDiedError

T = TypeVar("T")


class Transaction:
    """Mutexes of one thread that are given back together. Made by :meth:`Space.transaction`.

    Of two transactions that want what the other owns, the younger one gives way: it releases everything
    and begins again, with the ticket that it has. So each becomes the oldest in time, and gets through.

    **Sharing.** The thread that made it; threads of all processes, in any language, take part. Every
    mutex for which the thread waits meanwhile obeys the policy. Read-write locks, semaphores and owners
    outside of transactions are waited for as ever, and deadlock detection watches over them.
    **Lifetime.** One a thread, until :meth:`close` or the end of its ``with`` block, which release what
    is still owned. If its process dies, its ticket means nothing. **Errors.**
    :class:`TransactionDiedError` from :meth:`lock` when it has to give way, and :class:`DeadlockError`;
    :meth:`run` begins again after both.

    >>> space.transaction().run(lambda tx: (tx.lock(a), tx.lock(b), move(amount)))
    """

    def __init__(self, locks: Locks, policy: str) -> None:
        if policy not in _tickets.POLICIES:
            raise ValueError(f"bad policy: policy={policy!r}; one of {', '.join(_tickets.POLICIES)}")
        self._locks = locks
        self._pid = os.getpid()
        self._closed = False
        self._owned: dict[Mutex, Hold] = {}
        self._contended: Optional[Mutex] = None
        self.restarts = 0
        """How often it gave way."""
        with locks.contexts.acting() as context:
            if context.ticket or context.held:
                raise RuntimeError(
                    "a transaction begins with nothing owned: "
                    f"in_transaction={bool(context.ticket)}, owned={len(context.held)}; close or release that first"
                )
            self._context = context
            _tickets.draw(locks.contexts, context, policy)

    @property
    def ticket(self) -> int:
        """Its number: lower is older. The same over all its restarts."""
        self._check()
        return _tickets.number(self._context)

    # ---- taking --------------------------------------------------------------------------------

    def lock(self, mutex: Mutex, timeout: Optional[float] = None) -> Hold:
        """Takes a mutex for this transaction, or gives again what it owns already.

        Raises :class:`TransactionDiedError` if the transaction has to give way, and what
        :meth:`Mutex.acquire` does; the others are owned still.
        """
        self._check()
        if mutex._locks is not self._locks:
            raise ValueError(f"mutex is of another space: lock={mutex.name}; take both from the same space")
        if self._context.gave_way:
            raise TransactionDiedError(
                f"the transaction has to begin again before it takes another lock: lock={mutex.name}, "
                f"ticket={self.ticket}; restart()"
            )
        known = self._owned.get(mutex)
        if known is not None and not known._released:
            return known
        try:
            self._owned[mutex] = hold = mutex.acquire(timeout)
        except (TransactionDiedError, DeadlockError):
            self._contended = mutex
            raise
        return hold

    # ---- giving way ----------------------------------------------------------------------------

    def restart(self) -> None:
        """Releases everything, waits for the mutex that could not be had, and takes it.

        What the caller changed it has undone before. A mutex whose earlier owner died and that was not
        declared consistent is left to the next one, who is told.
        """
        self._check()
        self._release_all(lambda mutex, hold: mutex._give_up(hold))
        if self._context.held:
            raise RuntimeError(
                f"a transaction begins again with nothing owned: ticket={self.ticket}, "
                f"owned={len(self._context.held)}; release what was not taken through it"
            )
        first, direct = self._contended, self._context.died_at
        self._forget_giving_way()
        self.restarts += 1
        with self._locks.contexts.acting():
            _tickets.begin_again(self._locks.contexts, self._context, self.restarts)
        if first is not None:
            self.lock(first)
        elif direct is not None:
            direct._give_up(direct.acquire())  # whoever takes it again wants to be told then

    def _forget_giving_way(self) -> None:
        self._contended = None
        self._context.gave_way = False
        self._context.died_at = None

    # ---- all of it -----------------------------------------------------------------------------

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Does the work, again and again until it did not have to give way, and closes; what it returned.

        The work takes its locks through what it is given, and leaves nothing half done when
        :meth:`lock` raises: it runs again from its beginning.
        """
        with self:
            while True:
                try:
                    result = work(self)
                    if not self._context.gave_way:
                        return result
                except (TransactionDiedError, DeadlockError):
                    if not self._context.gave_way:
                        raise  # another space's
                self.restart()

    def close(self) -> None:
        """Releases what is still owned; the second call does nothing. In a forked child it is the parent's."""
        if self._closed or self._pid != os.getpid():
            return
        contexts, context = self._locks.contexts, self._context
        if contexts.closed:
            self._closed = True  # who closed the space left everything as a dead owner would
            return
        self._check()
        self._closed = True
        try:
            self._release_all(lambda _, hold: hold.release())
        finally:
            self._forget_giving_way()
            with contextlib.suppress(Closed), contexts.acting():
                _tickets.give_back(contexts, context)

    def _release_all(self, release: Callable[[Mutex, Hold], None]) -> None:
        while self._owned:
            mutex, hold = self._owned.popitem()  # the last one first
            if not hold._released:
                release(mutex, hold)

    def _check(self) -> None:
        if self._closed or self._pid != os.getpid() or self._locks.contexts.current() is not self._context:
            raise RuntimeError(
                f"not in this transaction: closed={self._closed}; only the thread that made it may use it"
            )

    def __enter__(self) -> Transaction:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
