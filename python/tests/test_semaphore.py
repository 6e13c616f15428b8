"""The semaphore: no more than its permits, all of them back from the dead."""

from __future__ import annotations

import os
import unittest

import holdfast
from locksupport import LONG, Lock, LockTest, Owner, Shared, Wait, seeded


class SemaphoreTest(LockTest):
    def setUp(self) -> None:
        super().setUp()
        self.semaphore = self.space.semaphore("gpu", 3)

    def assert_all_free(self) -> None:
        self.assertEqual(3, self.semaphore.available)
        self.assertEqual(0, self.word(self.semaphore) & ~Owner.W)
        self.assert_quiet()

    def test_hold_takesAndGivesBack(self) -> None:
        with self.semaphore.hold(2) as two, self.semaphore.hold() as one:
            self.assertEqual((2, 1, 0), (two.count, one.count, self.semaphore.available))
            self.assertIsNone(self.semaphore.try_hold())
        self.assert_all_free()

    def test_hold_tooMany_isRefusedAtOnce(self) -> None:
        for count in (0, 4, -1):
            with self.assertRaisesRegex(ValueError, "permits=3"):
                self.semaphore.hold(count)
        with self.assertRaises(TypeError):
            self.semaphore.hold("1")
        with self.assertRaises(ValueError):
            self.space.semaphore("none", 0)

    def test_semaphore_otherPermits_isRefused(self) -> None:
        with self.assertRaisesRegex(holdfast.WrongLockKindError, "permits=3, asked=4"):
            self.space.semaphore("gpu", 4)
        with self.assertRaisesRegex(holdfast.WrongLockKindError, "kind=semaphore, asked=mutex"):
            self.space.mutex("gpu")

    def test_hold_none_free_timesOutAndLeavesNoTrace(self) -> None:
        with self.semaphore.hold(3):
            with self.assertRaises(holdfast.LockTimeoutError):
                self.run_thread(lambda: self.semaphore.hold(timeout=0.03)).result()
            with self.assertRaises(holdfast.LockTimeoutError):
                self.run_thread(lambda: self.semaphore.hold(timeout=0)).result()
        self.assertEqual(2, self.word(self.semaphore, Lock.TIMEOUTS))
        self.assert_all_free()

    def test_release_waiterForMany_getsThemTogether(self) -> None:
        one, two = self.semaphore.hold(), self.semaphore.hold(2)
        waiter = self.run_thread(lambda: self.semaphore.hold(3).release())
        self.await_waiting(1, Wait.PERMIT)
        one.release()
        self.assertFalse(waiter.done.is_set())
        late = self.run_thread(lambda: self.semaphore.hold(1).release())
        two.release()
        waiter.result()
        late.result()
        self.assert_all_free()

    def test_release_byAnotherThread_isMisuse(self) -> None:
        permits = self.semaphore.hold()
        with self.assertRaises(RuntimeError):
            self.run_thread(permits.release).result()
        permits.release()
        permits.release()
        self.assert_all_free()

    def test_hold_holderKilled_permitsComeBack(self) -> None:
        pid = self.owner_in_child(lambda: self.semaphore.hold(2))
        waiter = self.run_thread(lambda: self.semaphore.hold(3).release())
        self.await_waiting(1, Wait.PERMIT)
        self.kill(pid)
        waiter.result()
        self.assert_all_free()

    def test_hold_waiterKilled_doesNotStandInTheWay(self) -> None:
        held = self.semaphore.hold(3)
        pid = self.fork(lambda: self.semaphore.hold(3))
        self.await_waiting(1, Wait.PERMIT)
        waiter = self.run_thread(lambda: self.semaphore.hold(1).release())
        self.await_waiting(2, Wait.PERMIT)
        self.kill(pid)
        held.release()
        waiter.result()
        self.assert_all_free()

    def test_fork_childHasNoPermits(self) -> None:
        permits = self.semaphore.hold(3)

        def child() -> None:
            permits.release()
            assert self.semaphore.available == 0

        self.assertEqual(0, self.reap(self.fork(child)))
        permits.release()
        self.assert_all_free()

    def test_close_whileWaitingAndHolding_endsBoth(self) -> None:
        other = self.open()
        there = other.semaphore("gpu", 3)
        permits = there.hold(2)
        waiter = self.run_thread(lambda: there.hold(2))
        self.await_waiting(1)
        other.close()
        with self.assertRaises(holdfast.Closed):
            waiter.result()
        with self.assertRaises(holdfast.Closed):
            permits.release()
        self.assert_all_free()

    def test_knot_everyOwnerWaits_oneIsTheVictim(self) -> None:
        """Two that have the permits want each other's: nobody outside could give one back."""
        first = self.semaphore.hold(2)
        problems = []

        def other() -> None:
            with self.semaphore.hold(1):
                try:
                    self.semaphore.hold(2, priority="low").release()
                except holdfast.DeadlockError as problem:
                    problems.append(problem)

        thread = self.run_thread(other)
        self.await_waiting(1)
        with self.semaphore.hold(1):
            thread.result()
        first.release()
        self.assertIn("semaphore 'gpu' (permit)", problems[0].report)
        self.assert_all_free()

    def test_ownerWhoDoesNotWait_isNoKnot(self) -> None:
        held = self.semaphore.hold(2)
        other = self.run_thread(self._hold_one_and_want_two)
        self.await_waiting(1)
        with self.assertRaises(holdfast.LockTimeoutError):
            self.run_thread(lambda: self.semaphore.hold(1, timeout=0.3)).result()
        held.release()
        other.result()
        self.assert_all_free()

    def _hold_one_and_want_two(self) -> None:
        with self.semaphore.hold(1), self.semaphore.hold(2):
            pass

    def test_inside_holdersKilledAtRandom_neverMoreThanPermits(self) -> None:
        """Each holder counts itself in a word of its own that is only believed while it lives."""
        chance = seeded(self.id())
        shared = Shared(self.space, words=32)
        passes, stop, broken = 0, 1, 2
        guard = self.space.mutex("guard")

        def work() -> None:
            number = 0
            while not shared[stop]:
                count = number % 2 + 1
                number += 1
                with self.semaphore.hold(count) as permits:
                    if self._living_inside() > 3:
                        shared[broken] += 1
                    os.sched_yield()
                    assert permits.count == count
                with guard as held:
                    shared[passes] += 1
                    if held.owner_died:
                        held.mark_consistent()

        children = [self.fork(work) for _ in range(4)]
        for _ in range(40 if LONG else 8):
            before = shared[passes]
            self.await_true(lambda: shared[passes] > before + 10, "the others go on")
            self.kill(children.pop(chance.randrange(len(children))))
            children.append(self.fork(work))
        shared[stop] = 1
        for pid in children:
            self.assertEqual(0, self.reap(pid))
        self.assertEqual(0, shared[broken])
        self.await_true(lambda: self.semaphore.available == 3, "the permits of the dead")

    def _living_inside(self) -> int:
        return 3 - self.semaphore.available


if __name__ == "__main__":
    unittest.main()
