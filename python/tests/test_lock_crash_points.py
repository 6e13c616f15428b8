"""Death before every single store of the lock protocols: whoever comes next always gets the lock.

A forked victim counts its stores and kills itself before the n-th, n growing until the operation
completes. Meanwhile threads of the survivor wait for the same lock; all of them must get through,
and afterwards nobody owns, waits or reads.
"""

from __future__ import annotations

import itertools
import os
import signal
import unittest
from typing import Callable, ContextManager, Sequence
from unittest import mock

import holdfast
from holdfast import _lockword
from locksupport import LockTest, Owner, Running
from support import WATCHDOG_SECONDS
from test_crash_points import die_before

_POINTS_MAX = 200


def nothing(space: holdfast.Space) -> object:
    return None


def impatient() -> ContextManager[object]:
    """Waits inside end with a time-out at their second look, however slow the machine is."""
    looks = itertools.count()
    return mock.patch.object(_lockword.Sleeper, "over", lambda _: "time-out" if next(looks) else None)


class LockCrashPointTest(LockTest):
    """Each point has a space of its own; ``act`` gets what ``own`` returned in the victim.

    Sleeps are cut short, so that waiters prove a death by themselves sooner than anybody recovers it.
    """

    def setUp(self) -> None:
        super().setUp()
        for name, nanos in (("LOOK_NANOS", 4_000_000), ("_CAP_NANOS", 8_000_000)):
            patch = mock.patch.object(_lockword, name, nanos)
            patch.start()
            self.addCleanup(patch.stop)

    def visit(
        self,
        act: Callable[[holdfast.Space, object], object],
        own: Callable[[holdfast.Space], object] = nothing,
        before: Callable[[holdfast.Space], object] = nothing,
        meanwhile: Sequence[Callable[[holdfast.Space], object]] = (),
        after: Callable[[holdfast.Space], object] = nothing,
        least: int = 5,
    ) -> None:
        for point in range(1, _POINTS_MAX):
            with self.subTest(point=point):
                self.space.close()
                self.space = self.open(f"p{point}")
                kept = before(self.space)
                code = self.visit_one(point, act, own, meanwhile)
                del kept
                after(self.space)
                if self.space._member.locks:
                    self.assert_quiet()
            if code == 0:
                self.assertGreater(point, least, "the points of the operation were not visited")
                return
            self.assertEqual(-signal.SIGKILL, code)
        self.fail(f"the operation has more than {_POINTS_MAX} points")

    def visit_one(self, point: int, act: Callable, own: Callable, meanwhile: Sequence[Callable]) -> int:
        space = self.space
        ready, go = os.pipe(), os.pipe()

        def victim() -> None:
            mine = own(space)
            os.write(ready[1], b"!")
            os.read(go[0], 1)
            die_before(point)
            act(space, mine)
            os._exit(0)  # what it still owns is left to the living

        pid = self.fork(victim)
        self.assertEqual(b"!", os.read(ready[0], 1))
        waiters: list[Running] = []
        for wait in meanwhile:
            waiters.append(self.run_thread(lambda wait=wait: wait(space)))
            self.await_waiting(len(waiters))
        os.write(go[1], b"!")
        code = self.reap(pid)
        for waiter in waiters:
            waiter.result()
        for descriptor in (*ready, *go):
            os.close(descriptor)
        return code

    # ---- what a survivor does ------------------------------------------------------------------

    @staticmethod
    def lock(space: holdfast.Space) -> None:
        with space.mutex("m").acquire(timeout=WATCHDOG_SECONDS) as held:
            if held.owner_died:
                held.mark_consistent()

    @staticmethod
    def read(space: holdfast.Space) -> None:
        with space.rwlock("rw").read(timeout=WATCHDOG_SECONDS) as held:
            held.mark_consistent()

    @staticmethod
    def write(space: holdfast.Space) -> None:
        with space.rwlock("rw").write(timeout=WATCHDOG_SECONDS) as held:
            held.mark_consistent()

    @staticmethod
    def update(space: holdfast.Space) -> None:
        with space.rwlock("rw").update(timeout=WATCHDOG_SECONDS) as held:
            held.mark_consistent()

    @staticmethod
    def take(space: holdfast.Space) -> None:
        space.semaphore("s", 2).hold(2, timeout=WATCHDOG_SECONDS).release()

    # ---- open ----------------------------------------------------------------------------------

    def test_firstLockOfTheSpace(self) -> None:
        self.visit(lambda space, _: space.mutex("m"), after=self.lock, least=20)

    def test_openAnotherLock(self) -> None:
        def after(space: holdfast.Space) -> None:
            self.take(space)
            self.write(space)

        act = lambda space, _: space.semaphore("s", 2)  # noqa: E731
        self.visit(act, before=lambda space: space.mutex("m"), after=after, least=10)

    # ---- mutex ---------------------------------------------------------------------------------

    def test_mutex_acquireAndRelease(self) -> None:
        act = lambda space, _: space.mutex("m").acquire().release()  # noqa: E731
        self.visit(act, before=lambda space: space.mutex("m"), after=self.lock, least=10)

    def test_mutex_releaseToWaiters(self) -> None:
        own = lambda space: space.mutex("m").acquire()  # noqa: E731
        before = lambda space: space.mutex("m")  # noqa: E731
        act = lambda space, held: held.release()  # noqa: E731
        self.visit(act, own, before, meanwhile=[self.lock] * 2, after=self.lock)

    def test_mutex_waitAndGiveUp(self) -> None:
        def act(space: holdfast.Space, _: object) -> None:
            with impatient(), self.assertRaises(holdfast.LockTimeoutError):
                space.mutex("m").acquire()

        before = lambda space: space.mutex("m").acquire()  # noqa: E731
        after = lambda space: (space.mutex("m").release(), self.lock(space))  # noqa: E731
        self.visit(act, before=before, after=after, least=15)

    def test_mutex_abandonedIsTakenOverAndDeclared(self) -> None:
        def before(space: holdfast.Space) -> None:
            mutex = space.mutex("m")
            words, at = mutex._locks.words, mutex._row.at
            words.set(at, Owner.D)

        act = lambda space, _: self.lock(space)  # noqa: E731
        self.visit(act, before=before, after=self.lock, least=10)

    def test_mutex_lostForAll(self) -> None:
        """Whoever waits while the lock is given up, or its giver dies, gets it or is told."""

        def before(space: holdfast.Space) -> None:
            mutex = space.mutex("m")
            mutex._locks.words.set(mutex._row.at, Owner.D)

        def lock(space: holdfast.Space) -> None:
            try:
                self.lock(space)
            except holdfast.NotRecoverableError:
                pass

        def act(space: holdfast.Space, held: holdfast.Hold) -> None:
            try:
                held.release()
            except holdfast.OwnerDiedError:
                pass

        own = lambda space: space.mutex("m").acquire()  # noqa: E731
        self.visit(act, own, before, meanwhile=[lock] * 2, after=lock, least=2)

    # ---- condition -----------------------------------------------------------------------------

    def test_condition_notify(self) -> None:
        def wait(space: holdfast.Space) -> None:
            with space.mutex("m") as held:
                space.mutex("m").condition().wait()
                if held.owner_died:
                    held.mark_consistent()

        def act(space: holdfast.Space, _: object) -> None:
            with space.mutex("m"):
                space.mutex("m").condition().notify_all()

        before = lambda space: space.mutex("m").condition()  # noqa: E731
        self.visit(act, before=before, meanwhile=[wait], after=self.lock, least=12)

    def test_condition_wait(self) -> None:
        def act(space: holdfast.Space, _: object) -> None:
            with space.mutex("m"), impatient():
                space.mutex("m").condition().wait()

        before = lambda space: space.mutex("m").condition()  # noqa: E731
        self.visit(act, before=before, after=self.lock, least=20)

    # ---- semaphore -----------------------------------------------------------------------------

    def test_semaphore_holdAndRelease(self) -> None:
        act = lambda space, _: space.semaphore("s", 2).hold(2).release()  # noqa: E731
        self.visit(act, before=lambda space: space.semaphore("s", 2), after=self.take, least=10)

    def test_semaphore_releaseToWaiters(self) -> None:
        own = lambda space: space.semaphore("s", 2).hold(2)  # noqa: E731
        before = lambda space: space.semaphore("s", 2)  # noqa: E731
        act = lambda space, permits: permits.release()  # noqa: E731
        self.visit(act, own, before, meanwhile=[self.take] * 2, after=self.take)

    def test_semaphore_waitAndGiveUp(self) -> None:
        def act(space: holdfast.Space, _: object) -> None:
            with impatient(), self.assertRaises(holdfast.LockTimeoutError):
                space.semaphore("s", 2).hold(2)

        kept: list[holdfast.Permits] = []
        before = lambda space: kept.append(space.semaphore("s", 2).hold())  # noqa: E731
        after = lambda space: (kept.pop().release(), self.take(space))  # noqa: E731
        self.visit(act, before=before, after=after, least=15)

    # ---- read-write lock -------------------------------------------------------------------------

    def test_rwlock_readAndRelease(self) -> None:
        act = lambda space, _: space.rwlock("rw").read().release()  # noqa: E731
        self.visit(act, before=lambda space: space.rwlock("rw"), after=self.write, least=10)

    def test_rwlock_lastReaderLeavesADrainingWriter(self) -> None:
        own = lambda space: space.rwlock("rw").read()  # noqa: E731
        act = lambda space, held: held.release()  # noqa: E731
        before = lambda space: space.rwlock("rw")  # noqa: E731
        self.visit(act, own, before, meanwhile=[self.write, self.read], after=self.write, least=3)

    def test_rwlock_waitToReadAndGiveUp(self) -> None:
        def act(space: holdfast.Space, _: object) -> None:
            with impatient(), self.assertRaises(holdfast.LockTimeoutError):
                space.rwlock("rw").read()

        kept: list[holdfast.ReadWriteHold] = []
        before = lambda space: kept.append(space.rwlock("rw").write())  # noqa: E731
        after = lambda space: (kept.pop().release(), self.write(space))  # noqa: E731
        self.visit(act, before=before, after=after, least=15)

    def test_rwlock_writerAdmitsABatch(self) -> None:
        own = lambda space: space.rwlock("rw").write()  # noqa: E731
        act = lambda space, held: held.release()  # noqa: E731
        before = lambda space: space.rwlock("rw")  # noqa: E731
        meanwhile = [self.read, self.write, self.read, self.update]
        self.visit(act, own, before, meanwhile, after=self.write, least=8)

    def test_rwlock_drainAndGiveUp(self) -> None:
        def act(space: holdfast.Space, _: object) -> None:
            with impatient(), self.assertRaises(holdfast.LockTimeoutError):
                space.rwlock("rw").write()

        kept: list[holdfast.ReadWriteHold] = []
        before = lambda space: kept.append(space.rwlock("rw").read())  # noqa: E731
        after = lambda space: (kept.pop().release(), self.write(space))  # noqa: E731
        self.visit(act, before=before, after=after, least=15)

    def test_rwlock_upgradeAndDowngrade(self) -> None:
        def act(space: holdfast.Space, held: holdfast.ReadWriteHold) -> None:
            held.upgrade()
            held.downgrade()
            held.downgrade("read")
            held.release()

        own = lambda space: space.rwlock("rw").update()  # noqa: E731
        before = lambda space: space.rwlock("rw")  # noqa: E731
        self.visit(act, own, before, meanwhile=[self.update, self.write], after=self.write, least=12)

    def test_rwlock_abandonedIsTakenOverByAReader(self) -> None:
        def before(space: holdfast.Space) -> None:
            lock = space.rwlock("rw")
            lock._locks.words.set(lock._row.at, Owner.D)

        act = lambda space, _: self.read(space)  # noqa: E731
        self.visit(act, before=before, after=self.write, least=15)

    def test_leaveWithEverything(self) -> None:
        """Closing a space that still owns locks."""

        def own(space: holdfast.Space) -> object:
            return space.mutex("m").acquire(), space.rwlock("rw").write(), space.semaphore("s", 2).hold()

        def after(space: holdfast.Space) -> None:
            for check in (self.lock, self.read, self.take):
                check(space)

        before = lambda space: (space.mutex("m"), space.rwlock("rw"), space.semaphore("s", 2))  # noqa: E731
        act = lambda space, _: space.close()  # noqa: E731
        self.visit(act, own, before, meanwhile=[self.lock, self.read], after=after, least=20)


if __name__ == "__main__":
    unittest.main()
