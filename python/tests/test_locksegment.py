"""The lock segment and its tables: made, refused, filled up, reclaimed, gone with the space."""

from __future__ import annotations

import os
import threading
import unittest
from typing import Callable
from unittest import mock

import holdfast
from holdfast import _layout, _locklayout, _os
from holdfast._checksum import crc32c
from holdfast._layout import Header as ControlHeader
from holdfast._locklayout import Context, Header, Lock, Owner
from locksupport import LockTest
from support import SpaceTest, rewrite_header


class LockSegmentTest(SpaceTest):
    def object_path(self, space: holdfast.Space) -> str:
        return _os.SHM_DIRECTORY + space._member.place.lock_name

    def change(self, space: holdfast.Space, change: Callable[[bytearray], object]) -> None:
        """Changes the header as nobody should, its CRC made right again."""
        with open(self.object_path(space), "r+b") as file:
            raw = bytearray(file.read(Header.BYTES))
            change(raw)
            file.seek(0)
            file.write(raw)

    def put(self, offset: int, value: int, checked: bool = True) -> Callable[[bytearray], None]:
        def change(raw: bytearray) -> None:
            raw[offset : offset + 8] = _word(value)
            if checked:
                raw[Header.CRC : Header.CRC + 8] = _word(crc32c(bytes(raw[: Header.CRC])))

        return change

    def kept(self) -> holdfast.Space:
        """A space that outlives its participants, with a lock segment."""
        space = self.open()
        space.create("kept", 1, policy="manual").close()
        space.mutex("m").acquire().release()
        return space

    def test_open_again_findsLocksAndTokens(self) -> None:
        self.kept().close()
        space = self.open()
        with space.mutex("m") as held:
            self.assertEqual(2, held.token)
        space.remove("kept")
        space.close()
        self.assert_gone()

    def test_open_halfMade_isMadeAnew(self) -> None:
        for damage in (self.put(Header.READY, 0, False), self.put(Header.INCARNATION, 1)):
            space = self.kept()
            self.change(space, damage)
            space.close()
            space = self.open()
            with space.mutex("m") as held:
                self.assertEqual(1, held.token)
            space.remove("kept")
            space.close()

    def test_open_cutShort_isMadeAnew(self) -> None:
        for size in (100, 8192):
            space = self.kept()
            path = self.object_path(space)
            space.close()
            os.truncate(path, size)
            space = self.open()
            with space.mutex("m") as held:
                self.assertEqual(1, held.token)
            space.remove("kept")
            space.close()

    def test_open_damaged_isRefused(self) -> None:
        for damage, problem, message in (
            (self.put(Header.MAGIC, 1), holdfast.Corrupted, "magic"),
            (self.put(Header.MAJOR, 2), holdfast.LayoutMismatch, "found=2.0, expected=1.x"),
            (self.put(Header.LOCKS, 5, False), holdfast.Corrupted, "crc"),
            (self.put(Header.PARTICIPANTS, 128), holdfast.Corrupted, "participants=128, expected=64"),
            (self.put(Header.CONTEXTS, 8191), holdfast.Corrupted, "contexts=8191"),
            (self.put(Header.LOCKS, 0), holdfast.Corrupted, "locks=0"),
            (self.put(Header.CELLS, 1), holdfast.Corrupted, "cells=1"),
            (self.put(Header.WAITS_START, 8191), holdfast.Corrupted, "starts of tables"),
            (self.put(Header.SIZE, 4096), holdfast.Corrupted, "size"),
        ):
            with self.subTest(message):
                space = self.kept()
                self.change(space, damage)
                space.close()
                space = self.open()
                with self.assertRaisesRegex(problem, message):
                    space.mutex("m")
                os.unlink(self.object_path(space))
                space.mutex("m")
                space.remove("kept")
                space.close()

    def test_open_writableByAll_isRefused(self) -> None:
        space = self.kept()
        os.chmod(self.object_path(space), 0o666)
        other = self.open()
        with self.assertRaises(holdfast.SpaceRefused):
            other.mutex("m")

    def test_open_lockDamaged_saysWhichAndLeavesOthersAlone(self) -> None:
        space = self.kept()
        mutex, other = space.mutex("m"), self.open()
        mutex._locks.words.set(mutex._row.at + Lock.CREATED, 1)
        with self.assertRaisesRegex(holdfast.Corrupted, "lock=0, crc="):
            other.mutex("m")
        with other.mutex("another"):
            pass

    def test_reboot_removesTheLockSegment(self) -> None:
        space = self.kept()
        control, path = _os.SHM_DIRECTORY + space._member.place.control_name, self.object_path(space)
        space.close()
        with open(control, "r+b") as file:
            raw = bytearray(file.read(ControlHeader.BYTES))
            rewrite_header(raw, ControlHeader.BOOT_LOW, 1)
            file.seek(0)
            file.write(raw)
        space = self.open()
        self.assertFalse(os.path.exists(path))
        self.assertEqual([], list(space))

    def test_space_withoutLocks_hasNoLockSegment(self) -> None:
        space = self.open()
        space.create("a", 1)
        self.assertFalse(os.path.exists(self.object_path(space)))


