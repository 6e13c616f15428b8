"""Real processes that die, stop and fork, at the worst moments."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import unittest

import holdfast
from holdfast import _os
from holdfast._layout import Catalog, Participant, State
from support import SMALL, SpaceTest, exit_code, forked

JOIN = 'space = holdfast.open("space", root=root)\n'


class KillTest(SpaceTest):
    def test_holderKilled_watchRecoversByItself(self) -> None:
        space = self.open()
        region = space.create("a", 10)
        child = self.child(JOIN + 'region = space.open("a"); ready(); wait()')
        child.await_ready()
        self.assertEqual((0, 1), region.info().holders)
        child.kill()
        self.await_true(lambda: region.info().holders == (0,), "the watch recovered the killed holder")
        self.await_true(lambda: len(space.participants()) == 1, "its slot is free")
        self.assertEqual(1, [e for e in space.events() if e.kind == "recovered"][0].value)
        self.assert_sound(space)

    def test_holderKilled_joinRecoversWithoutAnybodyElse(self) -> None:
        child = self.child('space = holdfast.open("space", root=root, limits=SMALL); r = space.create("a", 10); ready(); wait()')
        child.await_ready()
        child.kill()
        space = self.open()
        self.assertEqual(0, space._member.slot)
        self.assertEqual([], list(space))
        self.assert_sound(space)
        space.close()
        self.assert_gone()

    def test_holderStopped_isNotStolenFrom(self) -> None:
        space = self.open()
        child = self.child(JOIN + 'region = space.create("a", 10); ready(); wait()')
        child.await_ready()
        child.signal(signal.SIGSTOP)
        try:
            os.waitpid(child.process.pid, os.WUNTRACED)
            self.assertEqual(0, space.sweep().recovered)
            self.assertEqual((1,), next(iter(space)).holders)
            self.assertTrue(space.participants()[1].alive)
        finally:
            child.signal(signal.SIGCONT)
        self.assertEqual(0, child.go_on())
        self.assertEqual([], list(space))

    def test_creatorKilledInsideCreate_isUndone(self) -> None:
        space = self.open()
        child = self.child(
            JOIN + "from holdfast import _os\n"
            "_os.allocate = lambda *_: (ready(), wait())\n"
            'space.create("a", 10)'
        )
        child.await_ready()
        self.assertEqual("creating", next(iter(space)).state)
        with self.assertRaises(holdfast.RegionNotFound):
            space.open("a")
        with self.assertRaisesRegex(holdfast.NameTaken, "being made"):
            space.create("a", 10)
        child.kill()
        with space.create("a", 20):  # finds the dead in the way and recovers first
            self.assert_sound(space)
        self.assertIn("undone", [e.kind for e in space.events()])

    def test_ownerKilled_retireAndReset(self) -> None:
        space = self.open()
        child = self.child(
            JOIN + 'a = space.create("keep", 4, on_owner_death="keep", policy="manual")\n'
            'b = space.create("retire", 4, on_owner_death="retire", policy="manual")\n'
            'c = space.create("reset", 4, on_owner_death="reset", policy="manual")\n'
            'for r in (a, b, c): r.view[:] = b"abcd"\n'
            "ready(); wait()"
        )
        child.await_ready()
        retired = space.open("retire")
        child.kill()
        self.await_true(lambda: len(space.participants()) == 1, "recovered")
        with space.open("keep") as region:
            self.assertEqual(b"abcd", bytes(region.view))
        with space.open("reset") as region:
            self.assertEqual(bytes(4), bytes(region.view))
        self.assertNotIn("retire", space)
        self.assertEqual(b"abcd", bytes(retired.view))
        retired.close()
        self.assertEqual([1, 2], [e.value for e in space.events() if e.kind == "owner-death"])
        for name in ("keep", "reset"):
            space.remove(name)
        self.assert_sound(space)

    def test_killedInsideTheCatalog_nextOneRecounts(self) -> None:
        space = self.open()
        child = self.child(JOIN + "with space._member.catalog():\n    ready(); wait()")
        child.await_ready()
        child.kill()
        control = space._member.control
        control.set_cell(Catalog.BYTES_IN_USE, 999)
        with space.create("a", 10):
            self.assertEqual(10, control.cell(Catalog.BYTES_IN_USE))
        self.assert_sound(space)

    def test_reclaimerKilled_isFinished(self) -> None:
        space = self.open()
        space.create("a", 10, policy="manual").close()
        child = self.child(
            JOIN + "from holdfast import _lifecycle\n_lifecycle._free = lambda *_: (ready(), wait())\n" 'space.remove("a")'
        )
        child.await_ready()
        self.assertEqual(State.RECLAIMING, State.state(space._member.control.state(0)))
        child.kill()
        space.sweep()
        self.await_true(lambda: not list(space), "finished by the sweep or the watch")
        self.assert_sound(space)

    def test_lastOnesKilled_leaverRemovesTheSpace(self) -> None:
        space = self.open()
        child = self.child(JOIN + 'r = space.create("a", 10); ready(); wait()')
        child.await_ready()
        child.kill()
        space.close()
        self.assert_gone()

    def test_rebooted_remainsAreRemoved(self) -> None:
        child = self.child('space = holdfast.open("space", root=root, limits=SMALL); r = space.create("a", 10); ready(); wait()')
        child.await_ready()
        child.kill()
        high, low = _os.boot_id()
        original, _os.boot_id = _os.boot_id, lambda: (high ^ 1, low)
        self.addCleanup(setattr, _os, "boot_id", original)
        space = self.open()
        self.assertEqual(([], []), (list(space), self.objects(space)))
        self.assertEqual(1, len(space.events()))


class ForkTest(SpaceTest):
    def test_child_isItsOwnParticipantAndKeepsRegions(self) -> None:
        space = self.open()
        region = space.create("a", 10)
        to_child, from_parent = os.pipe()
        from_child, to_parent = os.pipe()

        def child() -> None:
            os.write(to_parent, f"{space._member.slot}\n".encode())
            os.read(to_child, 1)
            region.view[0] = 42
            with space.create("own", 10) as own:
                own.view[0] = 1
            os.write(to_parent, b"done\n")
            os.read(to_child, 1)
            region.close()
            space.close()

        pid = forked(child)
        os.close(to_parent)
        os.close(to_child)
        with os.fdopen(from_child) as lines:
            self.assertEqual("1\n", lines.readline())
            self.assertEqual((0, 1), region.info().holders)
            self.await_true(lambda: space.participants()[1].pid == pid, "the child signed its entry")
            os.write(from_parent, b"!")
            self.assertEqual("done\n", lines.readline())
            self.assertEqual(42, region.view[0])
            os.write(from_parent, b"!")
            self.assertEqual(0, exit_code(pid))
        self.assertEqual((0,), region.info().holders)
        self.assertEqual([0], [p.slot for p in space.participants()])
        os.close(from_parent)
        self.assert_sound(space)

    def test_parentKilled_childStillHolds(self) -> None:
        space = self.open()
        parent = self.child(
            JOIN + 'region = space.create("a", 10); region.view[0] = 7\n'
            "pid = os.fork()\n"
            "if pid == 0:\n"
            "    ready(os.getpid(), space._member.slot); sys.stdin.readline(); region.view[1] = 8; region.close(); space.close(); os._exit(0)\n"
            "os.waitpid(pid, 0)"
        )
        _, slot = parent.await_ready()
        parent.signal(signal.SIGKILL)
        parent.process.wait()
        space.sweep()
        self.await_true(lambda: next(iter(space)).holders == (int(slot),), "only the child holds it")
        with space.open("a") as region:
            self.assertEqual(7, region.view[0])
            parent.process.stdin.write("\n")
            parent.process.stdin.flush()
            self.await_true(lambda: region.info().holders == (0,), "the child let go")
            self.assertEqual(8, region.view[1])
        self.await_true(lambda: len(space.participants()) == 1, "the child left")
        self.assert_sound(space)

    def test_childKilled_isRecoveredByTheParent(self) -> None:
        space = self.open()
        region = space.create("a", 10)
        reader, writer = os.pipe()
        pid = forked(lambda: os.read(reader, 1))
        self.assertEqual((0, 1), region.info().holders)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(-signal.SIGKILL, exit_code(pid))
        self.await_true(lambda: region.info().holders == (0,), "the watch recovered the child")
        os.close(reader)
        os.close(writer)
        self.assert_sound(space)

    def test_child_watchesAndCloses(self) -> None:
        space = self.open()

        def child() -> None:
            assert space._membership._watch._thread.is_alive()
            space.close()
            assert not space._membership._watch._thread.is_alive()

        self.assertEqual(0, exit_code(forked(child)))
        self.assertEqual(1, len(space.participants()))

    def test_grandchild_joinsToo(self) -> None:
        space = self.open()
        region = space.create("a", 10)

        def child() -> None:
            assert exit_code(forked(lambda: region.view.__setitem__(0, space._member.slot))) == 0

        self.assertEqual(0, exit_code(forked(child)))
        self.assertEqual(2, region.view[0])
        self.assert_sound(space)

    def test_participantsFull_childIsToldParentGoesOn(self) -> None:
        space = self.open(limits=holdfast.Limits(participants=1, regions=4, events=64))
        region = space.create("a", 10)

        def child() -> None:
            try:
                space.create("b", 1)
            except holdfast.Closed as error:
                assert "not carried over the fork" in str(error) and "participants" in str(error)
            else:
                raise AssertionError("the child used the parent's participant")

        self.assertEqual(0, exit_code(forked(child)))
        self.assertEqual((0,), region.info().holders)
        self.assert_sound(space)

    def test_multiprocessing_sharesRegions(self) -> None:
        space = self.open()
        region = space.create("a", 8)
        context = multiprocessing.get_context("fork")
        workers = [context.Process(target=region.view.__setitem__, args=(n, n + 1)) for n in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
            self.assertEqual(0, worker.exitcode)
        self.assertEqual(bytes([1, 2, 3, 4, 0, 0, 0, 0]), bytes(region.view))
        self.assert_sound(space)

    def test_subprocess_doesNotJoin(self) -> None:
        space = self.open()
        joins = space._member.control.cell(Catalog.JOINS)
        subprocess.run([sys.executable, "-c", ""], check=True)
        self.assertEqual(joins, space._member.control.cell(Catalog.JOINS))
        self.assertEqual(Participant.LIVE, Participant.state(space._member.control.participant_word(0)))


if __name__ == "__main__":
    unittest.main()
