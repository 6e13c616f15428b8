"""NumPy arrays own their mapping and hold."""

from __future__ import annotations

import gc
import sys
import unittest
from unittest import mock

import holdfast
from support import SpaceTest, exit_code, forked

try:
    import numpy
except ImportError:
    numpy = None
    print("NOT RUN: test_numpy needs NumPy", file=sys.stderr)


class WithoutNumpyTest(SpaceTest):
    def test_array_withoutNumpy_saysWhatToInstall(self) -> None:
        with self.open() as space, space.create("a", 10) as region:
            with mock.patch.dict(sys.modules, {"numpy": None}):
                with self.assertRaisesRegex(holdfast.HoldfastError, "install numpy"):
                    region.array("u1")


@unittest.skipIf(numpy is None, "NOT RUN: NumPy is not installed")
class ArrayTest(SpaceTest):
    def test_array_sharesTheBytes(self) -> None:
        with self.open() as space, space.create("a", 24) as region, space.open("a") as same:
            region.array("<i4", (2, 3))[:] = [[1, 2, 3], [4, 5, 6]]
            seen = same.array("<i4")
            self.assertEqual([1, 2, 3, 4, 5, 6], seen.tolist())
            self.assertFalse(seen.flags.writeable)
            with self.assertRaises(ValueError):
                seen[0] = 1
            with self.assertRaises(ValueError):
                seen.flags.writeable = True

    def test_array_thatDoesNotFit_isRefused(self) -> None:
        with self.open() as space, space.create("a", 10) as region:
            for dtype, shape in (("u1", 11), ("u1", (2, 6)), ("<f8", None), ("u1", (-1,)), ("O", None), ("u1", (1 << 40, 1 << 40))):
                with self.subTest(dtype=dtype, shape=shape), self.assertRaises(ValueError):
                    region.array(dtype, shape)
            self.assertEqual((0, 3), region.array("u1", (0, 3)).shape)

    def test_array_outlivesRegionAndGc_thenHoldGoes(self) -> None:
        with self.open() as space:
            region = space.create("a", 1 << 20)
            array = region.array("u1")
            piece = array[5:10]
            array[5] = 55
            del region, array
            gc.collect()
            self.assertEqual(55, piece[0])
            self.assertEqual((0,), next(iter(space)).holders)
            del piece
            gc.collect()
            self.await_true(lambda: "a" not in space, "the hold went with the last array")
            self.assert_sound(space)

    def test_close_underAnArray_keepsMappingAndHold(self) -> None:
        with self.open() as space:
            region = space.create("a", 10)
            array = region.array("u1")
            region.close()
            region.close()
            array[3] = 3
            with self.assertRaises(holdfast.Closed):
                region.array("u1")
            self.assertIn("a", space)
            self.assertEqual(3, array[3])
            del array
            gc.collect()
            self.await_true(lambda: "a" not in space, "the hold went with the array")

    def test_spaceClosed_underAnArray_leavesWithTheArray(self) -> None:
        space = self.open()
        thread = space._membership._watch._thread
        array = space.create("a", 10).array("u1")
        space.close()
        array[0] = 1
        self.assertTrue(thread.is_alive())
        del array
        gc.collect()
        thread.join(60)
        self.assertFalse(thread.is_alive())
        self.assert_gone()

    def test_exit_withAnArrayAlive_leavesNothing(self) -> None:
        child = self.child(
            'space = holdfast.open("space", root=root, limits=SMALL)\n'
            'array = space.create("a", 10).array("u1")\nspace.close()\nready(space._member.place.hash)'
        )
        self.hashes.add(child.await_ready()[0])
        self.assertEqual(0, child.go_on())
        self.assert_gone()

    def test_array_inAForkedChild_staysValid(self) -> None:
        space = self.open()
        array = space.create("a", 10).array("u1")

        def child() -> None:
            array[1] = space._member.slot

        self.assertEqual(0, exit_code(forked(child)))
        self.assertEqual(1, array[1])
        self.assert_sound(space)


if __name__ == "__main__":
    unittest.main()
