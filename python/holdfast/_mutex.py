"""The mutex: one owner among all threads of all processes, and word of it when the last one died inside."""

from __future__ import annotations

import re
import threading
from typing import Optional

from . import _condition, _lockword, _undo, _urgency
from ._condition import Condition
from ._contexts import PRIORITIES, ThreadContext
from ._locklayout import Lock, Owner, Wait
from ._locks import Blueprint, HoldClock, Locks, Row
from ._lockword import Acquisition, Wish, wish
from ._undo import UndoRecord
from .errors import Closed, HoldfastError, OwnerDiedError, TransactionDiedError

LOCK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,119}")
_AT_ONCE = Wish(0, PRIORITIES["normal"], 0.0)


def lock_name(name: object) -> str:
    """Checks a lock's name."""
    if not isinstance(name, str):
        raise TypeError(f"lock name must be a str: name={name!r}")
    if not LOCK_NAME.fullmatch(name):
        raise ValueError(
            f"bad lock name: name={name!r}; 1–120 characters of A–Z a–z 0–9 . _ : / @ + -, "
            "starting with a letter or digit"
        )
    return name


def drop_died(row: Row, context: ThreadContext) -> int:
    """By the owner of a word, whose data is whole again; the word as it was before."""
    row.clear_undo()  # first: the next owner must not take back what is done from now on
    while True:
        word = row.words.get(row.at)
        if word & Owner.IDENTITY != context.identity:
            raise not_owner(row, "mark_consistent")
        if row.words.compare_and_set(row.at, word, word & ~Owner.D):
            return word


def not_owner(row: Row, what: str) -> RuntimeError:
    return RuntimeError(f"this thread does not own the lock: lock={row.name}, call={what}; acquire it first")


class Hold:
    """A mutex that this thread owns, until :meth:`release` or the end of the ``with`` block.

    **Sharing.** Only the thread that acquired it. **Errors.** In a forked child the hold is the
    parent's: leaving its block there does nothing.
    """

    __slots__ = ("_lock", "_released", "owner_died", "token")

    def __init__(self, lock: Mutex, owner_died: bool, token: int) -> None:
        self._lock = lock
        self._released = False
        self.owner_died = owner_died
        """Whether an owner died inside and nobody has looked since: check or repair the data, then
        :meth:`mark_consistent`."""
        self.token = token
        """A fencing token: grows with every acquisition by anybody. Send it along with writes to other
        systems, which then refuse those with an older one."""

    def mark_consistent(self) -> None:
        """Says that the data is whole again after an owner died. Without it, the release loses the lock for all."""
        if self._released:
            raise not_owner(self._lock._row, "mark_consistent")
        self._lock._mark_consistent()

    @property
    def undo(self) -> UndoRecord:
        """What the owner writes down so that the next one can take back what it leaves half changed."""
        if self._released:
            raise not_owner(self._lock._row, "undo")
        return UndoRecord(self._lock._row, self._lock._locks.contexts, self._lock._check_owner, self._lock._check_owner)

    def checkpoint(self) -> bool:
        """Lets somebody more urgent go first; to be called where the data is consistent. Whether others had the lock.

        If a thread of a higher priority waits, or one that keeps such a thread waiting, the lock is handed over,
        and acquired again when it is this thread's turn; then what was read before is old, ``token`` is another one,
        and ``owner_died`` has to be looked at again. Nothing happens while the thread owns the lock more than once,
        or before :meth:`mark_consistent` where that is due.

        Raises :class:`DeadlockError` and :class:`Closed` as any waiting does: then this hold is over.

        >>> while work():
        ...     held.checkpoint()
        """
        if self._released:
            raise not_owner(self._lock._row, "checkpoint")
        return self._lock._checkpoint()

    def release(self) -> None:
        """Gives it back; the second call does nothing.

        Raises :class:`OwnerDiedError` when an owner had died and :meth:`mark_consistent` was not called.
        """
        if not self._released:
            self._lock._release(self)

    def __enter__(self) -> Hold:
        return self

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        self._lock._leave(self, kind is not None)

    def __repr__(self) -> str:
        return f"<holdfast.Hold {self._lock.name} token={self.token}{' owner died' if self.owner_died else ''}>"


