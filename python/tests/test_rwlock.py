"""The read-write lock: who keeps whom out, changes of mode, dead readers and writers."""

from __future__ import annotations

import os
import threading
import unittest

import holdfast
from holdfast._locklayout import Header
from locksupport import LONG, Lock, LockTest, Owner, Shared, Wait, seeded


class ReadWriteLockTest(LockTest):
    def setUp(self) -> None:
        super().setUp()
        self.lock = self.space.rwlock("table")

    def cells(self) -> list[int]:
        locks, row = self.space._member.locks, self.lock._row
        found = [locks.words.get(locks.segment.cell(row.first_cell + i)) for i in range(row.cells)]
        return [cell for cell in found if cell]

    def assert_free(self) -> None:
        self.assertEqual(0, self.word(self.lock) & ~Owner.W)
        self.assertEqual([], [c for c in self.cells() if not self.space._member.locks.contexts.dead(c, prove=True)])
        self.assertEqual(0, self.lock._readers)
        self.assert_quiet()

    def is_kept_out(self, mode: str) -> bool:
        def attempt() -> bool:
            try:
                getattr(self.lock, mode)(timeout=0).release()
                return False
            except holdfast.LockTimeoutError:
                return True

        return bool(self.run_thread(attempt).result())

    # ---- modes ---------------------------------------------------------------------------------

    def test_modes_whoKeepsWhomOut(self) -> None:
        expected = {"read": {"write"}, "update": {"update", "write"}, "write": {"read", "update", "write"}}
        for mode, out in expected.items():
            with self.subTest(mode), getattr(self.lock, mode)() as held:
                self.assertEqual(mode, held.mode)
                self.assertEqual(out, {other for other in expected if self.is_kept_out(other)})
        self.assert_free()

    def test_modes_acrossProcesses(self) -> None:
        expected = {"read": {"write"}, "update": {"update", "write"}, "write": {"read", "update", "write"}}
        for mode, out in expected.items():
            pid = self.owner_in_child(getattr(self.lock, mode))
            with self.subTest(mode):
                self.assertEqual(out, {other for other in expected if self.is_kept_out(other)})
            self.kill(pid)
            with self.lock.write() as held:
                self.assertEqual(mode != "read", held.owner_died)
                held.mark_consistent()
        self.assert_free()

    def test_read_twoThreads_shareTheCell(self) -> None:
        inside, done = threading.Event(), threading.Event()

        def read() -> None:
            with self.lock.read():
                inside.set()
                self.assertTrue(done.wait(60))

        first = self.lock.read()
        second = self.run_thread(read)
        self.assertTrue(inside.wait(60))
        self.assertEqual(2, self.lock._readers)
        self.assertEqual([self.space._member.handle], self.cells())
        first.release()
        self.assertEqual([self.space._member.handle], self.cells())
        self.assertEqual(1, self.lock._readers)
        done.set()
        second.result()
        self.assertEqual([], self.cells())

    def test_nested_sameOrLess_isReentrant(self) -> None:
        for mode in ("read", "update", "write"):
            with getattr(self.lock, mode)() as outer, self.lock.read() as inner:
                self.assertEqual(mode, inner.mode)
                inner.release()
                self.assertEqual(mode, outer.mode)
        self.assert_free()

    def test_nested_more_isMisuse(self) -> None:
        with self.lock.read() as held:
            for more in (self.lock.update, self.lock.write, held.upgrade):
                with self.assertRaisesRegex(RuntimeError, "lock=table"):
                    more()
        with self.lock.update():
            with self.assertRaisesRegex(RuntimeError, "upgrade"):
                self.lock.write()
        self.assert_free()

    def test_release_byAnotherThread_isMisuse(self) -> None:
        for mode in ("read", "write"):
            held = getattr(self.lock, mode)()
            with self.assertRaises(RuntimeError):
                self.run_thread(held.release).result()
            held.release()
            held.release()
            with self.assertRaises(RuntimeError):
                held.downgrade()
        self.assert_free()

    # ---- order ---------------------------------------------------------------------------------

    def test_write_pending_keepsNewReadersOut(self) -> None:
        reader = self.lock.read()
        writer = self.run_thread(lambda: self.lock.write().release())
        self.await_waiting(1, Wait.DRAIN)
        late = self.run_thread(lambda: self.lock.read().release())
        self.await_waiting(1, Wait.READ)
        self.assertFalse(late.done.is_set())
        reader.release()
        writer.result()
        late.result()
        self.assert_free()

    def test_write_givenUp_letsTheReadersIn(self) -> None:
        reader = self.lock.read()
        writer = self.run_thread(lambda: self.lock.write(timeout=0.15))
        late = self.run_thread(lambda: self.lock.read().release())
        with self.assertRaises(holdfast.LockTimeoutError):
            writer.result()
        late.result()
        reader.release()
        self.assert_free()

    def test_release_writer_admitsWaitingReadersAsABatch(self) -> None:
        """Readers that waited go in before the writer that waited as well."""
        order: list[str] = []
        writer = self.lock.write()

        def read() -> None:
            with self.lock.read():
                order.append("read")

        def write() -> None:
            with self.lock.write():
                order.append("write")

        threads = []
        for number, body in enumerate((write, read, read, read)):
            threads.append(self.run_thread(body))
            self.await_waiting(number + 1)
        writer.release()
        for thread in threads:
            thread.result()
        self.assertEqual(["read"] * 3 + ["write"], order)
        self.assert_free()

    def test_release_writer_admitsReadersOfOtherProcesses(self) -> None:
        shared = Shared(self.space)

        def child() -> None:
            with self.lock.read():
                assert shared[0] == 1

        writer = self.lock.write()
        pids = [self.fork(child) for _ in range(2)]
        self.await_waiting(2, Wait.READ)
        shared[0] = 1
        writer.release()
        for pid in pids:
            self.assertEqual(0, self.reap(pid))
        self.assert_free()

    # ---- change of mode ------------------------------------------------------------------------

    def test_upgrade_waitsForReaders(self) -> None:
        reader = self.lock.read()

        def update() -> str:
            with self.lock.update() as held:
                held.upgrade()
                held.upgrade()
                return held.mode

        updater = self.run_thread(update)
        self.await_waiting(1, Wait.DRAIN)
        self.assertTrue(self.is_kept_out("read"))
        reader.release()
        self.assertEqual("write", updater.result())
        self.assert_free()

    def test_upgrade_timeOut_staysUpdater(self) -> None:
        reader = self.lock.read()

        def update() -> None:
            with self.lock.update() as held:
                with self.assertRaises(holdfast.LockTimeoutError):
                    held.upgrade(timeout=0.03)
                self.assertEqual("update", held.mode)
                self.assertFalse(self.is_kept_out("read"))
                self.assertTrue(self.is_kept_out("update"))

        self.run_thread(update).result()
        reader.release()
        self.assert_free()

    def test_downgrade_letsOthersInStepByStep(self) -> None:
        with self.lock.write() as held:
            late = self.run_thread(lambda: self.lock.read().release())
            self.await_waiting(1, Wait.READ)
            held.downgrade()
            late.result()
            self.assertEqual("update", held.mode)
            self.assertTrue(self.is_kept_out("update"))
            held.downgrade("read")
            self.assertFalse(self.is_kept_out("update"))
            self.assertTrue(self.is_kept_out("write"))
            with self.assertRaises(RuntimeError):
                held.downgrade("update")
            with self.assertRaises(ValueError):
                held.downgrade("nothing")
            held.downgrade("read")
        self.assert_free()

    def test_downgrade_writerToReader_noWriterBetween(self) -> None:
        held = self.lock.write()
        writer = self.run_thread(lambda: self.lock.write().release())
        self.await_waiting(1)
        held.downgrade("read")
        self.await_waiting(1, Wait.DRAIN)
        self.assertFalse(writer.done.is_set())
        held.release()
        writer.result()
        self.assert_free()

    # ---- death ---------------------------------------------------------------------------------

    def test_write_readerKilled_isSubtracted(self) -> None:
        pid = self.owner_in_child(self.lock.read)
        writer = self.run_thread(lambda: self.lock.write().release())
        self.await_waiting(1, Wait.DRAIN)
        self.kill(pid)
        writer.result()
        self.assert_free()

    def test_write_afterManyReadersKilled_theirRecordsAreUsedAgain(self) -> None:
        lock = self.space.rwlock("table")
        for _ in range(1000 if LONG else 20):
            self.kill(self.owner_in_child(lock.read))
        with lock.write() as held:
            self.assertFalse(held.owner_died)
        self.assertLess(self.space._member.locks.segment.high(Header.HIGH_CONTEXT), 8)
        self.assert_quiet()

    def test_read_writerKilled_firstReaderIsToldAndAlone(self) -> None:
        pid = self.owner_in_child(self.lock.write)
        told: list[bool] = []

        def read() -> None:
            with self.lock.read() as held:
                told.append(held.owner_died)
                if held.owner_died:
                    self.assertEqual("write", held.mode)
                    held.mark_consistent()
                    held.downgrade("read")
                self.assertEqual("read", held.mode)

        threads = [self.run_thread(read) for _ in range(3)]
        self.await_waiting(3, Wait.READ)
        self.kill(pid)
        for thread in threads:
            thread.result()
        self.assertEqual([False, False, True], sorted(told))
        self.assert_free()

    def test_updaterKilled_keepsReadersOutUntilDeclared(self) -> None:
        self.kill(self.owner_in_child(self.lock.update))
        with self.lock.update() as held:
            self.assertTrue(held.owner_died)
            self.assertTrue(self.is_kept_out("read"))
            with self.assertRaisesRegex(RuntimeError, "mark_consistent"):
                held.downgrade("read")
            late = self.run_thread(lambda: self.lock.read().release())
            self.await_waiting(1, Wait.READ)
            held.mark_consistent()
            late.result()
        self.assert_free()

    def test_release_notDeclared_isLostForAll(self) -> None:
        self.kill(self.owner_in_child(self.lock.write))
        held = self.lock.write()
        waiting = [self.run_thread(self.lock.read), self.run_thread(self.lock.update)]
        self.await_waiting(2)
        with self.assertRaises(holdfast.OwnerDiedError):
            held.release()
        for thread in waiting:
            with self.assertRaises(holdfast.NotRecoverableError):
                thread.result()
        for mode in ("read", "update", "write"):
            with self.assertRaises(holdfast.NotRecoverableError):
                getattr(self.lock, mode)()
        self.assert_quiet()

    def grant_to_read(self) -> None:
        """As a leaving writer does that dies before it wakes anybody."""
        self.await_waiting(1, Wait.READ)
        locks = self.space._member.locks
        (waiter,) = locks.contexts.waiters(self.lock._row.index, (Wait.READ,))
        self.assertTrue(locks.contexts.grant(waiter))

    def test_read_granted_isInsideWhateverTheGranterDoesThen(self) -> None:
        writer = self.lock.write()
        reader = self.run_thread(lambda: self.lock.read().release())
        self.grant_to_read()
        reader.result()
        writer.release()
        self.assert_free()

    def test_write_whileSomebodyIsGrantedToRead_waitsForIt(self) -> None:
        order: list[str] = []

        def read() -> None:
            with self.lock.read():
                order.append("read")

        writer = self.lock.write()
        reader = self.run_thread(read)
        self.grant_to_read()
        writer.release()
        with self.lock.write():
            order.append("write")
        reader.result()
        self.assertEqual(["read", "write"], order)
        self.assert_free()

    def test_mixture_ofReadersAndWriters_seesNoHalfWrites(self) -> None:
        """Many short ones, in two processes: what goes wrong does so where threads begin and end."""
        shared = Shared(self.space)

        def write() -> None:
            for number in range(20):
                with self.lock.write() if number % 2 else self.lock.update() as held:
                    held.upgrade()
                    shared[0] += 1
                    shared[1] = shared[0]

        def check() -> None:
            for _ in range(40):
                with self.lock.read():
                    assert shared[0] == shared[1]

        def check_owning() -> None:
            with self.space.mutex(f"of-{threading.get_native_id()}"):
                check()

        def round_of_threads() -> None:
            for thread in [self.run_thread(body) for body in (write, check, check, check_owning)]:
                thread.result()

        for number in range(1, 9):
            pid = self.fork(round_of_threads)
            round_of_threads()
            self.assertEqual(0, self.reap(pid))
            self.assertEqual(number * 40, shared[0])
        self.assert_free()

    # ---- the rest --------------------------------------------------------------------------------

    def test_drain_readerOfTheRingWaitsForTheSameLock_isLetIn(self) -> None:
        """A writer drains a reader that wants a mutex whose owner wants to read: nobody has to lose."""
        mutex = self.space.mutex("other")
        hold = self.lock.read()

        def other_reader() -> None:
            with mutex, self.lock.read():
                pass

        writer = self.run_thread(lambda: self.lock.write().release())
        self.await_waiting(1, Wait.DRAIN)
        pid = self.fork(other_reader)
        self.await_waiting(1, Wait.READ)
        with mutex:
            hold.release()
        writer.result()
        self.assertEqual(0, self.reap(pid))
        self.assertEqual([], [event for event in self.space.events() if event.kind == "deadlock"])
        self.assert_free()

    def test_fork_childReadsNothing(self) -> None:
        with self.lock.read() as held:

            def child() -> None:
                held.release()
                assert self.lock._readers == 0
                with self.lock.read():
                    pass

            self.assertEqual(0, self.reap(self.fork(child)))
            self.assertTrue(self.is_kept_out("write"))
        self.assert_free()

    def test_close_whileWaiting_endsTheWaits(self) -> None:
        other = self.open()
        lock = other.rwlock("table")
        with self.lock.write():
            threads = [self.run_thread(call) for call in (lock.read, lock.update, lock.write)]
            self.await_waiting(2)  # one of the two that want the word queues in the process
            self.await_true(lambda: lock._gate.waiting() == 1, "the other one queues")
            other.close()
            for thread in threads:
                with self.assertRaises(holdfast.Closed):
                    thread.result()
        self.assert_free()

    def test_close_whileReading_letsWritersIn(self) -> None:
        other = self.open()
        held = other.rwlock("table").read()
        other.close()
        with self.assertRaises(holdfast.Closed):
            held.release()
        with self.lock.write() as mine:
            self.assertFalse(mine.owner_died)
        self.assert_free()

    def test_pair_killedAtRandom_readersNeverSeeItTorn(self) -> None:
        """Writers keep two words equal; readers look; some of each are killed."""
        chance = seeded(self.id())
        shared = Shared(self.space)
        a, b, stop, torn, passes = range(5)

        def repair(held: holdfast.ReadWriteHold) -> None:
            if held.owner_died:
                shared[b] = shared[a]
                held.mark_consistent()

        def work(kind: int) -> None:
            while not shared[stop]:
                if kind == 0:
                    with self.lock.write() as held:
                        repair(held)
                        change()
                elif kind == 1:
                    with self.lock.update() as held:
                        repair(held)
                        look()
                        held.upgrade()
                        change()
                else:
                    with self.lock.read() as held:
                        repair(held)
                        look()
                shared[passes] += 1

        def look() -> None:
            first = shared[a]
            os.sched_yield()
            if first != shared[b]:
                shared[torn] += 1

        def change() -> None:
            shared[a] += 1
            os.sched_yield()
            shared[b] += 1

        children = [self.fork(lambda kind=kind: work(kind)) for kind in (0, 1, 2, 2)]
        for _ in range(40 if LONG else 10):
            before = shared[passes]
            self.await_true(lambda: shared[passes] > before + 5, "the others go on")
            kind = chance.randrange(4)
            self.kill(children[kind])
            children[kind] = self.fork(lambda kind=kind: work(min(kind, 2)))
        shared[stop] = 1
        for pid in children:
            self.assertEqual(0, self.reap(pid))
        self.assertEqual(0, shared[torn])
        with self.lock.write() as held:
            repair(held)
            self.assertEqual(shared[a], shared[b])
        self.assert_free()


if __name__ == "__main__":
    unittest.main()
