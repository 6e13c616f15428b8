"""The read-write lock: many readers, one updater beside them, one writer alone; dead readers are subtracted.

*Ordering.* A process reads while its cell names it. A reader sets the cell, then looks at the word; a
writer sets X in the word, then looks at the cells: one of them sees the other. A releasing writer lets
the readers that wait in as a batch: it grants, and only then drops X. Who is granted is inside: it sets its
process's cell, then its grant goes; a writer looks for grants, then at the cells.
*Threads* of a process share its cell. Everything that sets or clears it happens under the entry lock here.
"""

from __future__ import annotations

import threading
import time
from typing import Optional

from . import _deadlock, _layout, _lockword, _undo, _urgency
from ._contexts import ThreadContext
from ._locklayout import Header, Lock, Owner, Wait
from ._locks import Blueprint, HoldClock, Locks, Row
from ._lockword import Acquisition, Sleeper, Wish, wish
from ._mutex import drop_died, lock_name, not_owner
from ._undo import UndoRecord
from .errors import Closed, OwnerDiedError

_READ, _UPDATE, _WRITE = "read", "update", "write"
_RANK = {_READ: 0, _UPDATE: 1, _WRITE: 2}
_MODE = {_READ: Wait.READ, _UPDATE: Wait.UPDATE, _WRITE: Wait.EXCLUSIVE}
_INSIDE, _REPAIR = "inside", "repair"


class _Entering(Sleeper):
    """A reader's wait."""

    inside = False  # whether it was counted as a reader


class _Ownership:
    """What one thread has of the lock, however often."""

    def __init__(self, mode: str, owner_died: bool, token: int, priority: int) -> None:
        self.mode = mode
        self.priority = priority
        self.owner_died = owner_died
        self.token = token
        self.holds = 0


class ReadWriteHold:
    """A read-write lock that this thread has, until :meth:`release` or the end of the ``with`` block.

    **Sharing.** Only the thread that acquired it. **Errors.** In a forked child the hold is the
    parent's: leaving its block there does nothing.
    """

    __slots__ = ("_lock", "_ownership", "_released")

    def __init__(self, lock: ReadWriteLock, ownership: _Ownership) -> None:
        self._lock = lock
        self._ownership = ownership
        self._released = False
        ownership.holds += 1

    @property
    def mode(self) -> str:
        """``"read"``, ``"update"`` or ``"write"``. A reader that is told of a dead owner is alone: it has ``"write"``."""
        return self._ownership.mode

    @property
    def owner_died(self) -> bool:
        """Whether a writer or updater died inside: check or repair the data, then :meth:`mark_consistent`."""
        return self._ownership.owner_died

    @property
    def token(self) -> int:
        """A fencing token: grows with every writer and updater."""
        return self._ownership.token

    def mark_consistent(self) -> None:
        """Says that the data is whole again. Without it, the release loses the lock for all."""
        self._lock._mark_consistent(self)

    @property
    def undo(self) -> UndoRecord:
        """What a writer writes down so that the next one can take back what it leaves half changed."""
        self._check_owner("undo")
        return UndoRecord(self._lock._row, self._lock._locks.contexts, self._check_owner, self._check_writer)

    def _check_owner(self, call: str) -> None:
        self._lock._check(self, call)
        if self.mode == _READ:
            raise RuntimeError(f"a reader has no undo record: lock={self._lock.name}, call={call}")

    def _check_writer(self, call: str) -> None:
        self._check_owner(call)
        if self.mode != _WRITE:
            raise RuntimeError(f"an updater changes nothing yet: lock={self._lock.name}, call={call}; upgrade() first")

    def upgrade(self, timeout: Optional[float] = None) -> None:
        """From update to write: waits until the readers have left; new ones stay out.

        Raises :class:`LockTimeoutError` and stays an updater; :class:`DeadlockError`, :class:`Closed`.
        """
        self._lock._upgrade(self, wish(timeout))

    def downgrade(self, to: str = _UPDATE) -> None:
        """To ``"update"`` or ``"read"`` without letting a writer in between; never waits."""
        self._lock._downgrade(self, to)

    def checkpoint(self) -> bool:
        """Lets somebody more urgent go first; to be called where the data is consistent. Whether others had the lock.

        If a thread of a higher priority waits, or one that keeps such a thread waiting, the lock is handed over,
        and acquired again when it is this thread's turn; then what was read before is old, ``token`` is another one,
        and ``owner_died`` has to be looked at again. Nothing happens while the thread owns the lock more than once,
        or before :meth:`mark_consistent` where that is due. Readers keep what they have.

        Raises :class:`DeadlockError` and :class:`Closed` as any waiting does: then this hold is over.

        >>> while work():
        ...     held.checkpoint()
        """
        return self._lock._checkpoint(self)

    def release(self) -> None:
        """Gives it back; the second call does nothing.

        Raises :class:`OwnerDiedError` when an owner had died and :meth:`mark_consistent` was not called.
        """
        if not self._released:
            self._lock._release(self)

    def __enter__(self) -> ReadWriteHold:
        return self

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        try:
            self.release()
        except (OwnerDiedError, Closed):
            if kind is None:  # else the block's own exception says more
                raise

    def __repr__(self) -> str:
        return f"<holdfast.ReadWriteHold {self._lock.name} {self.mode}{' owner died' if self.owner_died else ''}>"


