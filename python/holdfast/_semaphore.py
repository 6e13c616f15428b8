"""The semaphore: so many permits, each a word that names who has it, so that the dead give theirs back."""

from __future__ import annotations

import time
from typing import Optional

from . import _deadlock, _lockword
from ._contexts import ThreadContext
from ._locklayout import Context, Lock, Owner, Wait
from ._locks import Blueprint, Locks, Row
from ._lockword import Sleeper, Wish, wish
from ._mutex import lock_name, not_owner
from .errors import Closed


_PERMITS_MAX = 4096


class Permits:
    """Permits that this thread has, until :meth:`release` or the end of the ``with`` block.

    **Sharing.** Only the thread that acquired them. **Errors.** In a forked child they are the
    parent's: leaving its block there does nothing.
    """

    __slots__ = ("_cells", "_context", "_released", "_semaphore")

    def __init__(self, semaphore: Semaphore, context: ThreadContext, cells: list[int]) -> None:
        self._semaphore = semaphore
        self._context = context
        self._cells = cells
        self._released = False

    @property
    def count(self) -> int:
        """How many."""
        return len(self._cells)

    def release(self) -> None:
        """Gives them back; the second call does nothing."""
        if not self._released:
            self._semaphore._release(self)

    def __enter__(self) -> Permits:
        return self

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        try:
            self.release()
        except Closed:
            if kind is None:  # else the block's own exception says more
                raise

    def __repr__(self) -> str:
        return f"<holdfast.Permits {self._semaphore.name} count={self.count}>"


