"""What an owner that dies leaves half changed is taken back by the next one."""

from __future__ import annotations

import struct
import unittest
from typing import Callable

import holdfast
from locksupport import LockTest


class UndoRecordTest(LockTest):
    def setUp(self) -> None:
        super().setUp()
        self.data = self.space.create("data", 4096)
        self.put(1, 2)

    def put(self, first: int, second: int) -> None:
        struct.pack_into("=QQ", self.data.view, 0, first, second)

    def now(self) -> tuple[int, ...]:
        return struct.unpack_from("=QQ", self.data.view, 0)

    def steps(self, undo: holdfast.UndoRecord) -> list[Callable[[], object]]:
        return [
            lambda: undo.save_range(self.data, 0, 8),
            lambda: struct.pack_into("=Q", self.data.view, 0, 10),
            lambda: undo.save_range(self.data, 8, 5),
            lambda: struct.pack_into("=Q", self.data.view, 8, 20),
            lambda: undo.clear(),
        ]

    # ---- after a death -------------------------------------------------------------------------

    def test_rollBack_ownerKilledBeforeEachStep_isAllOrNothing(self) -> None:
        mutex = self.space.mutex("m", undo_bytes=256)
        for step in range(6):
            self.put(1, 2)

            def change(last: int = step) -> object:
                held = mutex.acquire()
                for each in self.steps(held.undo)[:last]:
                    each()
                return held

            self.kill(self.owner_in_child(change))

            with self.subTest(step), mutex.acquire() as held:
                self.assertTrue(held.owner_died)
                held.undo.roll_back(self.data)
                held.mark_consistent()
                self.assertFalse(held.undo.present)
                self.assertEqual((10, 20) if step == 5 else (1, 2), self.now())

    def test_rollBack_whoRollsBackIsKilledToo_theNextOneRollsBackAgain(self) -> None:
        lock = self.space.placed("data").place_rwlock(64, undo_bytes=256)

        def change() -> object:
            held = lock.write()
            for each in self.steps(held.undo)[:4]:
                each()
            return held

        def half_back() -> object:
            held = lock.write()
            held.undo.roll_back(self.data)
            self.put(99, 99)
            return held

        self.kill(self.owner_in_child(change))
        self.kill(self.owner_in_child(half_back))

        with lock.read() as held:  # alone, to repair
            self.assertEqual("write", held.mode)
            self.assertEqual(2, held.undo.roll_back(self.data))
            held.mark_consistent()
        self.assertEqual(1, self.now()[0])
        self.assertEqual(2, self.now()[1] & 0xFF)

    # ---- a record's life -----------------------------------------------------------------------

    def test_record_whenReleasedOrDowngraded_isGone(self) -> None:
        mutex, lock = self.space.mutex("m", undo_bytes=20), self.space.rwlock("rw", undo_bytes=64)
        with mutex as held:
            self.assertEqual(24, held.undo.capacity)
            held.undo.save(b"abc")
            self.assertEqual(b"abc", held.undo.read())
        with mutex as held:
            self.assertIsNone(held.undo.read())
            self.assertEqual(0, held.undo.roll_back())
        with lock.write() as writing:
            writing.undo.save_range(self.data, 0, 8)
            writing.downgrade()
            self.assertFalse(writing.undo.present)
            with self.assertRaises(RuntimeError):
                writing.undo.save(b"")

    # ---- refusals ------------------------------------------------------------------------------

    def test_save_impossible_changesNothing(self) -> None:
        with self.space.mutex("m", undo_bytes=64) as held:
            undo = held.undo
            undo.save_range(self.data, 0, 32)
            for expected, call in (
                (ValueError, lambda: undo.save_range(self.data, 32, 1)),
                (ValueError, lambda: undo.save_range(self.data, 4090, 8)),
                (ValueError, lambda: undo.roll_back()),
                (RuntimeError, lambda: undo.save(b"")),
            ):
                with self.assertRaises(expected):
                    call()
            undo.clear()
            undo.save(b"x")
            for call in (lambda: undo.save_range(self.data, 0, 1), lambda: undo.roll_back(self.data)):
                with self.assertRaises(RuntimeError):
                    call()
        with self.assertRaises(RuntimeError):
            undo.read()
        with self.assertRaises(RuntimeError):
            held.undo

    def test_mutex_lessRoomThanAsked_isRefused(self) -> None:
        self.space.mutex("m", undo_bytes=9)
        self.space.mutex("m", undo_bytes=16)
        with self.assertRaises(holdfast.WrongLockKindError):
            self.space.mutex("m", undo_bytes=17)
        for wrong, expected in ((-1, ValueError), (65537, ValueError), ("8", TypeError)):
            with self.assertRaises(expected):
                self.space.mutex("n", undo_bytes=wrong)
        with self.space.mutex("o") as held, self.assertRaises(holdfast.HoldfastError):
            held.undo
        with self.space.rwlock("rw", undo_bytes=8).read() as reading, self.assertRaises(RuntimeError):
            reading.undo

    def test_rollBack_damagedRecord_writesNothing(self) -> None:
        with self.space.placed("data").place_mutex(64, undo_bytes=64) as held:
            held.undo.save_range(self.data, 0, 8)
            self.put(5, 6)
            for at, word in ((144, 4096), (152, 1 << 20), (152, (1 << 64) - 1), (112, 44 << 32 | 8 << 16),
                             (112, 65 << 32 | 8 << 16), (112, 4 << 32 | 8 << 16)):  # fmt: skip
                before = bytes(self.data.view[at : at + 8])
                struct.pack_into("=Q", self.data.view, at, word)
                with self.subTest(f"{at}={word:#x}"), self.assertRaises(holdfast.Corrupted):
                    held.undo.roll_back(self.data)
                self.data.view[at : at + 8] = before
            self.assertEqual((5, 6), self.now())


if __name__ == "__main__":
    unittest.main()