class Mutex:
    """A lock that one thread of one process owns at a time. Made by :meth:`Space.mutex`.

    **Sharing.** Any thread of any process that has the space open, in any language. The owner may
    acquire it again (as ``threading.RLock``) and releases it as often. **Lifetime.** The lock stays
    while anybody has it open; when its owner dies, however, the next one gets it within half a second
    and is told (:attr:`Hold.owner_died`). **Memory effects.** What an owner wrote before its release,
    the next one sees. **Cost.** Uncontended some 20 µs of Python and no system call; contended two
    system calls. **Errors.** :class:`LockTimeoutError`, :class:`NotRecoverableError`,
    :class:`DeadlockError`, :class:`LimitExceeded` (contexts), :class:`Closed`.

    >>> with space.mutex("index") as held:
    ...     if held.owner_died:
    ...         rebuild_index()
    ...         held.mark_consistent()
    ...     update_index()
    """

    def __init__(self, locks: Locks, row: Row) -> None:
        self._locks = locks
        self._row = row
        self._owner: Optional[ThreadContext] = None
        self._holds: list[Hold] = []
        self._priority = PRIORITIES["normal"]
        self._gate = locks.new_gate()
        self._clock = HoldClock(locks, row)
        self._blocks = threading.local()
        self._held_word = Wait.pack(Wait.EXCLUSIVE, row.index)
        locks.on_fork(self)

    # ---- acquire -------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The lock's name."""
        return self._row.name

    def acquire(self, timeout: Optional[float] = None, priority: str = "normal") -> Hold:
        """Waits until this thread owns it, at most ``timeout`` seconds; 0 looks once.

        ``priority`` (``"low"``, ``"normal"``, ``"high"``, ``"critical"``) orders those who wait; it rises by one
        for each second of waiting, and an owner that waits elsewhere inherits that of who waits for it.

        Raises :class:`LockTimeoutError` and what the class says.

        >>> with mutex.acquire(timeout=1.0) as held: ...
        """
        wanted = wish(timeout, priority)
        hold = self._acquire(wanted)
        if hold is None:
            raise _lockword.timed_out(self._locks, self._row, wanted)
        return hold

    def try_acquire(self) -> Optional[Hold]:
        """A hold if it is to be had now, else None."""
        return self._acquire(_AT_ONCE)

    def _acquire(self, wanted: Wish) -> Optional[Hold]:
        with self._locks.contexts.acting() as context:
            if self._owner is context:
                return self._add_hold(self._holds[-1].owner_died)
            acquisition = Acquisition(self._locks, self._row, self._gate, context, Wait.EXCLUSIVE, 0)
            try:
                found = acquisition.acquire(wanted)
            except TransactionDiedError:
                context.died_at = self
                raise
            if found is None:
                return None
            self._priority = wanted.priority
            return self._begin(context, bool(found & Owner.D))

    def _begin(self, context: ThreadContext, owner_died: bool) -> Hold:
        self._owner = context
        self._clock.start()
        return self._add_hold(owner_died)

    def _add_hold(self, owner_died: bool) -> Hold:
        hold = Hold(self, owner_died, self._row.words.get(self._row.at + Lock.TOKEN))
        self._holds.append(hold)
        return hold

    # ---- release -------------------------------------------------------------------------------

    def release(self) -> None:
        """Gives back what this thread acquired last; misuse is :class:`RuntimeError`.

        Raises :class:`OwnerDiedError` as :meth:`Hold.release`.
        """
        self._check_owner("release")
        self._release(self._holds[-1])

    def _release(self, hold: Hold) -> None:
        context = self._check_owner("release")
        hold._released = True
        self._holds.remove(hold)
        if not self._holds and not self._let_go(context):
            raise OwnerDiedError(
                f"lock is lost: space={self._locks.member.place.space}, lock={self.name}, token={hold.token}; an owner "
                "had died inside and this hold ended without mark_consistent(); nobody gets this lock again"
            )

    def _let_go(self, context: ThreadContext, preempted: bool = False) -> bool:
        """Releases the word; false when it is not recoverable from now on."""
        locks = self._locks
        with locks.contexts.acting():
            self._clock.stop()
            self._owner = None
            locks.contexts.drop_held(context, self._held_word)
            return _lockword.release(locks, self._row, context.identity, preempted)

    def _give_up(self, hold: Hold) -> None:
        """Releases it; what its dead owner left is for the next one to hear of."""
        if self._row.words.get(self._row.at) & Owner.D:
            context = self._check_owner("restart")
            with self._locks.contexts.acting():
                self._abandon(context)
        else:
            self._release(hold)

    def _leave(self, hold: Hold, failing: bool) -> None:
        """The end of a ``with`` block."""
        if hold._released:
            return
        try:
            self._release(hold)
        except (OwnerDiedError, Closed):
            if not failing:  # else the block's own exception says more
                raise

    def _mark_consistent(self) -> None:
        context = self._check_owner("mark_consistent")
        with self._locks.contexts.acting():
            drop_died(self._row, context)

    # ---- preemption ----------------------------------------------------------------------------

    def _checkpoint(self) -> bool:
        context = self._check_owner("checkpoint")
        word = self._row.words.get(self._row.at)
        if not word & Owner.W or word & Owner.D or len(self._holds) > 1 or not self._preempted(context):
            return False
        with self._locks.contexts.acting():
            holds = self._suspend(context, preempted=True)
            self._resume(context, holds, Wish(None, self._priority, None))
        return True

    def _preempted(self, context: ThreadContext) -> bool:
        """Whether somebody more urgent waits, in shared memory or here."""
        own = self._priority
        return _urgency.is_preempted(self._locks.contexts, context.index, self._held_word, own) or self._gate.anybody_above(own)

    # ---- conditions ----------------------------------------------------------------------------

    def condition(self, name: str = _condition.UNNAMED) -> Condition:
        """A condition of this mutex, called ``<mutex>/<name>`` among the locks; made if there is none.

        A mutex in a region has one, without a name. Raises :class:`WrongLockKindError` when the name is
        another lock's or another mutex's condition, :class:`HoldfastError` for a name in a region.

        >>> with mutex:
        ...     mutex.condition().wait_for(ready)
        """
        with self._locks.member.operation():
            if self._locks.contexts.closed:
                raise Closed(self._locks.contexts.closed)
            if self._row.place:
                return self._only_condition(name)
            wanted = _condition.blueprint(lock_name(f"{self.name}/{lock_name(name)}"), self._row)
            return self._locks.get(wanted, lambda locks, row: Condition(locks, row, self))

    def _only_condition(self, name: str) -> Condition:
        """That of a mutex in a region: its waiters wait with the mutex's own key."""
        if name != _condition.UNNAMED:
            raise HoldfastError(
                f"a mutex in a region has one condition: lock={self.name}, asked={name!r}; "
                "call condition() without a name, or use a mutex that has one"
            )
        return Condition(self._locks, self._row._replace(name=f"{self.name}/{name}"), self)

    def _suspend(self, context: ThreadContext, preempted: bool = False) -> list[Hold]:
        """Gives the word up however often it is owned; what :meth:`_resume` gives back."""
        holds, self._holds = self._holds, []
        self._let_go(context, preempted)
        return holds

    def _resume(self, context: ThreadContext, holds: list[Hold], wanted: Wish) -> None:
        """Owns the word again; if that fails or the space is closed, the holds are over."""
        try:
            if self._locks.contexts.closed:
                raise Closed(self._locks.contexts.closed)
            found = Acquisition(self._locks, self._row, self._gate, context, Wait.EXCLUSIVE, 0).acquire(wanted)
        except BaseException:
            for hold in holds:
                hold._released = True
            raise
        self._owner, self._holds, self._priority = context, holds, wanted.priority
        self._clock.start()
        token = self._row.words.get(self._row.at + Lock.TOKEN)
        for hold in holds:
            hold.token = token
            hold.owner_died = hold.owner_died or bool((found or 0) & Owner.D)

    # ---- state ---------------------------------------------------------------------------------

    @property
    def owned(self) -> bool:
        """Whether the calling thread owns it."""
        return self._owner is not None and self._owner is self._locks.contexts.current()

    def _check_owner(self, call: str) -> ThreadContext:
        contexts = self._locks.contexts
        if contexts.closed:
            raise Closed(contexts.closed)
        context = contexts.current()
        if context is None or self._owner is not context:
            raise not_owner(self._row, call)
        return context

    def _abandon(self, context: ThreadContext) -> None:
        """For a thread that ended as the owner."""
        if self._owner is context:
            self._clock.stop()
            self._forget()
            self._locks.contexts.drop_held(context, self._held_word)
            _lockword.abandon(self._locks, self._row)

    def _forget(self) -> None:
        """Nobody here owns it: in a forked child it was not this process."""
        for hold in self._holds:
            hold._released = True
        self._owner, self._holds = None, []

    def __enter__(self) -> Hold:
        hold = self.acquire()
        self._blocks.__dict__.setdefault("holds", []).append(hold)
        return hold

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        self._leave(self._blocks.holds.pop(), kind is not None)

    def __repr__(self) -> str:
        return f"<holdfast.Mutex {self.name}>"


def blueprint(name: str, fair: bool, undo_bytes: int) -> Blueprint:
    """What :meth:`Space.mutex` asks for."""
    options = Lock.STRICTLY_FAIR if fair else 0
    return Blueprint(lock_name(name), Lock.MUTEX_KIND, options, undo_cells=_undo.cells(undo_bytes))