class Semaphore:
    """At most so many at a time, over all processes. Made by :meth:`Space.semaphore`.

    **Sharing.** Any thread of any process that has the space open, in any language. It is not
    reentrant: each :meth:`hold` takes more permits. **Lifetime.** The permits of a process that dies
    come back within half a second. **Cost.** A CAS a permit, from a start of one's own; a waiter takes
    only when it is the best one, so many permits are not starved by few. **Errors.**
    :class:`LockTimeoutError`, :class:`DeadlockError` (when everybody who has a permit waits),
    :class:`LimitExceeded` (contexts), :class:`Closed`.

    >>> with space.semaphore("gpu", 2).hold():
    ...     infer()
    """

    def __init__(self, locks: Locks, row: Row) -> None:
        self._locks = locks
        self._row = row
        self._word = Wait.pack(Wait.PERMIT, row.index)
        self._gate = locks.new_gate()
        self._taken: set[Permits] = set()
        locks.on_fork(self)

    def _forget(self) -> None:
        """In a forked child: whoever had permits, it was not this process."""
        for permits in self._taken:
            permits._released = True
        self._taken = set()

    @property
    def name(self) -> str:
        """The lock's name."""
        return self._row.name

    @property
    def permits(self) -> int:
        """How many there are in all."""
        return self._row.cells

    @property
    def available(self) -> int:
        """How many nobody living has, at this moment."""
        cells, contexts = self._owners(), self._locks.contexts
        return sum(not cell or contexts.dead(cell) for cell in cells)

    def hold(self, permits: int = 1, timeout: Optional[float] = None, priority: str = "normal") -> Permits:
        """Waits until so many permits are free, at most ``timeout`` seconds, and takes them together; 0 looks once.

        Raises :class:`LockTimeoutError` and what the class says.
        """
        self._check_count(permits)
        wanted = wish(timeout, priority)
        taken = self._acquire(permits, wanted)
        if taken is None:
            raise _lockword.timed_out(self._locks, self._row, wanted)
        return taken

    def try_hold(self, permits: int = 1) -> Optional[Permits]:
        """So many permits if they are to be had now, else None."""
        self._check_count(permits)
        return self._acquire(permits, wish(0))

    def _check_count(self, permits: object) -> None:
        if isinstance(permits, bool) or not isinstance(permits, int):
            raise TypeError(f"permits must be an int: permits={permits!r}")
        if not 1 <= permits <= self.permits:
            raise ValueError(f"so many permits cannot be had: lock={self.name}, asked={permits}, permits={self.permits}")

    # ---- acquire -------------------------------------------------------------------------------

    def _acquire(self, count: int, wanted: Wish) -> Optional[Permits]:
        with self._locks.contexts.acting() as context:
            cells = self._take_first(context, count)
            if cells is None and wanted.deadline == 0:
                self._row.count(Lock.TIMEOUTS)
                return None
            if cells is None:
                since = time.monotonic_ns()
                with _lockword.turn(self._locks, self._row, self._gate, context, wanted, since):
                    cells = self._wait(context, count, wanted, since)
            self._locks.contexts.note_held(context, self._word)
            token = self._row.at + Lock.TOKEN
            self._row.words.set(token, self._row.words.get(token) + 1)
            taken = Permits(self, context, cells)
            self._taken.add(taken)
            return taken

    def _take_first(self, context: ThreadContext, count: int) -> Optional[list[int]]:
        """Without having waited: not past those who wait for a strictly fair one."""
        if self._row.strictly_fair and self._row.words.get(self._row.at) & Owner.W:
            return None
        return self._take(context, count, prove=False)

    def _take(self, context: ThreadContext, count: int, prove: bool) -> Optional[list[int]]:
        """So many cells, or none of them."""
        words, contexts = self._row.words, self._locks.contexts
        owners, cells = self._owners(), list[int]()
        start = context.index * 7 % len(owners)
        free = [
            cell
            for cell in (*range(start, len(owners)), *range(start))
            if not owners[cell] or contexts.dead(owners[cell], prove)
        ]
        if len(free) < count:
            return None
        for cell in free:
            at = self._cell(cell)
            if words.compare_and_set(at, owners[cell], context.identity):
                cells.append(at)
                if owners[cell]:
                    self._row.count(Lock.OWNERS_DIED)
                if len(cells) == count:
                    return cells
        for at in cells:
            words.set(at, 0)
        self._signal_next(besides=context)  # a better one may have failed because of what we had for a moment
        return None

    def _wait(self, context: ThreadContext, count: int, wanted: Wish, since: int) -> list[int]:
        words, at = self._row.words, self._row.at
        self._locks.words.set(context.at + Context.AMOUNT, count)
        sleeper = Sleeper(self._locks, self._row, context, self._word, wanted, since)
        cells: Optional[list[int]] = None
        try:
            prove = False
            while True:
                words.fetch_or(at, Owner.W)
                cells = self._take_as_best(context, count, prove)
                if cells is not None:
                    break
                why = sleeper.over()
                if why:
                    report = _deadlock.report(self._locks, context.index) if why == "deadlock" else ""
                    sleeper.withdraw()
                    raise sleeper.failure(why, report)
                prove = not sleeper.sleep()
            sleeper.end()
            self._signal_next(always=True)
            return cells
        except BaseException:
            sleeper.withdraw()
            for cell in cells or ():
                words.set(cell, 0)
            self._signal_next(always=True)
            raise

    def _take_as_best(self, context: ThreadContext, count: int, prove: bool) -> Optional[list[int]]:
        contexts = self._locks.contexts
        best = contexts.best(contexts.waiters(self._row.index, (Wait.PERMIT,)))
        if best is not None and best.index != context.index:
            if prove and contexts.dead(best.handle, prove=True):
                contexts.signal_all(self._row.index, (Wait.PERMIT,))
            else:
                return None
        return self._take(context, count, prove)

    def _owners(self) -> list[int]:
        """All cells, as they are now."""
        words, row = self._row.words, self._row
        words.fence()
        return list(memoryview(words.read(row.cell(0), 8 * row.cells)).cast("Q"))

    def _cell(self, index: int) -> int:
        return self._row.cell(index)

    # ---- release -------------------------------------------------------------------------------

    def _release(self, permits: Permits) -> None:
        contexts = self._locks.contexts
        if contexts.closed:
            raise Closed(contexts.closed)
        context = contexts.current()
        if context is None or context is not permits._context:
            raise not_owner(self._row, "release")
        with contexts.acting():
            self._free(permits)

    def _free(self, permits: Permits) -> None:
        permits._released = True
        self._taken.discard(permits)
        self._locks.contexts.drop_held(permits._context, self._word)
        for at in permits._cells:
            self._row.words.set(at, 0)
        self._signal_next()

    def _abandon(self, context: ThreadContext) -> None:
        """For a thread that ended with permits."""
        for permits in [taken for taken in self._taken if taken._context is context]:
            self._free(permits)

    def _signal_next(self, always: bool = False, besides: Optional[ThreadContext] = None) -> None:
        """Permits may be free: wakes the best waiter, and leaves W only while there is one.

        Who stops waiting does so ``always``: a releaser that has cleared W may have chosen it already.
        """
        words, contexts, at = self._row.words, self._locks.contexts, self._row.at
        if always or words.get(at) & Owner.W:
            words.fetch_and(at, ~Owner.W)  # before the scan: who waits afterwards sets it again
            best = contexts.best(contexts.waiters(self._row.index, (Wait.PERMIT,)))
            if best is not None:
                words.fetch_or(at, Owner.W)
                if besides is None or best.index != besides.index:
                    contexts.signal(best.index, best.handle)

    def __repr__(self) -> str:
        return f"<holdfast.Semaphore {self.name} permits={self.permits}>"


def blueprint(name: str, permits: int, fair: bool) -> Blueprint:
    """What :meth:`Space.semaphore` asks for: a cell for each permit."""
    if isinstance(permits, bool) or not isinstance(permits, int):
        raise TypeError(f"permits must be an int: permits={permits!r}")
    if not 1 <= permits <= _PERMITS_MAX:
        raise ValueError(f"bad number of permits: permits={permits}; 1–{_PERMITS_MAX}")
    return Blueprint(lock_name(name), Lock.SEMAPHORE, Lock.STRICTLY_FAIR if fair else 0, permits)