class ReadWriteLock:
    """A lock for data that is read more often than written. Made by :meth:`Space.rwlock`.

    Any number of threads and processes :meth:`read`; one at a time may :meth:`update`: it reads beside
    them and alone can upgrade; one may :meth:`write`, alone. Who waits to write keeps new readers out;
    after it the readers that waited go in together.

    **Sharing.** Any thread of any process that has the space open, in any language. A thread may
    acquire again what it has, or less; to get more it upgrades from update. **Lifetime.** A dead
    reader counts for nothing; after a dead writer or updater the next one is told
    (:attr:`ReadWriteHold.owner_died`). **Memory effects.** What a writer wrote before its release, the
    readers after it see. **Cost.** The first reader of a process two atomic stores and two reads of
    shared words, the others none; a writer looks at one word for each participant. **Errors.**
    :class:`LockTimeoutError`, :class:`NotRecoverableError`, :class:`DeadlockError`, :class:`Closed`;
    asking for more than update allows is :class:`RuntimeError`.

    >>> with space.rwlock("table").update() as held:
    ...     if needs_change():
    ...         held.upgrade()
    ...         change()
    """

    def __init__(self, locks: Locks, row: Row) -> None:
        self._locks = locks
        self._row = row
        self._gate = locks.new_gate()
        self._read_gate = locks.new_gate()
        self._clock = HoldClock(locks, row)
        self._forget()
        locks.on_fork(self)

    def _forget(self) -> None:
        """At the start, and in a forked child: this process has nothing of it."""
        self._entry = threading.Lock()
        self._readers = 0
        self._ownerships: dict[ThreadContext, _Ownership] = {}

    @property
    def name(self) -> str:
        """The lock's name."""
        return self._row.name

    def read(self, timeout: Optional[float] = None, priority: str = "normal") -> ReadWriteHold:
        """Waits until this thread may read, at most ``timeout`` seconds; 0 looks once.

        If a writer died inside, the first to come is told and has the lock alone (``held.mode`` is
        ``"write"``), to repair the data.

        >>> with lock.read() as held: ...
        """
        return self._acquire(_READ, wish(timeout, priority))

    def update(self, timeout: Optional[float] = None, priority: str = "normal") -> ReadWriteHold:
        """Waits until this thread is the updater: reads beside readers, and may :meth:`ReadWriteHold.upgrade`."""
        return self._acquire(_UPDATE, wish(timeout, priority))

    def write(self, timeout: Optional[float] = None, priority: str = "normal") -> ReadWriteHold:
        """Waits until this thread is alone."""
        return self._acquire(_WRITE, wish(timeout, priority))

    # ---- acquire -------------------------------------------------------------------------------

    def _acquire(self, mode: str, wanted: Wish) -> ReadWriteHold:
        with self._locks.contexts.acting() as context:
            ownership = self._ownerships.get(context)
            if ownership is None:
                ownership = self._read(context, wanted) if mode == _READ else self._own_word(context, mode, wanted)
                self._ownerships[context] = ownership
            elif _RANK[mode] > _RANK[ownership.mode]:
                raise RuntimeError(
                    f"this thread would wait for itself: lock={self.name}, has={ownership.mode}, asked={mode}; "
                    "take update() first and upgrade()"
                )
            return ReadWriteHold(self, ownership)

    def _own_word(self, context: ThreadContext, mode: str, wanted: Wish) -> _Ownership:
        """As updater, or as writer after the readers left."""
        extra = Owner.X if mode == _WRITE else 0
        found = Acquisition(self._locks, self._row, self._gate, context, _MODE[mode], extra).acquire(wanted)
        if found is None:
            raise _lockword.timed_out(self._locks, self._row, wanted)
        return self._settle_in(context, mode, bool(found & Owner.D), wanted)

    def _settle_in(self, context: ThreadContext, mode: str, owner_died: bool, wanted: Wish) -> _Ownership:
        """Owning the word: a writer waits for the readers to leave."""
        if mode == _WRITE:
            try:
                self._drain(context, wanted)
            except BaseException:
                self._locks.contexts.drop_held(context, self._held_word(mode))
                _lockword.give_back(self._locks, self._row, context.identity | Owner.X)
                raise
        self._clock.start()
        return self._ownership(mode, owner_died, wanted)

    def _ownership(self, mode: str, owner_died: bool, wanted: Wish) -> _Ownership:
        return _Ownership(mode, owner_died, self._row.words.get(self._row.at + Lock.TOKEN), wanted.priority)

    def _held_word(self, mode: str) -> int:
        return Wait.pack(_MODE[mode], self._row.index)

    # ---- readers -------------------------------------------------------------------------------

    def _cell(self) -> int:
        """Where this process says that it reads."""
        return self._row.cell(_layout.handle_slot(self._locks.member.handle))

    def _read(self, context: ThreadContext, wanted: Wish) -> _Ownership:
        if not self._try_enter():
            since = time.monotonic_ns()
            with _lockword.turn(self._locks, self._row, self._read_gate, context, wanted, since):
                outcome = self._wait_to_read(context, wanted, since)
            if outcome == _REPAIR:
                _lockword.note_owned(self._locks, self._row, context, Wait.EXCLUSIVE, True)
                return self._settle_in(context, _WRITE, True, wanted)
        self._locks.contexts.note_held(context, self._held_word(_READ))
        return self._ownership(_READ, False, wanted)

    def _try_enter(self) -> bool:
        """Steps 1 to 3: whether we are inside."""
        with self._entry:
            return self._enter_or_stay_out()

    def _enter_or_stay_out(self) -> bool:
        """As :meth:`_try_enter`, under the entry lock."""
        words, at = self._row.words, self._row.at
        if not self._is_open(words.get(at)):
            return False  # looked before the cell is touched: a draining writer is not disturbed
        if not self._readers:
            words.set(self._cell(), self._locks.member.handle)
            word = words.get(at)
            if word & (Owner.X | Owner.D) or Owner.lost(word):
                self._clear_cell()
                return False
        self._readers += 1
        return True

    def _enter_granted(self, entering: _Entering) -> str:
        """A leaving writer let us in; the grant is to be cleared after this."""
        with self._entry:
            if not entering.inside:
                if not self._readers:
                    self._row.words.set(self._cell(), self._locks.member.handle)
                self._readers += 1
                entering.inside = True
        return _INSIDE

    def _is_open(self, word: int) -> bool:
        """Whether a word lets readers in."""
        if Owner.lost(word):
            raise _lockword.not_recoverable(self._locks, self._row)
        return not word & (Owner.X | Owner.D)

    def _clear_cell(self) -> None:
        """Nobody is inside any more."""
        self._row.words.set(self._cell(), 0)
        self._wake_drainer()

    def _wake_drainer(self) -> None:
        """Wakes the writer that waits for readers to leave, if there is one."""
        word = self._row.words.get(self._row.at)
        if word & Owner.X and not Owner.lost(word) and not self._locks.contexts.dead(word & Owner.HANDLE):
            self._locks.contexts.signal(Owner.context(word), word & Owner.HANDLE)

    def _wait_to_read(self, context: ThreadContext, wanted: Wish, since: int) -> str:
        """Waits as a reader: inside, or the one to repair what a dead owner left."""
        entering = _Entering(self._locks, self._row, context, self._held_word(_READ), wanted, since)
        outcome: Optional[str] = None
        try:
            prove = wanted.deadline == 0
            while outcome is None:
                outcome = self._look(context, entering, prove)
                why = entering.over()
                if outcome is None and why:
                    report = _deadlock.report(self._locks, context.index) if why == "deadlock" else ""
                    outcome = self._withdraw(entering)
                    if outcome is None or why == "closed":
                        raise entering.failure(why, report)
                elif outcome is None:
                    prove = not entering.sleep()
            entering.end()
            return outcome
        except BaseException:
            outcome = outcome or self._withdraw(entering)
            entering.end()
            if outcome == _INSIDE:
                self._leave()
            elif self._row.words.get(self._row.at) & Owner.IDENTITY == context.identity:
                _lockword.give_back(self._locks, self._row, context.identity | Owner.X)
            raise

    def _look(self, context: ThreadContext, entering: _Entering, prove: bool) -> Optional[str]:
        """Whether we are inside by now, or there is something to repair; None: sleep."""
        words, contexts, at = self._row.words, self._locks.contexts, self._row.at
        while True:
            if contexts.granted(context):
                return self._enter_granted(entering)
            word = words.get(at)
            if self._is_open(word):
                if self._enter_from_wait(context, entering):
                    return _INSIDE
            elif Owner.free(word) or contexts.dead(word & Owner.HANDLE, prove):
                # Taken over with the wait word still out: nobody lets us in beside it.
                if words.compare_and_set(at, word, context.identity | Owner.X | Owner.D | Owner.W):
                    if not Owner.free(word):
                        self._locks.note_owner_died(self._row)
                    return _REPAIR
            elif word & Owner.W or words.compare_and_set(at, word, word | Owner.W):
                return None

    def _enter_from_wait(self, context: ThreadContext, entering: _Entering) -> bool:
        """Takes the wait down, and shows it again if we stay out; false also when it was granted just now."""
        words = self._locks.words
        with self._entry:
            if not words.compare_and_set(context.wait_at, entering.word, 0):
                return False
            if self._enter_or_stay_out():
                entering.inside = True
                return True
            words.set(context.wait_at, entering.word)
            return False

    def _withdraw(self, entering: _Entering) -> Optional[str]:
        """Ends the wait; inside if it was granted in the meantime."""
        if not entering.inside and entering.withdraw():
            return None
        return self._enter_granted(entering)

    def _leave(self) -> None:
        """One reader less; the last one of the process clears its cell."""
        with self._entry:
            self._readers -= 1
            if not self._readers:
                self._clear_cell()

    # ---- writers -------------------------------------------------------------------------------

    def _drain(self, context: ThreadContext, wanted: Wish) -> None:
        """With X set: waits until no living participant reads."""
        since = time.monotonic_ns()
        while self._reading(prove=False):
            sleeper = Sleeper(self._locks, self._row, context, Wait.pack(Wait.DRAIN, self._row.index), wanted, since)
            try:
                if self._sleep_until_drained(sleeper):
                    sleeper.end()
                    return
            finally:
                sleeper.withdraw()
            self._step_back(context)

    def _sleep_until_drained(self, sleeper: Sleeper) -> bool:
        """Whether the readers left; false when we are to let the waiting ones in first."""
        prove = False
        while self._reading(prove):
            why = sleeper.over()
            if why == "deadlock":
                members = _deadlock.Snapshot(self._locks).ring(sleeper.context.index)
                if not members or _deadlock.steps_back(members):
                    return False
            if why:
                report = _deadlock.report(self._locks, sleeper.context.index) if why == "deadlock" else ""
                sleeper.withdraw()
                raise sleeper.failure(why, report)
            prove = not sleeper.sleep()
        return True

    def _reading(self, prove: bool) -> bool:
        """Whether somebody living is granted to read, or a living participant reads; the cells of the dead are cleared."""
        words = self._row.words
        words.fence()
        granted = bool(words.get(self._row.at) & Owner.W) and _lockword.anybody_granted(self._locks, self._row, prove)
        return self._any_cell_set(prove) or granted  # the grants were looked for first

    def _any_cell_set(self, prove: bool) -> bool:
        words, row = self._row.words, self._row
        count = min(self._locks.segment.high(Header.HIGH_PARTICIPANT), row.cells)
        words.fence()
        found = False
        for slot, handle in enumerate(memoryview(words.read(row.cell(0), 8 * count)).cast("Q")):
            if handle and self._locks.contexts.dead(handle, prove):
                words.compare_and_set(row.cell(slot), handle, 0)
            elif handle:
                found = True
                if row.options & Lock.READ_BIASED:
                    self._locks.contexts.ring(_layout.handle_slot(handle))
        return found

    def _step_back(self, context: ThreadContext) -> None:
        """Lets the waiting readers in, then keeps new ones out again."""
        self._clear_x()
        self._set_x()

    def _set_x(self) -> None:
        words, at = self._row.words, self._row.at
        while True:
            word = words.get(at)
            if words.compare_and_set(at, word, word | Owner.X):
                return

    def _clear_x(self) -> None:
        """Keeps the word, lets readers in: first those that wait, as a batch."""
        words, at, contexts = self._row.words, self._row.at, self._locks.contexts
        admitted = _lockword.admit_batch(self._locks, self._row)
        while True:
            word = words.get(at)
            if words.compare_and_set(at, word, word & ~Owner.X):
                break
        for waiter in admitted:
            contexts.signal(waiter.index, waiter.handle)
        contexts.signal_all(self._row.index, (Wait.READ,))  # who came after the batch

    # ---- change of mode ------------------------------------------------------------------------

    def _upgrade(self, hold: ReadWriteHold, wanted: Wish) -> None:
        context, ownership = self._check(hold, "upgrade")
        if ownership.mode == _WRITE:
            return
        if ownership.mode != _UPDATE:
            raise RuntimeError(
                f"only an updater can upgrade: lock={self.name}, has={ownership.mode}; two readers that "
                "upgrade would wait for each other, take update() instead of read()"
            )
        contexts = self._locks.contexts
        with contexts.acting():
            contexts.note_held(context, self._held_word(_WRITE))  # before X: who is kept out sees by whom
            self._set_x()
            try:
                self._drain(context, wanted)
            except BaseException:
                self._clear_x()
                contexts.drop_held(context, self._held_word(_WRITE))
                raise
            contexts.drop_held(context, self._held_word(_UPDATE))
            ownership.mode = _WRITE

    def _downgrade(self, hold: ReadWriteHold, to: str) -> None:
        context, ownership = self._check(hold, "downgrade")
        if to not in (_UPDATE, _READ):
            raise ValueError(f"bad mode: to={to!r}; update or read")
        if _RANK[to] > _RANK[ownership.mode]:
            raise RuntimeError(f"that is no downgrade: lock={self.name}, has={ownership.mode}, asked={to}")
        with self._locks.contexts.acting():
            self._step_down(context, ownership, to)

    def _step_down(self, context: ThreadContext, ownership: _Ownership, to: str) -> None:
        if to == _READ and ownership.mode != _READ:
            if self._row.words.get(self._row.at) & Owner.D:
                raise RuntimeError(f"an owner died inside: lock={self.name}; call mark_consistent() before downgrade")
            self._become_reader(context, ownership)
        elif to != ownership.mode:
            if not self._row.words.get(self._row.at) & Owner.D:
                self._row.clear_undo()
            self._clear_x()
            self._locks.contexts.note_held(context, self._held_word(_UPDATE))
            self._locks.contexts.drop_held(context, self._held_word(_WRITE))
            ownership.mode = _UPDATE

    def _become_reader(self, context: ThreadContext, ownership: _Ownership) -> None:
        """Own cell set, then the word goes: nobody writes in between."""
        locks = self._locks
        with self._entry:
            self._readers += 1
            self._row.words.set(self._cell(), context.handle)
        locks.contexts.note_held(context, self._held_word(_READ))
        self._clock.stop()
        locks.contexts.drop_held(context, self._held_word(ownership.mode))
        _lockword.release(locks, self._row, context.identity | (Owner.X if ownership.mode == _WRITE else 0))
        ownership.mode = _READ

    def _mark_consistent(self, hold: ReadWriteHold) -> None:
        context, ownership = self._check(hold, "mark_consistent")
        if ownership.mode == _READ:
            return  # readers only get in when the data is consistent
        with self._locks.contexts.acting():
            word = drop_died(self._row, context)
            if ownership.mode == _UPDATE and word & Owner.D:
                self._locks.contexts.signal_all(self._row.index, (Wait.READ,))

    # ---- preemption ----------------------------------------------------------------------------

    def _checkpoint(self, hold: ReadWriteHold) -> bool:
        context, ownership = self._check(hold, "checkpoint")
        word = self._row.words.get(self._row.at)
        kept = ownership.mode == _READ or ownership.holds > 1 or word & Owner.D
        if kept or not word & Owner.W or not self._preempted(context, ownership):
            return False
        hold._released = True
        with self._locks.contexts.acting():
            self._let_go(context, ownership, preempted=True)
            again = self._own_word(context, ownership.mode, Wish(None, ownership.priority, None))
        ownership.token, ownership.owner_died = again.token, again.owner_died
        self._ownerships[context] = ownership
        hold._released = False
        return True

    def _preempted(self, context: ThreadContext, ownership: _Ownership) -> bool:
        """Whether somebody more urgent waits, in shared memory or here."""
        held, own = self._held_word(ownership.mode), ownership.priority
        return (
            _urgency.is_preempted(self._locks.contexts, context.index, held, own)
            or self._gate.anybody_above(own)
            or (ownership.mode == _WRITE and self._read_gate.anybody_above(own))
        )

    # ---- release -------------------------------------------------------------------------------

    def _check(self, hold: ReadWriteHold, call: str) -> tuple[ThreadContext, _Ownership]:
        contexts = self._locks.contexts
        if contexts.closed:
            raise Closed(contexts.closed)
        context = contexts.current()
        ownership = self._ownerships.get(context) if context else None
        if hold._released or context is None or ownership is not hold._ownership:
            raise not_owner(self._row, call)
        return context, ownership

    def _release(self, hold: ReadWriteHold) -> None:
        if hold._ownership not in list(self._ownerships.values()):
            hold._released = True  # a forked child leaves its parent's block
            return
        context, ownership = self._check(hold, "release")
        hold._released = True
        ownership.holds -= 1
        if not ownership.holds and not self._let_go(context, ownership):
            raise OwnerDiedError(
                f"lock is lost: space={self._locks.member.place.space}, lock={self.name}, token={ownership.token}; an "
                "owner had died inside and this hold ended without mark_consistent(); nobody gets this lock again"
            )

    def _let_go(self, context: ThreadContext, ownership: _Ownership, preempted: bool = False) -> bool:
        """Gives back what the thread has; false when the lock is not recoverable from now on."""
        locks = self._locks
        with locks.contexts.acting():
            del self._ownerships[context]
            locks.contexts.drop_held(context, self._held_word(ownership.mode))
            if ownership.mode == _READ:
                self._leave()
                return True
            self._clock.stop()
            mine = context.identity | (Owner.X if ownership.mode == _WRITE else 0)
            return _lockword.release(locks, self._row, mine, preempted)

    def _abandon(self, context: ThreadContext) -> None:
        """For a thread that ended with a hold."""
        ownership = self._ownerships.pop(context, None)
        if ownership:
            self._locks.contexts.drop_held(context, self._held_word(ownership.mode))
            if ownership.mode == _READ:
                self._leave()
            else:
                self._clock.stop()
                _lockword.abandon(self._locks, self._row)

    def __repr__(self) -> str:
        return f"<holdfast.ReadWriteLock {self.name}>"


def blueprint(name: str, participants: int, read_biased: bool, fair: bool, undo_bytes: int) -> Blueprint:
    """What :meth:`Space.rwlock` asks for: a cell for each participant slot."""
    options = (Lock.STRICTLY_FAIR if fair else 0) | (Lock.READ_BIASED if read_biased else 0)
    return Blueprint(lock_name(name), Lock.READ_WRITE, options, participants, undo_cells=_undo.cells(undo_bytes))
