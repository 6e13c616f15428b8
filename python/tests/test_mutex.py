"""The mutex: exclusion, death of owners, time-outs, hand-over, forks, the end of a space."""

from __future__ import annotations

import os
import signal
import threading
import time
import unittest
import unittest.mock
from typing import Any, Callable, Optional

import holdfast
from holdfast import _locks, _os
from holdfast._gate import LocalGate
from locksupport import LONG, Context, Lock, LockTest, Owner, Running, Shared, Wait, seeded
from support import WATCHDOG_SECONDS


class MutexTest(LockTest):
    def setUp(self) -> None:
        super().setUp()
        self.mutex = self.space.mutex("index")

    def test_with_free_ownsAndGivesBack(self) -> None:
        with self.mutex as held:
            self.assertTrue(self.mutex.owned)
            self.assertFalse(held.owner_died)
            self.assertEqual(self.space._member.handle, self.word(self.mutex) & Owner.HANDLE)
        self.assertFalse(self.mutex.owned)
        self.assertEqual(0, self.word(self.mutex))
        self.assert_quiet()

    def test_mutex_sameName_isTheSameLock(self) -> None:
        self.assertIs(self.mutex, self.space.mutex("index"))
        other = self.open()
        with self.mutex:
            self.assertIsNone(other.mutex("index").try_acquire())
        self.assertIsNotNone(other.mutex("index").try_acquire())

    def test_acquire_ownedByThisThread_isReentrant(self) -> None:
        with self.mutex as outer, self.mutex as inner:
            self.assertEqual(outer.token, inner.token)
            inner.release()
            self.assertTrue(self.mutex.owned)
        self.assertFalse(self.mutex.owned)

    def test_token_growsWithEveryOwner(self) -> None:
        tokens = []
        for _ in range(5):
            with self.mutex as held:
                tokens.append(held.token)
        self.assertEqual([1, 2, 3, 4, 5], tokens)

    def test_release_notOwned_isMisuse(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "lock=index"):
            self.mutex.release()
        hold = self.mutex.acquire()
        with self.assertRaises(RuntimeError):
            self.run_thread(hold.release).result()
        hold.release()
        hold.release()

    def test_arguments_bad_areRefusedBeforeAnything(self) -> None:
        for name in ("", "-x", "a b", "x" * 121, 5):
            with self.assertRaises((ValueError, TypeError)):
                self.space.mutex(name)
        for arguments in ({"timeout": -1}, {"timeout": "1"}, {"timeout": True}, {"priority": "urgent"}):
            with self.assertRaises((ValueError, TypeError)):
                self.mutex.acquire(**arguments)
        self.assertEqual(0, self.word(self.mutex))

    def test_mutex_nameOfAnotherKind_isRefused(self) -> None:
        self.space.semaphore("gpu", 1)
        with self.assertRaisesRegex(holdfast.WrongLockKindError, "lock=gpu, kind=semaphore, asked=mutex"):
            self.space.mutex("gpu")

    def test_mutex_existing_keepsItsFairness(self) -> None:
        self.assertFalse(self.space.mutex("index", fair=True)._row.strictly_fair)
        self.assertTrue(self.space.mutex("fair", fair=True)._row.strictly_fair)
        self.assertTrue(self.space.mutex("fair")._row.strictly_fair)

    # ---- time ----------------------------------------------------------------------------------

    def test_tryAcquire_ownedElsewhere_isNone(self) -> None:
        with self.mutex:
            self.assertIsNone(self.run_thread(self.mutex.try_acquire).result())
            with self.assertRaises(holdfast.LockTimeoutError):
                self.run_thread(lambda: self.mutex.acquire(timeout=0)).result()
        with self.mutex.try_acquire() as held:
            self.assertTrue(self.mutex.owned)
        self.assertTrue(held._released)

    def test_acquire_timeOut_saysWhoHasItAndLeavesNoTrace(self) -> None:
        with self.mutex:
            with self.assertRaisesRegex(TimeoutError, f"lock=index, timeout=0.05 s, owner=.*pid {os.getpid()}"):
                self.run_thread(lambda: self.mutex.acquire(timeout=0.05)).result()
            self.assertEqual([], self.waiting())
        self.assertEqual(1, self.word(self.mutex, Lock.TIMEOUTS))
        self.assertEqual(0, self.word(self.mutex) & Owner.TAKEN)
        self.assert_quiet()

    def test_acquire_ownedElsewhere_waitsUntilReleased(self) -> None:
        hold = self.mutex.acquire()
        waiter = self.run_thread(lambda: self.mutex.acquire().release())
        self.await_waiting(1, Wait.EXCLUSIVE)
        self.assertFalse(waiter.done.is_set())
        hold.release()
        waiter.result()
        self.assertEqual(1, self.word(self.mutex, Lock.CONTENDED))
        counted = [self.word(self.mutex, Lock.WAIT_TIMES + 8 * i) for i in range(Lock.BUCKETS)]
        self.assertEqual(1, sum(counted))
        self.assert_quiet()

    # ---- order ---------------------------------------------------------------------------------

    def in_line(self, mutex: holdfast.Mutex, priorities: list[str]) -> list[str]:
        """Starts one waiter after the other; the order in which they got it."""
        order: list[str] = []
        hold = mutex.acquire()
        threads = []
        for number, priority in enumerate(priorities):

            def wait(name: str = f"{number} {priority}", priority: str = priority) -> None:
                with mutex.acquire(priority=priority):
                    order.append(name)

            threads.append(self.run_thread(wait))
            self.await_waiting(number + 1)
        if len(set(priorities)) > 1:  # as if all had come at once: a slow machine does not age anybody
            locks = self.space._member.locks
            for index in self.waiting():
                locks.words.set(locks.segment.context(index) + Context.SINCE, time.monotonic_ns())
        hold.release()
        for thread in threads:
            thread.result()
        return order

    def test_release_strictlyFair_handsOverInOrderOfArrival(self) -> None:
        mutex = self.space.mutex("fair", fair=True)
        self.assertEqual([f"{i} normal" for i in range(5)], self.in_line(mutex, ["normal"] * 5))
        self.assertEqual(5, self.word(mutex, Lock.HAND_OVERS))

    def test_release_waitersOfDifferentPriority_highestFirst(self) -> None:
        mutex = self.space.mutex("fair", fair=True)
        order = self.in_line(mutex, ["low", "critical", "critical"])
        self.assertEqual({"1 critical", "2 critical"}, set(order[:2]))

    def test_best_ownerOfWhatACriticalWaiterWants_inherits(self) -> None:
        other = self.space.mutex("other")
        hold = self.mutex.acquire()
        contexts = self.space._member.locks.contexts

        def owner_of_other() -> None:
            with other, self.mutex.acquire(priority="low"):
                pass

        threads = [self.run_thread(owner_of_other)]
        self.await_waiting(1)
        (low,) = self.waiting()
        self.assertEqual(contexts.since(low), contexts.arrival(low, contexts.segment.waits().all()))
        threads.append(self.run_thread(lambda: other.acquire(priority="critical").release()))
        self.await_waiting(2)
        (critical,) = set(self.waiting()) - {low}
        inherited = contexts.since(critical) - 3_000_000_000
        self.assertEqual(inherited, contexts.arrival(low, contexts.segment.waits().all()))
        threads.append(self.run_thread(lambda: self.mutex.acquire(priority="high").release()))
        self.await_waiting(3)
        waiters = contexts.waiters(self.mutex._row.index, (Wait.EXCLUSIVE,))
        self.assertEqual(2, len(waiters))
        self.assertEqual(low, contexts.best(waiters).index)
        hold.release()
        for thread in threads:
            thread.result()

    # ---- the queue in the process ----------------------------------------------------------------

    def queued(self, count: int) -> list[Running]:
        """Threads that own nothing: the first waits in shared memory, the others queue here."""
        threads = [self.run_thread(lambda: self.mutex.acquire().release(), queues=True) for _ in range(count)]
        self.await_waiting(1)
        self.await_true(lambda: self.mutex._gate.waiting() == count - 1, "the others queue")
        return threads

    def test_queue_oneAtATimeWaitsInSharedMemory(self) -> None:
        with self.mutex:
            threads = self.queued(4)
            self.assertEqual(1, len(self.waiting()))
        for thread in threads:
            thread.result()
        self.assertEqual(0, self.mutex._gate.waiting())
        self.assert_quiet()

    def test_queue_timeOutAndClose_endIt(self) -> None:
        with self.mutex:
            threads = [self.run_thread(lambda: self.mutex.acquire(timeout=0.1), queues=True) for _ in range(3)]
            for thread in threads:
                with self.assertRaises(holdfast.LockTimeoutError):
                    thread.result()
        self.assertEqual(3, self.word(self.mutex, Lock.TIMEOUTS))
        self.assert_quiet()
        self.mutex.acquire()
        threads = self.queued(3)
        self.space.close()
        for thread in threads:
            with self.assertRaises(holdfast.Closed):
                thread.result()

    def test_queue_priority_goesFirst(self) -> None:
        gate, order = LocalGate(), list[str]()
        self.assertIsNone(gate.enter(0, 1, None))

        def pass_through(name: str, priority: int) -> None:
            self.assertIsNone(gate.enter(1_000_000_000, priority, None))
            order.append(name)
            gate.leave()

        threads = []
        for number, (name, priority) in enumerate((("low", 0), ("first", 1), ("second", 1), ("high", 2))):
            threads.append(self.run_thread(lambda name=name, priority=priority: pass_through(name, priority), queues=True))
            self.await_true(lambda: gate.waiting() == number + 1, "it queues")
        gate.leave()
        for thread in threads:
            thread.result()
        self.assertEqual(["high", "first", "second", "low"], order)

    def test_fork_whileOthersQueue_childFindsNobody(self) -> None:
        with self.mutex:
            threads = self.queued(2)
            pid = self.fork(lambda: self.mutex.acquire(timeout=30).release())
        for thread in threads:
            thread.result()
        self.assertEqual(0, self.reap(pid))
        self.assert_quiet()

    # ---- death ---------------------------------------------------------------------------------

    def test_acquire_ownerKilled_nextOneIsToldAndMakesItConsistent(self) -> None:
        pid = self.owner_in_child(self.mutex.acquire)
        waiter = self.run_thread(lambda: self.told(self.mutex))
        self.await_waiting(1)
        self.kill(pid)
        self.assertTrue(waiter.result())
        with self.mutex as held:
            self.assertFalse(held.owner_died)
        self.assertEqual(1, self.word(self.mutex, Lock.OWNERS_DIED))
        self.assertEqual(["index"], [event.text for event in self.space.events() if event.kind == "lock-owner-died"])
        self.assert_quiet()

    def told(self, mutex: holdfast.Mutex) -> bool:
        with mutex as held:
            if held.owner_died:
                held.mark_consistent()
            return held.owner_died

    def test_release_notMarkedConsistent_isLostForAll(self) -> None:
        self.kill(self.owner_in_child(self.mutex.acquire))
        held = self.mutex.acquire()
        self.assertTrue(held.owner_died)
        waiters = [self.run_thread(self.mutex.acquire) for _ in range(2)]
        self.await_waiting(2)
        with self.assertRaisesRegex(holdfast.OwnerDiedError, "lock=index"):
            held.release()
        for waiter in waiters:
            with self.assertRaises(holdfast.NotRecoverableError):
                waiter.result()
        with self.assertRaises(holdfast.NotRecoverableError):
            self.mutex.try_acquire()
        self.assert_quiet()

    def test_with_ownerDiedAndBlockFails_blockErrorIsRaised(self) -> None:
        self.kill(self.owner_in_child(self.mutex.acquire))
        with self.assertRaises(ZeroDivisionError), self.mutex:
            raise ZeroDivisionError
        with self.assertRaises(holdfast.NotRecoverableError):
            self.mutex.acquire()

    def test_acquire_ownerStopped_isNotTakenOver(self) -> None:
        pid = self.owner_in_child(self.mutex.acquire)
        os.kill(pid, signal.SIGSTOP)
        os.waitpid(pid, os.WUNTRACED)
        with self.assertRaises(holdfast.LockTimeoutError):
            self.mutex.acquire(timeout=0.7)
        self.kill(pid)
        self.assertTrue(self.told(self.mutex))

    def test_acquire_ownerKilledAndNobodyRecovers_waiterProvesIt(self) -> None:
        """The one who waits finds out alone, at its cap."""
        child = self.child(
            'space = holdfast.open("space", root=root)\n'
            "from unittest import mock\nfrom holdfast._watch import Watch\nfrom holdfast import _recovery\n"
            '_recovery.recover = lambda *_: False\n'
            'ready(); wait()\n'
            'with space.mutex("index") as held:\n    ready(held.owner_died); held.mark_consistent()\n'
        )
        child.await_ready()
        pid = self.owner_in_child(self.mutex.acquire)
        with PausedWatch(self.space):
            self.kill(pid)
            child.process.stdin.write("\n")
            child.process.stdin.flush()
            self.assertEqual(["True"], child.await_ready())
        self.assertEqual(0, child.go_on())

    def test_counter_ownersKilledAtRandom_staysWhole(self) -> None:
        """Words a and b are equal outside the lock; who is told of a death repairs them."""
        chance = seeded(self.id())
        shared = Shared(self.space)
        count, stop, torn, repaired = 0, 2, 3, 4

        def work() -> None:
            while not shared[stop]:
                with self.mutex as held:
                    if held.owner_died:
                        shared[repaired] += 1
                        shared[count + 1] = shared[count]
                        held.mark_consistent()
                    elif shared[count] != shared[count + 1]:
                        shared[torn] += 1
                    shared[count] += 1
                    os.sched_yield()
                    shared[count + 1] += 1

        children = [self.fork(work) for _ in range(3)]
        for _ in range(60 if LONG else 12):
            before = shared[count]
            self.await_true(lambda: shared[count] > before + 20, "the others go on")
            victim = children.pop(chance.randrange(len(children)))
            time.sleep(chance.random() * 0.003)
            self.kill(victim)
            children.append(self.fork(work))
        shared[stop] = 1
        for pid in children:
            self.assertEqual(0, self.reap(pid))
        self.assertEqual(0, shared[torn])
        with self.mutex as held:
            if held.owner_died:
                held.mark_consistent()
        self.assertLessEqual(shared[repaired], self.word(self.mutex, Lock.OWNERS_DIED))
        self.assert_quiet()

    def test_acquire_ownerThreadEnded_nextOneIsTold(self) -> None:
        self.run_thread(self.mutex.acquire).result()
        self.assertTrue(self.told(self.mutex))
        rwlock, semaphore = self.space.rwlock("table"), self.space.semaphore("gpu", 2)
        self.run_thread(rwlock.read).result()
        self.run_thread(lambda: semaphore.hold(2)).result()
        with rwlock.write() as held, semaphore.hold(2):
            self.assertFalse(held.owner_died)
        self.run_thread(rwlock.write).result()
        with rwlock.update() as held:
            self.assertTrue(held.owner_died)
            held.mark_consistent()
        self.await_true(lambda: not self.space._member.locks.contexts.own(), "their contexts are given back")

    # ---- fork and close ------------------------------------------------------------------------

    def test_fork_insideABlock_childOwnsNothing(self) -> None:
        def child() -> None:
            assert not self.mutex.owned
            assert self.mutex.try_acquire() is None
            try:
                self.mutex.release()
            except RuntimeError:
                pass
            else:
                raise AssertionError("released the parent's lock")

        with self.mutex as held:
            pid = os.fork()
            if pid:
                self.pids.add(pid)
        if not pid:  # the child left the block, too
            code = 1
            try:
                assert not held._lock.owned
                with self.mutex:
                    code = 0
            finally:
                os._exit(code)
        self.assertEqual(0, self.reap(pid))
        with self.mutex:
            self.assertEqual(0, self.reap(self.fork(child)))
            self.assertTrue(self.mutex.owned)
        self.assert_quiet()

    def test_fork_childKeepsTheLockOpen(self) -> None:
        pid = self.owner_in_child(lambda: None)
        row = self.mutex._row
        bits = self.word(self.mutex, Lock.OPENERS)
        self.assertEqual({0, 1}, {i for i in range(64) if bits >> i & 1})
        self.assertEqual(0, row.index)
        self.kill(pid)

    def test_close_whileWaiting_endsTheWait(self) -> None:
        other = self.open()
        with self.mutex:
            waiter = self.run_thread(other.mutex("index").acquire)
            self.await_waiting(1)
            other.close()
            with self.assertRaises(holdfast.Closed):
                waiter.result()
            with self.assertRaises(holdfast.Closed):
                other.mutex("index")
        self.assert_quiet()

    def test_close_whileReleased_nothingReachesTheNextOwner(self) -> None:
        for name, own in {
            "mutex": lambda space, timeout: space.mutex("index").acquire(timeout),
            "writer": lambda space, timeout: space.rwlock("table").write(timeout),
            "permits": lambda space, timeout: space.semaphore("gpu", 1).hold(timeout=timeout),
        }.items():
            with self.subTest(name):
                self.release_while_closing(own)

    def release_while_closing(self, own: Callable[[holdfast.Space, Optional[float]], Any]) -> None:
        """A thread has seen that it owns and that nothing is closed; then another one closes, and somebody else owns."""
        other, third = self.open(), self.open()
        own(other, None).release()
        contexts = other._member.locks.contexts
        seen, taken = threading.Event(), threading.Event()

        def release() -> None:
            hold = own(other, None)
            current, me = contexts.current, threading.get_ident()

            def after_the_check() -> Any:
                if threading.get_ident() == me:
                    seen.set()
                    taken.wait(WATCHDOG_SECONDS)
                return current()

            contexts.current = after_the_check
            hold.release()

        releaser = self.run_thread(release)
        self.assertTrue(seen.wait(WATCHDOG_SECONDS))
        other.close()
        hold = own(self.space, None)
        if hasattr(hold, "mark_consistent"):
            hold.mark_consistent()
        taken.set()
        with self.assertRaises(holdfast.Closed):
            releaser.result()
        with self.assertRaises(holdfast.LockTimeoutError):
            own(third, 0)
        hold.release()
        third.close()

    def acting(self, space: holdfast.Space) -> tuple[Running, threading.Event]:
        """A thread that is inside an action on one of the space's locks, until the event."""
        inside, done = threading.Event(), threading.Event()

        def act() -> None:
            with space._member.locks.contexts.acting():
                inside.set()
                done.wait(WATCHDOG_SECONDS)

        thread = self.run_thread(act)
        self.assertTrue(inside.wait(WATCHDOG_SECONDS))
        return thread, done

    def test_close_whileAnotherThreadActs_waitsForItsEnd(self) -> None:
        other = self.open()
        other.mutex("index").acquire()
        thread, done = self.acting(other)
        closing = self.run_thread(other.close)
        self.assertFalse(closing.done.wait(0.05))
        self.assertIsNone(self.mutex.try_acquire())
        done.set()
        thread.result()
        closing.result()
        self.assertTrue(self.told(self.mutex))

    def test_close_actionThatDoesNotEnd_isBusyAndLosesNothing(self) -> None:
        other = self.open()
        other.mutex("index").acquire()
        thread, done = self.acting(other)
        with unittest.mock.patch.object(_locks, "_LOOKS_MAX", 3), self.assertRaisesRegex(holdfast.Busy, "close the space again"):
            other.close()
        self.assertFalse(other.closed)
        self.assertIsNone(self.mutex.try_acquire())
        with self.assertRaises(holdfast.Closed):
            other.mutex("index").acquire()
        done.set()
        thread.result()
        other.close()
        self.assertTrue(self.told(self.mutex))

    def test_close_insideOnesOwnAction_isRefused(self) -> None:
        """As a signal handler does that interrupts an action."""
        other = self.open()
        other.mutex("index")
        with other._member.locks.contexts.acting(), self.assertRaisesRegex(holdfast.Busy, "outside of handlers"):
            other.close()
        other.mutex("index").acquire().release()
        other.close()

    def test_close_whileOwned_isAbandoned(self) -> None:
        other = self.open()
        hold = other.mutex("index").acquire()
        other.close()
        with self.assertRaises(holdfast.Closed):
            hold.release()
        self.assertTrue(self.told(self.mutex))
        self.assert_quiet()

    def test_exit_whileOwned_isAbandoned(self) -> None:
        child = self.child('space = holdfast.open("space", root=root)\nheld = space.mutex("index").acquire()\nready(); wait()')
        child.await_ready()
        self.assertEqual(0, child.go_on())
        self.assertTrue(self.told(self.mutex))

    def test_interrupt_whileWaiting_endsTheWait(self) -> None:
        child = self.child(
            "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background\n"
            'space = holdfast.open("space", root=root)\nmutex = space.mutex("index")\nready()\n'
            "try:\n    mutex.acquire()\nexcept KeyboardInterrupt:\n    ready('interrupted')\nwait()"
        )
        with self.mutex:
            child.await_ready()
            self.await_waiting(1)
            child.signal(signal.SIGINT)
            self.assertEqual(["interrupted"], child.await_ready())
            self.assertEqual([], self.waiting())
        self.assertEqual(0, child.go_on())
        self.assert_quiet()

    # ---- limits and the segment ------------------------------------------------------------------

    def test_close_lastOne_removesTheLockSegment(self) -> None:
        name = self.space._member.place.lock_name
        self.assertEqual([name], _os.list_shared(name))
        self.space.close()
        self.assert_gone()


class PausedWatch:
    """Nobody in this process recovers anybody inside the block."""

    def __init__(self, space: holdfast.Space) -> None:
        self.gate = space._member.recovery_gate

    def __enter__(self) -> None:
        self._free, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, daemon=True)
        self._thread.start()
        self._free.wait()

    def _hold(self) -> None:
        with self.gate:
            self._free.set()
            self._stop.wait()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


if __name__ == "__main__":
    unittest.main()
