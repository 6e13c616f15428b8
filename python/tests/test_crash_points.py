"""Every operation, killed before each of its stores and system calls.

A child counts what it is about to store or to ask of the system and kills itself with SIGKILL before
the n-th; n grows until the operation completes. After each death a survivor recovers, and the space
must be sound: no bits of the dead, nothing half-made, sums as recounted, no orphaned object.
"""

from __future__ import annotations

import os
import signal
import threading
import unittest
from typing import Callable
from unittest import mock

import holdfast
from holdfast import _os
from holdfast._watch import Watch
from holdfast._words import Words
from support import SMALL, SpaceTest, exit_code, forked

_STORES = ("set", "compare_and_set", "fetch_or", "fetch_and", "fetch_add", "write")
_CALLS = ("create_shared", "unlink_shared", "unlink_file", "open_file", "allocate", "zero")
_POINTS_MAX = 500


def die_before(number: int) -> None:
    """From now on this thread dies before its ``number``-th store or call."""
    thread, passed = threading.get_ident(), [0]

    def counted(original: Callable) -> Callable:
        def step(*arguments: object) -> object:
            if threading.get_ident() == thread:
                passed[0] += 1
                if passed[0] == number:
                    os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments)

        return step

    for owner, names in ((Words, _STORES), (_os, _CALLS), (_os.LockFile, ("try_lock", "unlock"))):
        for name in names:
            setattr(owner, name, counted(getattr(owner, name)))


class CrashPointTest(SpaceTest):
    """The space of each point is new; its name carries the point's number."""

    def visit(self, prepare: Callable, act: Callable, survive: Callable) -> int:
        """Visits every crash point; how many there were."""
        for point in range(1, _POINTS_MAX):
            with self.subTest(point=point):
                code = self.visit_one(f"p{point}", point, prepare, act, survive)
            if code == 0:
                return point - 1
            self.assertEqual(-signal.SIGKILL, code)
        self.fail(f"the operation has more than {_POINTS_MAX} points")

    def visit_one(self, name: str, point: int, prepare: Callable, act: Callable, survive: Callable) -> int:
        raise NotImplementedError


