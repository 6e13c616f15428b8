"""The owner word: how it is acquired and released, store by store as ``docs/layout/locks.md`` has it.

Shared by the mutex and by the writers and updaters of a read-write lock.
"""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from typing import Iterator, NamedTuple, Optional

from . import _deadlock, _layout, _tickets
from ._contexts import PRIORITIES, ThreadContext, Waiter
from ._gate import LocalGate
from ._locklayout import Context, Lock, Owner, Wait, bucket
from ._locks import Locks, Row
from .errors import Closed, DeadlockError, LockTimeoutError, NotRecoverableError, TransactionDiedError

LOOK_NANOS = 200_000_000
_CAP_NANOS = 500_000_000
_FAIR_NANOS = 1_000_000
_HAND_OVERS_MAX = 8
_BETWEEN_STORES = 0.0002
WORD_MODES = (Wait.EXCLUSIVE, Wait.UPDATE)


class Wish(NamedTuple):
    """How somebody wants a lock: until when (monotonic nanoseconds; None: for ever) and how urgently."""

    deadline: Optional[int]
    priority: int
    seconds: Optional[float]


def wish(timeout: Optional[float], priority: str = "normal") -> Wish:
    """Checks a time-out in seconds (None: for ever) and a priority's name."""
    if priority not in PRIORITIES:
        raise ValueError(f"bad priority: priority={priority!r}; one of {', '.join(PRIORITIES)}")
    if timeout is None:
        return Wish(None, PRIORITIES[priority], None)
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be a number of seconds or None: timeout={timeout!r}")
    if not 0 <= timeout <= 1e9:
        raise ValueError(f"bad timeout: timeout={timeout} s; 0–1e9, or None to wait for ever")
    return Wish(time.monotonic_ns() + round(timeout * 1e9) if timeout else 0, PRIORITIES[priority], timeout)


class Sleeper:
    """One wait, from its publication to its end: sleeps in slices, looks for deadlocks, knows when to give up.

    The protocols differ in what they look at between two sleeps; everything else is here. A slice ends
    after 200 ms at first, then after at most 500 ms with jitter, so that a wake-up that was lost with
    the one who owed it costs no more than that.
    """

    def __init__(self, locks: Locks, row: Row, context: ThreadContext, word: int, wish: Wish, since: int) -> None:
        self.locks = locks
        self.contexts = locks.contexts
        self.row = row
        self.context = context
        self.word = word
        self.wish = wish
        self.since = since
        self._open = True
        self.contexts.publish(context, word, wish.priority, wish.deadline, since)

    def sleep(self) -> bool:
        """Sleeps once; whether there is news. Without any, the owner's life is to be proved."""
        if self.wish.priority > PRIORITIES["normal"]:
            self._tell_owner()
        now = time.monotonic_ns()
        end = self.since + LOOK_NANOS
        if end <= now:
            end = now + round(_CAP_NANOS * random.uniform(0.8, 1.0))
        if self.wish.deadline is not None:
            end = min(end, self.wish.deadline)
        news = self.contexts.sleep(self.context, end - now)
        if not news and time.monotonic_ns() - self.since >= LOOK_NANOS:
            _deadlock.look(self.locks, self.context)
        return news

    def _tell_owner(self) -> None:
        """Somebody urgent rings the owner, whose process may have a way to hurry it."""
        owner = self.row.words.get(self.row.at) & Owner.HANDLE
        if owner and owner != self.context.handle:
            self.contexts.ring(_layout.handle_slot(owner))

    def over(self) -> Optional[str]:
        """Why the wait has to end now: ``"closed"``, ``"deadlock"``, ``"time-out"``; None when it goes on."""
        if self.contexts.closed:
            return "closed"
        if self.contexts.cancelled(self.context):
            return "deadlock"
        if self.wish.deadline is not None and time.monotonic_ns() >= self.wish.deadline:
            return "time-out"
        return None

    def end(self) -> None:
        """It is ours: the wait word goes, the wait is counted."""
        if not self._open:
            return
        self._open = False
        self.contexts.end_wait(self.context)
        waited = time.monotonic_ns() - self.since
        self.row.count(Lock.CONTENDED)
        self.row.count(Lock.WAIT_NANOS, waited)
        self.row.count(Lock.WAIT_TIMES + 8 * bucket(waited))

    def withdraw(self) -> bool:
        """Gives up; false when it was granted in the meantime."""
        if self._open and self.contexts.withdraw(self.context, self.word):
            self._open = False
        return not self._open

    def failure(self, why: str, report: str) -> Exception:
        """The typed error for a wait that ended without the lock."""
        if why == "closed":
            return Closed(self.contexts.closed)
        if why in ("died", "deadlock") and self.context.ticket:
            self.context.gave_way = True
        if why == "died":
            return TransactionDiedError(
                f"transaction has to give way to an older one: {self.what()}, ticket={_tickets.number(self.context)}; "
                "undo what was changed and restart(), or leave that to run()"
            )
        if why == "deadlock":
            self.row.count(Lock.VICTIMS)
            self.locks.words.fetch_add(self.context.at + Context.VICTIM, 1)  # after the wait sequence: choices stay the same
            self.locks.note_deadlock(self.row.index)
            return DeadlockError(
                f"this wait was ended to break a deadlock: {self.what()}; "
                "give back what this thread owns and try again, or always take these locks in one order",
                report,
            )
        self.row.count(Lock.TIMEOUTS)
        return timed_out(self.locks, self.row, self.wish)

    def what(self) -> str:
        return f"space={self.locks.member.place.space}, lock={self.row.name}"