class CapacityTest(LockTest):
    def setUp(self) -> None:
        for name, count in (("DEFAULT_CONTEXTS", 64), ("DEFAULT_LOCKS", 3), ("DEFAULT_CELLS", 70)):
            patch = mock.patch.object(_locklayout, name, count)
            patch.start()
            self.addCleanup(patch.stop)
        super().setUp()

    def test_locks_full_saysWhichLimitAndReclaimsTheUnused(self) -> None:
        other = self.open()
        tokens = []
        for name in "abc":
            with other.mutex(name).acquire() as held:
                tokens.append(held.token)
        with self.assertRaisesRegex(holdfast.LimitExceeded, "limit=locks, allowed=3") as caught:
            self.space.mutex("d")
        self.assertEqual(("locks", 3), (caught.exception.limit, caught.exception.allowed))
        other.close()
        with self.space.mutex("d") as held:
            self.assertGreater(held.token, max(tokens), "a token was given twice")
        self.assertEqual(2, Lock.generation(self.word(self.space.mutex("d"), Lock.STATE)))

    def test_cells_full_saysSoAndGapsAreUsedAgain(self) -> None:
        other = self.open()
        other.semaphore("a", 30)
        kept = self.space.semaphore("b", 30)
        with self.assertRaisesRegex(holdfast.LimitExceeded, "limit=lock cells, allowed=70"):
            self.space.semaphore("c", 11)
        other.close()
        self.assertEqual(30, kept._row.first_cell)
        self.assertEqual(0, self.space.semaphore("c", 30)._row.first_cell)

    def test_reclaim_ownedByTheLiving_isKept(self) -> None:
        """A lock that nobody has open any more and that still is abandoned tells of it for ever."""
        other = self.open()
        other.mutex("a").acquire()
        other.semaphore("b", 3)
        other.mutex("c")
        other.close()
        self.space.mutex("d")
        with self.space.mutex("a") as held:
            self.assertTrue(held.owner_died)
            held.mark_consistent()

    def test_contexts_full_saysSoAndTheDeadGiveTheirsBack(self) -> None:
        semaphore = self.space.semaphore("s", 66)
        gate = threading.Event()

        def own() -> None:
            with semaphore.hold():
                gate.wait()

        threads = [self.run_thread(own, queues=True) for _ in range(64)]
        self.addCleanup(gate.set)
        self.await_true(lambda: semaphore.available == 2, "all of them own")
        with self.assertRaisesRegex(holdfast.LimitExceeded, "limit=contexts, allowed=64"):
            semaphore.hold()
        words, segment = self.space._member.locks.words, self.space._member.locks.segment
        dead = _layout.handle(63, 77)
        free = self.space._member.locks.contexts.own()[0].index
        gate.set()
        for thread in threads:
            thread.result()
        for index in range(64):
            words.set(segment.context(index) + Context.HANDLE, dead | (Context.CLAIMING if index % 2 else 0))
            words.set(segment.wait(index), 1 << 58)
        with semaphore.hold():
            self.assertEqual(0, words.get(segment.wait(self.space._member.locks.contexts.own()[0].index)))
        self.assertLess(free, 64)

    def test_held_beyondSixteen_areOwnedAllTheSame(self) -> None:
        semaphores = [self.space.semaphore("s", 20)] * 20
        holds = [semaphore.hold() for semaphore in semaphores]
        context = self.space._member.locks.contexts.current()
        self.assertEqual(1, len(self.space._member.locks.contexts.held_of(context.index)))
        contexts = self.space._member.locks.contexts
        for word in range(1 << 20, (1 << 20) + 20):
            contexts.note_held(context, word)
        self.assertEqual(16, len(contexts.held_of(context.index)))
        for word in range(1 << 20, (1 << 20) + 20):
            contexts.drop_held(context, word)
        self.assertEqual(1, len(contexts.held_of(context.index)))
        for hold in holds:
            hold.release()
        self.assert_quiet()
        self.assertEqual(0, Owner.W & self.word(semaphores[0]))


def _word(value: int) -> bytes:
    raw = bytearray(8)
    holdfast._words.put_word(raw, 0, value)
    return bytes(raw)


if __name__ == "__main__":
    unittest.main()
