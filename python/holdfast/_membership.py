"""A member with what belongs to it in this process: its thread, its regions, its end, its forks."""

from __future__ import annotations

import atexit
import os
import threading
from typing import Optional

from . import _events, _join, _lifecycle, _os, _recovery
from ._layout import Catalog, Event, Participant
from ._member import Member
from ._os import LockFile
from ._watch import Watch
from .errors import Closed, HoldfastError

_QUIESCE_SECONDS = 10.0


class Membership:
    """From the join to the leave.

    **Lifetime.** ``close`` ends it at once when nothing is held any more. While NumPy arrays or
    memoryviews are still alive, it goes on in the background and ends with the last of them, or with
    the interpreter. **Sharing.** Any thread; ``release_later`` and ``close_later`` may be called by
    finalizers, they take no lock.
    """

    def __init__(self, member: Member) -> None:
        self.member = member
        self.closing = False
        self._end_lock = threading.Lock()
        self._child: Optional[tuple[LockFile, int, int]] = None
        self._child_problem = ""
        self._quiet = False
        self._watch = Watch(member, self._tend)
        _memberships.add(self)

    # ---- finalizers' side ----------------------------------------------------------------------

    def release_later(self, slot: int, generation: int) -> None:
        """A mapping died: its hold goes soon, in the thread."""
        self.member.deferred.append((slot, generation))
        self._watch.wake()

    def close_later(self) -> None:
        """The space was dropped without ``close``."""
        self.closing = True
        self._watch.wake()

    # ---- release and end -----------------------------------------------------------------------

    def release(self, slot: int, generation: int) -> None:
        """Gives a hold back now."""
        try:
            with self.member.operation():
                _lifecycle.release(self.member, slot, generation)
        except Closed:
            pass  # the column was cleared when the member left

    def settle(self) -> None:
        """Releases what finalizers left."""
        deferred = self.member.deferred
        while deferred:
            try:
                self.release(*deferred.popleft())
            except IndexError:
                return  # another thread was faster

    def close(self, at_exit: bool = False) -> None:
        """Leaves, or arranges to leave with the last mapping."""
        self.closing = True
        self.settle()
        if at_exit or not self.member.held_slots():
            self._end()
            self._watch.join()

    def _end(self) -> None:
        with self._end_lock:
            if self.member.gone:
                return
            self.member.operations.close(_QUIESCE_SECONDS)
            try:
                self.member.gone = f"space is closed: space={self.member.place.space}; open it again"
                _join.leave_quietly(self.member)
            finally:
                self.member.operations.open()
                _memberships.discard(self)

    def _tend(self) -> bool:
        """The thread's share of the work; whether it goes on."""
        try:
            self.settle()
            if self.closing and not self.member.gone and not self.member.held_slots():
                self._end()
        except HoldfastError as problem:
            _recovery.log.warning("%s", problem)
        return not self.member.gone

    # ---- fork ----------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Joins a second time, for the child, with everything that is held here."""
        try:
            self.member.operations.close(_QUIESCE_SECONDS)
            self._quiet = True
            self._child = self._join_for_child()
        except (HoldfastError, OSError) as problem:
            self._child_problem = str(problem)
            _recovery.log.warning("a forked child cannot use space %s: %s", self.member.place.space, problem)

    def _join_for_child(self) -> tuple[LockFile, int, int]:
        member = self.member
        live = LockFile(os.open(f"/proc/self/fd/{member.live.descriptor}", os.O_RDWR | os.O_CLOEXEC), member.live.path)
        try:
            with member.creation():
                slot, generation = _join.join(member, live, own=False)
            for held in member.held_slots():
                member.control.set_bit(held, slot)
            if member.locks:
                member.locks.join_for_child(slot)
        except BaseException:
            live.close()
            raise
        return live, slot, generation

    def after_fork_in_parent(self) -> None:
        if self._child:
            self._child[0].close()
            self._watch.expect_child(self._child[1])
        if self._quiet:
            self.member.operations.open()
        self._child, self._child_problem, self._quiet = None, "", False

    def after_fork_in_child(self) -> None:
        """Becomes the participant that the parent joined for us."""
        member, child, problem = self.member, self._child, self._child_problem
        self._child, self._child_problem, self._quiet = None, "", False
        self._end_lock = threading.Lock()
        self._watch.abandon()
        member.renew_gates()
        member.live.close()
        if not child:
            member.gone = f"space was not carried over the fork: space={member.place.space}; {problem}"
            if member.locks:
                member.locks.become_child()
                member.locks.contexts.closed = member.gone
            _memberships.discard(self)
            return
        member.live, slot, generation = child
        member.identify(slot, generation)
        if member.locks:
            member.locks.become_child()
        self._sign_as_child()
        self._watch = Watch(member, self._tend)

    def _sign_as_child(self) -> None:
        control, who = self.member.control, _os.identity()
        entry = control.participant(self.member.slot)
        control.words.set(entry + Participant.PID, who.pid)
        control.words.set(entry + Participant.START_TIME, who.start_time)
        control.add_cell(Catalog.JOINS, 1)  # last: now peers look for a process to watch
        _events.record(control, self.member.handle, Event.JOINED, 0, 0, self.member.label)


_memberships: set[Membership] = set()


def _before_fork() -> None:
    for membership in list(_memberships):
        membership.before_fork()


def _after_fork_in_parent() -> None:
    for membership in list(_memberships):
        membership.after_fork_in_parent()


def _after_fork_in_child() -> None:
    for membership in list(_memberships):
        membership.after_fork_in_child()


def _at_exit() -> None:
    for membership in list(_memberships):
        membership.close(at_exit=True)


os.register_at_fork(
    before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
)
atexit.register(_at_exit)