@contextmanager
def turn(locks: Locks, row: Row, gate: LocalGate, context: ThreadContext, wish: Wish, since: int) -> Iterator[None]:
    """Around a wait in shared memory: a thread that owns nothing comes when it is its turn in this process."""
    if context.held:
        yield
        return
    why = gate.enter(since, wish.priority, wish.deadline)
    if why == "closed":
        raise Closed(locks.contexts.closed)
    if why:
        row.count(Lock.TIMEOUTS)
        raise timed_out(locks, row, wish)
    try:
        yield
    finally:
        gate.leave()


def timed_out(locks: Locks, row: Row, wish: Wish) -> LockTimeoutError:
    """Says who has it, as far as one word can tell."""
    owner = row.words.get(row.at) & Owner.IDENTITY
    if owner & Owner.HANDLE:
        who = f"owner={locks.contexts.describe(Owner.context(owner))}"
    else:
        who = "owner=none in the lock's word"
    return LockTimeoutError(
        f"lock was not to be had in time: space={locks.member.place.space}, lock={row.name}, "
        f"timeout={wish.seconds} s, {who}; wait longer, or look at what the owner does"
    )


def not_recoverable(locks: Locks, row: Row) -> NotRecoverableError:
    return NotRecoverableError(
        f"lock is not recoverable: space={locks.member.place.space}, lock={row.name}; an owner died inside and the "
        "next one released it without mark_consistent(); rebuild the data under a lock of another name"
    )


# ---- acquire ---------------------------------------------------------------------------------


