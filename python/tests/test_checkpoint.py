"""Cooperative preemption: an owner lets somebody more urgent go first."""

from __future__ import annotations

import os
import unittest

import holdfast
from locksupport import Lock, LockTest, Owner, Running, Wait


class CheckpointTest(LockTest):
    def setUp(self) -> None:
        super().setUp()
        self.mutex = self.space.mutex("index")

    def wants(self, lock: holdfast.Mutex, priority: str) -> Running:
        """A thread that waits for it in shared memory, takes it and gives it back; its token."""
        before = len(self.waiting())
        running = self.run_thread(lambda: self.take_once(lock, priority))
        self.await_waiting(before + 1)
        self.await_marked(lock)
        return running

    def await_marked(self, lock: object) -> None:
        """Until who waits has marked the lock so."""
        self.await_true(lambda: bool(self.word(lock) & Owner.W), "the lock is marked")

    @staticmethod
    def take_once(lock: holdfast.Mutex, priority: str) -> int:
        with lock.acquire(priority=priority) as held:
            return held.token

    def test_checkpoint_nobodyWaits_keepsTheLock(self) -> None:
        with self.mutex as held:
            self.assertFalse(held.checkpoint())
            self.assertEqual(1, held.token)

    def test_checkpoint_oneOfTheSamePriorityWaits_keepsTheLock(self) -> None:
        with self.mutex.acquire(priority="high") as held:
            other = self.wants(self.mutex, "high")
            self.assertFalse(held.checkpoint())
        self.assertEqual(2, other.result())
        self.assert_quiet()

    def test_checkpoint_oneOfAHigherPriorityWaits_letsItGoFirst(self) -> None:
        with self.mutex as held:
            other = self.wants(self.mutex, "high")
            self.assertTrue(held.checkpoint())
            self.assertEqual(2, other.result())
            self.assertEqual(3, held.token)
            self.assertTrue(self.mutex.owned)
            self.assertFalse(held.checkpoint())
        self.assertFalse(self.mutex.owned)
        self.assert_quiet()

    def test_checkpoint_moreUrgentThreadQueuesInTheProcess_isSeen(self) -> None:
        with self.mutex as held:
            first = self.run_thread(lambda: self.take_once(self.mutex, "normal"), queues=True)
            self.await_waiting(1)
            self.await_marked(self.mutex)
            second = self.run_thread(lambda: self.take_once(self.mutex, "critical"), queues=True)
            self.await_true(lambda: self.mutex._gate.waiting() == 1, "the second one queues")
            self.assertTrue(held.checkpoint())
        self.assertEqual(2, first.result())
        self.assertGreater(second.result(), 2)

    def test_checkpoint_waiterKeepsAMoreUrgentOneWaiting_inherits(self) -> None:
        outer = self.space.mutex("outer")

        def take_both() -> int:
            with outer:
                return self.take_once(self.mutex, "low")

        with self.mutex as held:
            other = self.run_thread(take_both)
            self.await_waiting(1)
            self.await_marked(self.mutex)
            self.assertFalse(held.checkpoint())
            urgent = self.wants(outer, "critical")
            self.assertTrue(held.checkpoint())
            self.assertEqual(2, other.result())
            self.assertEqual(2, urgent.result())

    def test_checkpoint_ownerKeepsAMoreUrgentOneWaitingElsewhere_keepsTheLock(self) -> None:
        outer = self.space.mutex("outer")
        with self.mutex as held, outer as elsewhere:
            high = self.wants(self.mutex, "high")
            critical = self.wants(outer, "critical")
            self.assertFalse(held.checkpoint())
            self.assertTrue(elsewhere.checkpoint())
        self.assertEqual([2, 2], [high.result(), critical.result()])

    def test_checkpoint_ownedTwice_keepsTheLock(self) -> None:
        with self.mutex as held:
            other = self.wants(self.mutex, "high")
            with self.mutex as inner:
                self.assertFalse(inner.checkpoint())
            self.assertTrue(held.checkpoint())
        self.assertEqual(2, other.result())

    def test_checkpoint_otherDiesInside_ownerIsTold(self) -> None:
        reader, writer = os.pipe()

        def die_owning() -> None:
            with self.open() as own:
                os.write(writer, b"!")
                own.mutex("index").acquire(priority="high")
                os._exit(0)

        with self.mutex as held:
            self.fork(die_owning)
            os.read(reader, 1)
            self.await_waiting(1)
            self.await_marked(self.mutex)
            self.assertTrue(held.checkpoint())
            self.assertTrue(held.owner_died)
            self.assertFalse(held.checkpoint())
            held.mark_consistent()

    def test_checkpoint_victimOfADeadlock_theHoldIsOver(self) -> None:
        inner = self.space.mutex("inner")

        def ring() -> int:
            with self.mutex.acquire(priority="high"):
                return self.take_once(inner, "high")

        with inner:
            with self.mutex as held:
                other = self.run_thread(ring)
                self.await_waiting(1)
                self.await_marked(self.mutex)
                with self.assertRaises(holdfast.DeadlockError):
                    held.checkpoint()
                self.assertFalse(self.mutex.owned)
                with self.assertRaises(RuntimeError):
                    held.checkpoint()
        self.assertEqual(2, other.result())
        self.assert_quiet()

    # ---- read-write locks ----------------------------------------------------------------------

    def test_checkpoint_writerAndAMoreUrgentReader_letsItRead(self) -> None:
        other = self.open()
        lock = self.space.rwlock("table")

        def read() -> str:
            with other.rwlock("table").read(priority="high") as held:
                return held.mode

        with lock.write() as held:
            reading = self.run_thread(read)
            self.await_waiting(1, Wait.READ)
            self.await_marked(lock)
            self.assertTrue(held.checkpoint())
            self.assertEqual("read", reading.result())
            self.assertEqual(("write", 2), (held.mode, held.token))
        self.assertEqual(0, self.word(lock) & ~(1 << 63))

    def test_checkpoint_updaterAndAMoreUrgentWriter_letsItWrite(self) -> None:
        other = self.open()

        def write() -> int:
            with other.rwlock("table").write(priority="critical") as held:
                return held.token

        with self.space.rwlock("table").update() as held:
            writing = self.run_thread(write)
            self.await_waiting(1)
            self.await_marked(self.space.rwlock("table"))
            self.assertTrue(held.checkpoint())
            self.assertEqual(2, writing.result())
            self.assertEqual("update", held.mode)
            held.upgrade()
            self.assertEqual("write", held.mode)

    def test_checkpoint_readerOrOwnedTwice_keepsIt(self) -> None:
        lock = self.space.rwlock("table")
        with lock.write() as held:
            other = self.run_thread(lambda: lock.write(priority="high").release())
            self.await_waiting(1)
            self.await_marked(lock)
            with lock.read() as inner:
                self.assertFalse(held.checkpoint())
                self.assertFalse(inner.checkpoint())
        other.result()
        with lock.read() as held:
            other = self.run_thread(lambda: lock.write(priority="high").release())
            self.await_waiting(1)
            self.assertFalse(held.checkpoint())
        other.result()

    def test_rwlock_options_standInTheLockAndStay(self) -> None:
        lock = self.space.rwlock("biased", read_biased=True, fair=True)
        self.assertEqual(Lock.READ_BIASED | Lock.STRICTLY_FAIR, self.word(lock, Lock.OPTIONS))
        self.assertEqual(0, self.word(self.space.rwlock("plain"), Lock.OPTIONS))
        again = self.open().rwlock("biased")
        self.assertTrue(again._row.strictly_fair)
        with lock.read(), again.read():
            pass
        with again.write():
            pass
        with lock.write():
            pass


if __name__ == "__main__":
    unittest.main()
