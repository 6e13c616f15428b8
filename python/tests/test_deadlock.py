"""Deadlocks: rings and knots of threads and of processes lose exactly one wait."""

from __future__ import annotations

import os
import unittest

import holdfast
from holdfast import _deadlock
from holdfast._deadlock import Node
from holdfast._locklayout import Context, Header, Wait
from locksupport import Lock, LockTest, Shared


def node(index: int, *, held: int = 1, since: int = 0, priority: int = 1, victim: int = 0) -> Node:
    return Node(index, 1 << 16, 5, Wait.pack(1, 0), tuple(range(1, held + 1)), since, priority, 0, 0, victim)


class VictimTest(unittest.TestCase):
    def test_choose_rules_inTheirOrder(self) -> None:
        for expected, members in (
            (2, [node(1, victim=1, priority=0), node(2, priority=3, held=9)]),
            (1, [node(1, victim=2), node(2, victim=3)]),
            (1, [node(1, priority=0, held=9), node(2, priority=1, held=1)]),
            (2, [node(1, held=2, since=9), node(2, held=1, since=1)]),
            (1, [node(1, since=9), node(2, since=8)]),
            (2, [node(1), node(2)]),
        ):
            self.assertEqual(expected, _deadlock.choose(members).index)
            self.assertEqual(expected, _deadlock.choose(members[::-1]).index)


class DeadlockTest(LockTest):
    def test_twoThreads_oneIsTheVictimAndIsTold(self) -> None:
        a, b = self.space.mutex("a"), self.space.mutex("b")
        first = a.acquire()
        outcome = []

        def other() -> None:
            with b:
                try:
                    a.acquire(priority="low")
                except holdfast.DeadlockError as problem:
                    outcome.append(problem)

        thread = self.run_thread(other)
        self.await_waiting(1)
        with b:
            first.release()
        thread.result()
        problem = outcome[0]
        self.assertIn("lock=a", str(problem))
        self.assertEqual(2, len(problem.report.splitlines()))
        self.assertRegex(problem.report, rf"pid {os.getpid()} thread '.*' waits .* s for mutex 'a' \(exclusive\)")
        self.assertIn("owned by", problem.report)
        self.assertEqual(1, self.word(a, Lock.VICTIMS))
        self.assertEqual(1, self.space._member.locks.words.get(Header.DEADLOCKS))
        self.assertEqual(["a"], [event.text for event in self.space.events() if event.kind == "deadlock"])
        self.assert_quiet()

    def test_drainIsTheVictim_isToldAndStepsOut(self) -> None:
        """A writer waits for a reader that waits for its mutex: letting readers in would not help."""
        lock, mutex = self.space.rwlock("table"), self.space.mutex("a")
        reader = lock.read()

        def writer() -> None:
            with mutex, self.assertRaises(holdfast.DeadlockError) as caught:
                lock.write(priority="low")
            self.assertIn("read-write lock 'table' (drain)", caught.exception.report)

        thread = self.run_thread(writer)
        self.await_waiting(1, Wait.DRAIN)
        with mutex:
            thread.result()
        reader.release()
        with lock.write():
            pass
        self.assert_quiet()

    def test_ringOfThreeProcesses_oneVictim(self) -> None:
        locks = [self.space.mutex(f"m{i}") for i in range(3)]
        shared = Shared(self.space)
        ready, victims, done = 0, 1, 2
        guard = self.space.mutex("guard")

        def member(number: int) -> None:
            with locks[number]:
                with guard:
                    shared[ready] += 1
                while shared[ready] < 3:
                    os.sched_yield()
                try:
                    with locks[(number + 1) % 3]:
                        pass
                except holdfast.DeadlockError as problem:
                    assert len(problem.report.splitlines()) == 3, problem.report
                    with guard:
                        shared[victims] += 1
            with guard:
                shared[done] += 1

        children = [self.fork(lambda number=number: member(number)) for number in range(3)]
        for pid in children:
            self.assertEqual(0, self.reap(pid))
        self.assertEqual((1, 3), (shared[victims], shared[done]))
        self.assert_quiet()

    def test_chainWithoutCycle_isNoDeadlock(self) -> None:
        a, b = self.space.mutex("a"), self.space.mutex("b")
        hold = a.acquire()

        def middle() -> None:
            with b, a:
                pass

        threads = [self.run_thread(middle)]
        self.await_waiting(1)
        threads.append(self.run_thread(lambda: b.acquire().release()))
        self.await_waiting(2)
        locks = self.space._member.locks
        snapshot = _deadlock.Snapshot(locks)
        self.assertEqual([[], []], [snapshot.ring(index) for index in self.waiting()])
        hold.release()
        for thread in threads:
            thread.result()
        self.assert_quiet()

    def test_look_memberMovedMeanwhile_isLeftAlone(self) -> None:
        a = self.space.mutex("a")
        with a:
            thread = self.run_thread(lambda: a.acquire().release())
            self.await_waiting(1)
            locks = self.space._member.locks
            members = [_deadlock._read(locks, self.waiting()[0])]
            self.assertTrue(_deadlock._confirmed(locks, members))
            for moved in ({"sequence": 1}, {"wait": 0}, {"held": ()}, {"priority": 3}, {"victim": 7}):
                moved = {name: value if value != getattr(members[0], name) else (9,) for name, value in moved.items()}
                self.assertFalse(_deadlock._confirmed(locks, [members[0]._replace(**moved)]))
            locks.words.set(locks.segment.context(members[0].index) + Context.CANCEL, members[0].sequence)
            self.assertFalse(_deadlock._confirmed(locks, members))
            with self.assertRaises(holdfast.DeadlockError):
                thread.result()

    def test_victim_twice_isSpared(self) -> None:
        """The same two threads meet again and again: the victim of one meeting is not that of the next."""
        a, b = self.space.mutex("a"), self.space.mutex("b")
        victims: list[str] = []

        def meet(mine: holdfast.Mutex, other: holdfast.Mutex, me: str) -> None:
            with self.space.mutex(f"own-{me}"):  # keeps the context, and so its memory of the last wait
                for number in range(2):
                    with mine:
                        self.await_meeting(number)
                        try:
                            with other:
                                pass
                        except holdfast.DeadlockError:
                            victims.append(me)
                    self.await_meeting(number + 10)

        self.meetings: dict[int, int] = {}
        threads = [self.run_thread(lambda: meet(a, b, "one")), self.run_thread(lambda: meet(b, a, "two"))]
        for thread in threads:
            thread.result()
        self.assertEqual({"one", "two"}, set(victims))
        self.assertEqual(2, len(victims))

    def await_meeting(self, number: int) -> None:
        with self.meeting_lock:
            self.meetings[number] = self.meetings.get(number, 0) + 1
        self.await_true(lambda: self.meetings[number] == 2, "both are there")

    def setUp(self) -> None:
        super().setUp()
        import threading

        self.meeting_lock = threading.Lock()


if __name__ == "__main__":
    unittest.main()