class Acquisition:
    """One thread's attempt to own a word. ``extra`` is X for a writer of a read-write lock, else 0."""

    def __init__(
        self, locks: Locks, row: Row, gate: LocalGate, context: ThreadContext, mode: int, extra: int
    ) -> None:
        self.locks = locks
        self.contexts = locks.contexts
        self.words = row.words
        self.row = row
        self.gate = gate
        self.context = context
        self.mode = mode
        self.mine = context.identity | extra

    def acquire(self, wish: Wish) -> Optional[int]:
        """The word as it was found when it became ours (with D: an owner died); None when time is up at once.

        Raises :class:`LockTimeoutError` after a wait, :class:`NotRecoverableError`,
        :class:`DeadlockError` and :class:`Closed`; then the word is not ours.
        """
        if self.words.compare_and_set(self.row.at, 0, self.mine):
            return self._own(0)
        since = time.monotonic_ns()
        if wish.deadline is not None and wish.deadline <= since:
            found = self._look(prove=True, published=False)
            if found is None:
                self.row.count(Lock.TIMEOUTS)
        else:
            found = None if self.row.strictly_fair else self._look(prove=False, published=False, take_over=False)
            if found is None:
                with turn(self.locks, self.row, self.gate, self.context, wish, since):
                    found = self._wait(wish, since)
        return None if found is None else self._own(found)

    def _look(self, prove: bool, published: bool = True, take_over: bool = True) -> Optional[int]:
        """Step 4: the word when it became ours, None while somebody who lives has it."""
        words, at, mine = self.words, self.row.at, self.mine
        while True:
            word = words.get(at)
            if Owner.lost(word):
                raise not_recoverable(self.locks, self.row)
            if Owner.free(word):
                if words.compare_and_set(at, word, mine | word & (Owner.W | Owner.D)):
                    return word
            elif word & Owner.IDENTITY == mine & Owner.IDENTITY:
                return word  # handed over
            elif take_over and self.contexts.dead(word & Owner.HANDLE, prove):
                if words.compare_and_set(at, word, mine | Owner.D | Owner.W):
                    self.locks.note_owner_died(self.row)
                    return word | Owner.D
            elif not published or word & Owner.W or words.compare_and_set(at, word, word | Owner.W):
                return None

    def _wait(self, wish: Wish, since: int) -> int:
        """Steps 3 to 5."""
        sleeper = Sleeper(self.locks, self.row, self.context, Wait.pack(self.mode, self.row.index), wish, since)
        try:
            prove = False
            while True:
                found = self._look(prove)
                if found is not None:
                    break
                why = sleeper.over()
                if not why and _tickets.must_die(self.locks, self.row, self.context):
                    why = "died"
                if why:
                    return self._give_up(sleeper, why)
                prove = not sleeper.sleep()
            sleeper.end()
            return found
        except BaseException:  # an interrupt, or not recoverable: nobody may hand over to us any more
            if self._withdraw(sleeper) is not None:
                give_back(self.locks, self.row, self.mine)
            raise

    def _give_up(self, sleeper: Sleeper, why: str) -> int:
        report = _deadlock.report(self.locks, self.context.index) if why == "deadlock" else ""
        found = self._withdraw(sleeper)
        if found is None:
            raise sleeper.failure(why, report)
        if why == "closed":
            give_back(self.locks, self.row, self.mine)
            raise sleeper.failure(why, report)
        return found

    def _withdraw(self, sleeper: Sleeper) -> Optional[int]:
        """Ends the wait: None without the word; else it was granted, and the word is ours."""
        while not sleeper.withdraw():
            found = self._granted()  # who granted it is between two stores, or died there
            if found is not None:
                sleeper.end()
                return found
            time.sleep(_BETWEEN_STORES)
        word = self.words.get(self.row.at)
        if word & Owner.IDENTITY == self.context.identity:
            return word  # taken, and interrupted before that was noted
        if not Owner.lost(word) and (Owner.free(word) or self.contexts.dead(word & Owner.HANDLE)):
            self.contexts.signal_best(self.row.index, WORD_MODES)  # a signal to us may have been meant for anybody
        return None

    def _granted(self) -> Optional[int]:
        try:
            return self._look(prove=True)
        except NotRecoverableError:
            self.contexts.take_back_all(self.row.index, WORD_MODES)
            return None

    def _own(self, found: int) -> int:
        note_owned(self.locks, self.row, self.context, self.mode, bool(found & Owner.D))
        _tickets.tell_waiters(self.locks, self.row, self.context)
        return found


def note_owned(locks: Locks, row: Row, context: ThreadContext, mode: int, owner_died: bool) -> None:
    """Step 6: raises the token, shows what this thread owns, and takes back what a dead releaser granted."""
    token = row.at + Lock.TOKEN
    row.words.set(token, row.words.get(token) + 1)
    locks.contexts.note_held(context, Wait.pack(mode, row.index))
    if owner_died:
        locks.contexts.take_back_all(row.index, WORD_MODES)


# ---- release ---------------------------------------------------------------------------------


def give_back(locks: Locks, row: Row, mine: int) -> None:
    """Releases a word that was never used: what its dead owner left is for the next one to hear of."""
    if row.words.get(row.at) & Owner.D:
        abandon(locks, row)
    else:
        release(locks, row, mine)