class SurvivorSweepsTest(CrashPointTest):
    """The victim is a forked participant; the survivor was there before and sweeps.

    The watches look away, so that every point is visited and the survivor finds what the victim left.
    """

    def setUp(self) -> None:
        super().setUp()
        for look in ("_follow_newcomers", "_look_after_children"):
            patch = mock.patch.object(Watch, look)
            patch.start()
            self.addCleanup(patch.stop)

    def visit_one(self, name, point, prepare, act, survive) -> int:  # type: ignore[no-untyped-def]
        space = self.open(name)
        kept = prepare(space)

        def victim() -> None:
            state = act(space, None)
            die_before(point)
            act(space, state)

        code = exit_code(forked(victim))
        space.sweep()
        self.await_true(lambda: len(space.participants()) == 1, "the victim was recovered")
        self.assert_sound(space)
        survive(space)
        self.assert_sound(space)
        del kept
        space.close()
        self.assertFalse(os.path.exists(os.path.join(self.root, name)), f"point {point}: the space is still there")
        return code

    @staticmethod
    def _two_steps(setup: Callable, action: Callable) -> Callable:
        """``setup`` before the counting starts, then ``action`` on what it returned."""
        return lambda space, state: setup(space) if state is None else action(space, state)

    def assert_points(self, least: int, points: int) -> None:
        self.assertGreater(points, least)

    def test_create(self) -> None:
        def act(space: holdfast.Space, state: object) -> object:
            return True if state is None else space.create("a", 100)

        def survive(space: holdfast.Space) -> None:
            self.assertEqual([], list(space))
            space.create("a", 100).close()

        self.assert_points(15, self.visit(lambda space: None, act, survive))

    def test_create_filled(self) -> None:
        def fill(view: memoryview) -> None:
            for at in range(0, 100, 25):
                _os.zero(-1, 0)  # a point to die at, and nothing else
                view[at : at + 25] = b"x" * 25

        def act(space: holdfast.Space, state: object) -> object:
            return True if state is None else space.create("a", 100, policy="manual", zero=True, fill=fill)

        def survive(space: holdfast.Space) -> None:
            for info in space:
                with space.open(info.id) as region:
                    self.assertEqual(b"x" * 100, bytes(region.view))
                space.remove(info.id)
            space.create("a", 100).close()

        self.assert_points(20, self.visit(lambda space: None, act, survive))

    def test_create_file(self) -> None:
        path = os.path.join(self.parent, "file")

        def act(space: holdfast.Space, state: object) -> object:
            return True if state is None else space.create("a", 100, path=path)

        def survive(space: holdfast.Space) -> None:
            self.assertEqual([], list(space))
            if os.path.exists(path):
                os.unlink(path)  # died after `open` and before `file made`, or after LIVE

        self.assert_points(15, self.visit(lambda space: None, act, survive))

    def test_hold(self) -> None:
        def act(space: holdfast.Space, state: object) -> object:
            return True if state is None else space.open("a", writable=True)

        def survive(space: holdfast.Space) -> None:
            self.assertEqual((), next(iter(space)).holders)
            self.assertTrue(space.remove("a"))

        self.visit(lambda space: space.create("a", 100, policy="manual").close(), act, survive)

    def test_release_last(self) -> None:
        act = self._two_steps(lambda space: space.create("a", 100, zero=True), lambda space, region: region.close())
        self.assert_points(12, self.visit(lambda space: None, act, lambda space: self.assertEqual([], list(space))))

    def test_remove(self) -> None:
        def survive(space: holdfast.Space) -> None:
            if "a" in space:
                space.remove("a")
            self.assertEqual([], list(space))

        act = self._two_steps(lambda space: True, lambda space, _: space.remove("a", force=True))
        prepare = lambda space: space.create("a", 100, policy="manual").close()  # noqa: E731
        self.assert_points(12, self.visit(prepare, act, survive))

    def test_remove_held(self) -> None:
        regions = []

        def prepare(space: holdfast.Space) -> None:
            regions[:] = [space.create("a", 100, policy="manual")]

        def survive(space: holdfast.Space) -> None:
            self.assertEqual((0,), regions[0].info().holders)
            if "a" in space:
                space.remove("a", force=True)
            regions[0].close()
            self.assertEqual([], list(space))

        act = self._two_steps(lambda space: True, lambda space, _: space.remove("a", force=True))

        # a forced removal leaves a held region without object: sound only after the holder let go
        original, self.assert_sound = self.assert_sound, lambda space: None if list(space) else original(space)
        self.visit(prepare, act, survive)

    def test_leave(self) -> None:
        act = self._two_steps(lambda space: space.create("a", 100), lambda space, _: space.close())
        self.assert_points(15, self.visit(lambda space: None, act, lambda space: self.assertEqual([], list(space))))

    def test_recover(self) -> None:
        """A recoverer dies at every point; the next one starts again."""

        def dead_peer(space: holdfast.Space) -> bool:
            code = exit_code(forked(lambda: (space.create("a", 100), die_before(1), space.create("b", 1))))
            assert code == -signal.SIGKILL
            return True

        act = self._two_steps(dead_peer, lambda space, _: space.sweep())
        survive = lambda space: self.assertEqual([], list(space))  # noqa: E731
        self.assert_points(12, self.visit(lambda space: None, act, survive))


class JoinerRecoversTest(CrashPointTest):
    """The victim is alone; whoever opens the space next finds what it left."""

    def visit_one(self, name, point, prepare, act, survive) -> int:  # type: ignore[no-untyped-def]
        def victim() -> None:
            state = prepare(name)
            die_before(point)
            act(name, state)

        code = exit_code(forked(victim))
        space = self.open(name)
        self.assert_sound(space)
        survive(space)
        space.close()
        self.assertFalse(os.path.exists(os.path.join(self.root, name)), f"point {point}: the space is still there")
        return code

    def open_plain(self, name: str) -> holdfast.Space:
        return holdfast.open(name, root=self.root, limits=SMALL)

    def test_open(self) -> None:
        points = self.visit(
            lambda name: None,
            lambda name, _: self.open_plain(name),
            lambda space: self.assertEqual([0], [p.slot for p in space.participants()]),
        )
        self.assertGreater(points, 12)

    def test_leaveAndRemoveTheSpace(self) -> None:
        def prepare(name: str) -> tuple[holdfast.Space, holdfast.Region]:
            space = self.open_plain(name)
            return space, space.create("a", 100)

        survive = lambda space: self.assertEqual([], list(space))  # noqa: E731
        self.assertGreater(self.visit(prepare, lambda name, opened: opened[0].close(), survive), 20)

    def test_reopenAfterADeath(self) -> None:
        def prepare(name: str) -> None:
            exit_code(forked(lambda: (self.open_plain(name).create("a", 100), os.kill(os.getpid(), signal.SIGKILL))))

        survive = lambda space: self.assertEqual([], list(space))  # noqa: E731
        self.assertGreater(self.visit(prepare, lambda name, _: self.open_plain(name), survive), 20)


if __name__ == "__main__":
    unittest.main()
