"""The condition: signals reach who waits, across processes, deaths and the end of a space."""

from __future__ import annotations

import re
import unittest

import holdfast
from locksupport import LockTest, Shared, Wait


class ConditionTest(LockTest):
    """Of a mutex that has a name; :class:`PlacedConditionTest` runs the same with one in a region."""

    def setUp(self) -> None:
        super().setUp()
        self.mutex = self.mutex_of(self.space)
        self.condition = self.mutex.condition()

    def mutex_of(self, space: holdfast.Space) -> holdfast.Mutex:
        """As that participant has it open."""
        return space.mutex("queue")

    def test_condition_names(self) -> None:
        self.assertEqual("queue/condition", self.condition.name)
        self.assertIs(self.condition, self.mutex.condition())
        named = self.mutex.condition("not-empty")
        self.assertIsNot(self.condition, named)
        self.assertEqual("queue/not-empty", named.name)
        self.assertIsNot(named, self.space.mutex("other").condition("not-empty"))
        with self.assertRaisesRegex(holdfast.WrongLockKindError, "kind=condition, asked=mutex"):
            self.space.mutex("queue/not-empty")

    def test_withoutTheMutex_isMisuse(self) -> None:
        for call in (self.condition.wait, self.condition.notify, self.condition.notify_all):
            with self.assertRaisesRegex(RuntimeError, f"lock={re.escape(self.mutex.name)}"):
                call()

    def test_wait_notified_ownsTheMutexAsOftenAsBefore(self) -> None:
        def wait() -> bool:
            with self.mutex as outer, self.mutex:
                answer = self.condition.wait()
                self.assertTrue(self.mutex.owned)
                self.assertEqual(self.mutex._holds[0], outer)
                self.assertEqual(2, len(self.mutex._holds))
                return answer

        thread = self.run_thread(wait)
        self.await_waiting(1, Wait.CONDITION)
        with self.mutex:
            self.condition.notify()
        self.assertTrue(thread.result())
        self.assert_quiet()

    def test_wait_timeOut_isFalseAndOwnsTheMutex(self) -> None:
        with self.mutex:
            self.assertFalse(self.condition.wait(timeout=0.02))
            self.assertFalse(self.condition.wait(timeout=0))
            self.assertTrue(self.mutex.owned)
            self.assertFalse(self.condition.wait_for(lambda: False, timeout=0.02))
            self.assertTrue(self.condition.wait_for(lambda: True))
        self.assert_quiet()

    def test_notify_wakesThoseThatWaitedLongest(self) -> None:
        order: list[int] = []

        def wait(number: int) -> None:
            with self.mutex:
                self.condition.wait()
                order.append(number)

        threads = []
        for number in range(3):
            threads.append(self.run_thread(lambda number=number: wait(number)))
            self.await_waiting(number + 1, Wait.CONDITION)
        with self.mutex:
            self.condition.notify()
        threads[0].result()
        self.assertEqual([0], order)
        with self.mutex:
            self.condition.notify_all()
        for thread in threads:
            thread.result()
        self.assertEqual([0, 1, 2], sorted(order))
        self.assert_quiet()

    def test_pingPong_betweenProcesses(self) -> None:
        shared = Shared(self.space)
        rounds = 50

        def play(parity: int) -> None:
            with self.mutex:
                for turn in range(parity, 2 * rounds, 2):
                    self.condition.wait_for(lambda: shared[0] == turn)
                    shared[0] = turn + 1
                    self.condition.notify_all()

        pid = self.fork(lambda: play(1))
        play(0)
        self.assertEqual(0, self.reap(pid))
        self.assertEqual(2 * rounds, shared[0])
        self.assert_quiet()

    def test_wait_anotherWaiterKilled_wakesEverybody(self) -> None:
        """A signal may have gone to the dead one: the others look for themselves."""
        pid = self.fork(lambda: self.mutex.acquire() and self.condition.wait())
        self.await_waiting(1, Wait.CONDITION)

        def wait() -> bool:
            with self.mutex as held:
                answer = self.condition.wait()
                if held.owner_died:
                    held.mark_consistent()
                return answer

        thread = self.run_thread(wait)
        self.await_waiting(2, Wait.CONDITION)
        self.kill(pid)
        self.assertTrue(thread.result())
        self.assert_quiet()

    def test_wait_ownerDiedMeanwhile_holdSaysSo(self) -> None:
        def wait() -> bool:
            with self.mutex as held:
                self.condition.wait()
                died = held.owner_died
                held.mark_consistent()
                return died

        thread = self.run_thread(wait)
        self.await_waiting(1, Wait.CONDITION)
        self.kill(self.owner_in_child(lambda: (self.mutex.acquire(), self.condition.notify())))
        self.assertTrue(thread.result())
        self.assert_quiet()

    def test_wait_undeclaredData_isRefused(self) -> None:
        self.kill(self.owner_in_child(self.mutex.acquire))
        with self.mutex as held:
            with self.assertRaisesRegex(RuntimeError, "mark_consistent"):
                self.condition.wait()
            held.mark_consistent()

    def test_wait_mutexLostMeanwhile_isTold(self) -> None:
        def wait() -> None:
            with self.mutex:
                self.condition.wait()

        thread = self.run_thread(wait)
        self.await_waiting(1, Wait.CONDITION)
        words, at = self.mutex._row.words, self.mutex._row.at
        self.kill(self.owner_in_child(self.mutex.acquire))
        told = set()  # the death wakes the waiter, too: either may be the one to take what the dead left
        try:
            with self.mutex:
                pass
        except (holdfast.OwnerDiedError, holdfast.NotRecoverableError) as answer:
            told.add(type(answer))
        self.assertNotEqual(0, words.get(at))
        with self.assertRaises((holdfast.OwnerDiedError, holdfast.NotRecoverableError)) as of_waiter:
            thread.result()
        told.add(type(of_waiter.exception))
        self.assertEqual({holdfast.OwnerDiedError, holdfast.NotRecoverableError}, told)
        self.assert_quiet()

    def test_close_whileWaiting_endsTheWait(self) -> None:
        other = self.open()
        mutex = self.mutex_of(other)

        def wait() -> None:
            with mutex:
                mutex.condition().wait()

        thread = self.run_thread(wait)
        self.await_waiting(1, Wait.CONDITION)
        other.close()
        with self.assertRaises(holdfast.Closed):
            thread.result()
        with self.assertRaises(holdfast.Closed):
            mutex.condition()
        with self.mutex as held:
            self.assertFalse(held.owner_died)
        self.assert_quiet()


class PlacedConditionTest(ConditionTest):
    """Of a mutex in a region: the one condition without a name."""

    def mutex_of(self, space: holdfast.Space) -> holdfast.Mutex:
        if not any(region.name == "queue" for region in space.regions()):
            self.region = space.create("queue", 4096)
            return space.placed("queue").place_mutex(128)
        return space.placed("queue").mutex(128)

    def test_condition_names(self) -> None:
        self.assertEqual("queue[128]/condition", self.condition.name)
        with self.assertRaisesRegex(holdfast.HoldfastError, "has one condition: lock=queue.128., asked='not-empty'"):
            self.mutex.condition("not-empty")


if __name__ == "__main__":
    unittest.main()