def abandon(locks: Locks, row: Row) -> None:
    """Leaves a word that is ours as a dead owner would: the next one is told."""
    row.words.set(row.at, Owner.D | Owner.W)
    _signal_next(locks, row)


def release(locks: Locks, row: Row, mine: int, preempted: bool = False) -> bool:
    """Gives the word up, to the next one if it waits long enough; false when that makes it not recoverable.

    The held word was dropped by the caller. ``mine`` is the word as we own it, without D and W; with X,
    the readers that wait go in as a batch. A ``preempted`` owner comes again at once: it hands over, or
    it would be the first.
    """
    words, at = row.words, row.at
    if words.get(at) & Owner.D:
        words.set(at, Owner.NOT_RECOVERABLE | Owner.W)
        locks.contexts.signal_all(row.index, (*WORD_MODES, Wait.READ))
        return False
    row.clear_undo()
    admitted = admit_batch(locks, row) if mine & Owner.X else []
    if not words.compare_and_set(at, mine, 0):
        _release_contended(locks, row, mine, preempted or row.strictly_fair)
    for waiter in admitted:
        locks.contexts.signal(waiter.index, waiter.handle)
    return True


def _release_contended(locks: Locks, row: Row, mine: int, hands_over: bool) -> None:
    """Steps 3 to 6."""
    words, contexts, at = row.words, locks.contexts, row.at
    for _ in range(_HAND_OVERS_MAX):
        words.fetch_and(at, ~Owner.W)  # before the scan: who waits afterwards sets it again
        best = contexts.best(contexts.waiters(row.index, WORD_MODES))
        if best is None:
            if not anybody_granted(locks, row) and words.compare_and_set(at, mine, 0):
                _signal_readers(locks, row)
                return
            break
        now = time.monotonic_ns()
        if not (hands_over or _is_due(locks, row, best, now)):
            break
        if _hand_over(locks, row, best, now):
            return
    words.set(at, Owner.W)
    _signal_next(locks, row)


def _signal_next(locks: Locks, row: Row) -> None:
    """The word is free: wakes who goes next, and the readers that came too late for the batch."""
    locks.contexts.signal_best(row.index, WORD_MODES)
    _signal_readers(locks, row)


def _signal_readers(locks: Locks, row: Row) -> None:
    if row.kind == Lock.READ_WRITE:
        locks.contexts.signal_all(row.index, (Wait.READ,))


def admit_batch(locks: Locks, row: Row) -> list[Waiter]:
    """Before X goes, not with D: who waits to read is inside from here on. They are signalled after it."""
    word = row.words.get(row.at)
    if word & Owner.D or not word & Owner.W:
        return []
    return [waiter for waiter in locks.contexts.waiters(row.index, (Wait.READ,)) if locks.contexts.grant(waiter)]


def anybody_granted(locks: Locks, row: Row, prove: bool = False) -> bool:
    """Whether somebody living is granted to read and did not set its cell yet; as long as that is so, W stays."""
    granted = locks.contexts.waiters(row.index, (Wait.READ,), Wait.G)
    return any(not prove or not locks.contexts.dead(waiter.handle, prove) for waiter in granted)


def _is_due(locks: Locks, row: Row, best: Waiter, now: int) -> bool:
    """Whether the best waiter has waited so long that nobody may push in before it."""
    return now >= row.words.get(row.at + Lock.FAIR_AT) and locks.contexts.waited(best.index, now) >= _FAIR_NANOS


def _hand_over(locks: Locks, row: Row, best: Waiter, now: int) -> bool:
    """Grants the word to one waiter; false when it went away."""
    words = row.words
    if not locks.contexts.grant(best):
        return False
    if locks.contexts.handle_of(best.index) != best.handle:
        locks.contexts.take_back(best)  # it died; whoever has its context now did not ask
        return False
    words.set(row.at + Lock.FAIR_AT, now + _FAIR_NANOS)
    row.count(Lock.HAND_OVERS)
    writes = row.kind == Lock.READ_WRITE and Wait.mode(best.word) == Wait.EXCLUSIVE
    words.set(row.at, best.identity | Owner.W | (Owner.X if writes else 0))
    locks.contexts.signal(best.index, best.handle)
    if not writes:
        _signal_readers(locks, row)
    return True
