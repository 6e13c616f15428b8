"""Locks in the bytes of regions."""

from __future__ import annotations

import gc
import struct
import threading
import unittest

import holdfast
from holdfast._locklayout import Owner, Placed, Wait
from locksupport import LockTest

AT = 128
SIZE = 1 << 14


class PlacedLocksTest(LockTest):
    def setUp(self) -> None:
        super().setUp()
        self.region = self.space.create("data", SIZE)
        self.locks = self.space.placed("data")

    def word(self, offset: int) -> int:
        return struct.unpack_from("=Q", self.region.view, offset)[0]

    def put(self, offset: int, word: int) -> None:
        struct.pack_into("=Q", self.region.view, offset, word)

    # ---- placing and opening -------------------------------------------------------------------

    def test_place_bytes_areThoseOfTheLayout(self) -> None:
        self.locks.place_mutex(AT, fair=True, undo_bytes=20)
        self.locks.place_semaphore(512, 5)

        self.assertEqual(b"HFLOCK\x01\x01", bytes(self.region.view[AT + 40 : AT + 48]))
        self.assertEqual(3 << 16, self.word(AT + 48))
        self.assertEqual(5, self.word(512 + 48))
        self.assertEqual("mutex", self.locks.find(AT))
        self.assertIsNone(self.locks.find(0))

    def test_mutex_ownedByThisThread_isNotAnothers(self) -> None:
        mutex = self.locks.place_mutex(AT)
        got = []
        with mutex:
            other = threading.Thread(target=lambda: got.append(self.space.placed("data").mutex(AT).try_acquire()))
            other.start()
            other.join()
        self.assertEqual([None], got)
        self.assertEqual("data[128]", mutex.name)
        self.assertEqual(0, self.word(AT) & Owner.HANDLE)

    def test_mutex_whoOwnsItIsKilled_nextOwnerIsTold(self) -> None:
        mutex = self.locks.place_mutex(AT)
        pid = self.owner_in_child(mutex.acquire)
        self.assertIsNone(mutex.try_acquire())

        self.kill(pid)

        with mutex.acquire() as held:
            self.assertTrue(held.owner_died)
            held.mark_consistent()

    def test_acquire_urgentAndFarBeyondTheLockSegmentsSize_asksItsOwner(self) -> None:
        self.big = self.space.create("big", 1 << 23)
        mutex = self.space.placed("big").place_mutex((1 << 23) - 64)
        self.owner_in_child(mutex.acquire)
        with self.assertRaises(holdfast.LockTimeoutError):
            mutex.acquire(timeout=0.01, priority="high")

    def test_rwlock_readersAndWriter_keepEachOtherOut(self) -> None:
        lock = self.locks.place_rwlock(AT)
        pid = self.owner_in_child(lock.read)
        with self.assertRaises(holdfast.LockTimeoutError):
            lock.write(timeout=0)
        with lock.read():
            pass

        self.kill(pid)

        with lock.write() as held:
            self.assertFalse(held.owner_died)

    def test_semaphore_permitsOfTheDead_comeBack(self) -> None:
        semaphore = self.locks.place_semaphore(AT, 2)
        pid = self.owner_in_child(lambda: semaphore.hold(2))
        self.assertIsNone(semaphore.try_hold())

        self.kill(pid)

        with semaphore.hold(2):
            self.assertEqual(0, semaphore.available)

    def test_mutex_recordOfUndo_isGoneAfterRelease(self) -> None:
        mutex = self.locks.place_mutex(AT, undo_bytes=64)
        with mutex:
            self.put(AT + 48, 8 << 16 | 40 << 32)
        self.assertEqual(8 << 16, self.word(AT + 48))

    def test_deadlock_throughPlacedMutexes_isBroken(self) -> None:
        first, second = self.locks.place_mutex(0), self.locks.place_mutex(64)
        ready, outcomes = threading.Barrier(2), []

        def both(one: holdfast.Mutex, other: holdfast.Mutex) -> None:
            with one:
                ready.wait()
                try:
                    with other:
                        outcomes.append("both")
                except holdfast.DeadlockError as problem:
                    outcomes.append(str(problem))

        threads = [threading.Thread(target=both, args=pair) for pair in ((first, second), (second, first))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual(1, outcomes.count("both"))
        self.assertIn("data[", "".join(outcomes))

    # ---- refusals ------------------------------------------------------------------------------

    def test_place_impossible_isRefused(self) -> None:
        self.locks.place_mutex(AT)
        for expected, call in (
            (ValueError, lambda: self.locks.place_mutex(8)),
            (ValueError, lambda: self.locks.place_mutex(SIZE)),
            (ValueError, lambda: self.locks.place_semaphore(SIZE - 64, 1)),
            (ValueError, lambda: self.locks.place_semaphore(0, 0)),
            (ValueError, lambda: self.locks.place_mutex(0, undo_bytes=-1)),
            (TypeError, lambda: self.locks.mutex("0")),
            (TypeError, lambda: self.locks.place_semaphore(0, "1")),
            (holdfast.PlaceTakenError, lambda: self.locks.place_mutex(AT)),
            (holdfast.PlaceTakenError, lambda: self.locks.place_semaphore(AT - 64, 1)),
            (holdfast.LockNotFoundError, lambda: self.locks.mutex(0)),
            (holdfast.WrongLockKindError, lambda: self.locks.semaphore(AT)),
            (holdfast.RegionNotFound, lambda: self.space.placed("none")),
            (holdfast.HoldfastError, lambda: self.locks.mutex(AT).condition("full")),
        ):
            with self.subTest(call), self.assertRaises(expected):
                call()

    def test_open_damagedSize_isRefused(self) -> None:
        self.locks.place_rwlock(AT)
        self.put(AT + 48, 3)
        with self.assertRaises(holdfast.Corrupted):
            self.locks.rwlock(AT)

    def test_acquire_hostileOwnerWord_isAnAnswer(self) -> None:
        lock, mutex = self.locks.place_rwlock(AT), self.locks.place_mutex(0)
        for word in ((1 << 64) - 1, 1, 0xFFFF, 0x1FFF00000000FFFF, 0x3FFFFFFFFFFFFFFF, 1 << 61):
            for call in (lambda: lock.read(0.001), lambda: lock.write(0.001), lambda: mutex.acquire(0.001)):
                self.put(AT, word)
                self.put(AT + 64, word)
                self.put(0, word)
                with self.subTest(f"{word:#x}"):
                    try:
                        held = call()
                        if held.owner_died:
                            held.mark_consistent()
                        held.release()
                    except (holdfast.LockTimeoutError, holdfast.NotRecoverableError):
                        pass

    # ---- its end -------------------------------------------------------------------------------

    def test_close_lockStillUsed_holdsTheRegion(self) -> None:
        mutex = self.locks.place_mutex(AT)
        with mutex:
            self.locks.close()
            self.region.close()
            with self.assertRaises(holdfast.Closed):
                self.locks.mutex(AT)
            self.assertIn("data", self.space)
            with self.space.placed("data") as again:
                self.assertIs(mutex, again.mutex(AT))

    def test_close_everything_givesTheRegionBack(self) -> None:
        self.locks.place_mutex(AT)
        self.locks.close()
        self.region.close()
        gc.collect()
        self.space.sweep()
        self.assertNotIn("data", self.space)

    def test_close_ofTheSpace_givesUpWhatIsOwned(self) -> None:
        self.locks.place_mutex(AT)
        other = self.open()
        mutex = other.placed("data").mutex(AT)
        held = mutex.acquire()

        other.close()

        with self.assertRaises(holdfast.Closed):
            mutex.acquire()
        with self.assertRaises(holdfast.Closed):
            held.release()
        with self.locks.mutex(AT).acquire() as told:
            self.assertTrue(told.owner_died)
            told.mark_consistent()

    def test_open_copiedBytes_ownersCountAsDead(self) -> None:
        held = self.locks.place_mutex(AT).acquire()
        copy = self.space.create("copy", SIZE)
        copy.view[:] = self.region.view
        with self.space.placed("copy").mutex(AT).acquire(timeout=0) as told:
            self.assertTrue(told.owner_died)
            told.mark_consistent()
        held.release()

    def test_key_namesSlotAndOffset(self) -> None:
        key = Wait.place(7, 128)
        self.assertEqual((7, 128), (Wait.region_slot(key), Wait.offset(key)))
        self.assertEqual(1 << 62 | 7 << 42 | 2, key)
        self.assertEqual(0x9E3779B97F4A7C15 ^ 5, Placed.life(5, 1))


if __name__ == "__main__":
    unittest.main()
