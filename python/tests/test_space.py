"""Opening, joining and leaving spaces; what is refused."""

from __future__ import annotations

import dataclasses
import os
import stat
import unittest
from unittest import mock

import holdfast
from holdfast import _os
from holdfast._layout import Catalog, Header
from support import SMALL, SpaceTest, exit_code, forked


class OpenTest(SpaceTest):
    def test_open_missing_createsWhatTheContractNames(self) -> None:
        space = self.open()
        place = space._member.place
        self.assertEqual(["live", "space.json"], sorted(os.listdir(place.directory)))
        self.assertEqual(0o700, stat.S_IMODE(os.stat(place.directory).st_mode))
        self.assertEqual(0, os.path.getsize(place.live_path))
        self.assertTrue(os.path.exists("/dev/shm" + place.control_name))

    def test_open_twice_isTwoParticipants(self) -> None:
        first, second = self.open(), self.open(label="second")
        self.assertEqual([0, 1], [p.slot for p in first.participants()])
        self.assertEqual("second", first.participants()[1].label)
        self.assertTrue(all(p.alive for p in second.participants()))

    def test_open_missingWithoutCreate_raisesAndMakesNothing(self) -> None:
        with self.assertRaises(holdfast.SpaceNotFound):
            self.open(create=False)
        self.assertFalse(os.path.exists(self.root))

    def test_open_existing_keepsItsLimits(self) -> None:
        first = self.open(limits=holdfast.Limits(participants=64, regions=8, events=64, bytes=12345))
        second = self.open(limits=SMALL)
        self.assertEqual(12345, second.limits.bytes)
        self.assertEqual(first.limits, second.limits)

    def test_open_badArguments_areRefusedBeforeAnythingIsMade(self) -> None:
        for arguments, error in (
            ({"space": ""}, ValueError),
            ({"space": "a/b"}, ValueError),
            ({"space": "-x"}, ValueError),
            ({"space": "x" * 65}, ValueError),
            ({"space": 7}, TypeError),
            ({"timeout": -1}, ValueError),
            ({"timeout": "1"}, TypeError),
            ({"limits": {}}, TypeError),
            ({"label": 1}, TypeError),
        ):
            with self.subTest(arguments), self.assertRaises(error):
                holdfast.open(**{"space": "space", "root": self.root, **arguments})
        self.assertFalse(os.path.exists(self.root))

    def test_limits_outOfRange_areRefused(self) -> None:
        for bad in ({"participants": 0}, {"participants": 1025}, {"regions": 65536}, {"events": 100}, {"bytes": 0}, {"sweep_interval": 0}):
            with self.subTest(bad), self.assertRaises(ValueError):
                holdfast.Limits(**bad)
        with self.assertRaises(TypeError):
            holdfast.Limits(regions=1.5)

    def test_open_participantsFull_namesTheLimit(self) -> None:
        self.open(limits=holdfast.Limits(participants=2, regions=8, events=64))
        self.open()
        with self.assertRaises(holdfast.LimitExceeded) as caught:
            self.open()
        self.assertEqual(("participants", 2), (caught.exception.limit, caught.exception.allowed))

    def test_open_creationByteHeld_timesOutTyped(self) -> None:
        space = self.open()
        with space._member.creation():
            with self.assertRaises(holdfast.Busy):
                self.open(timeout=0.05)

    def test_open_manyAtOnce_makeOneSpace(self) -> None:
        start_reader, start_writer = os.pipe()
        leave_reader, leave_writer = os.pipe()
        out_reader, out_writer = os.pipe()

        def participant() -> None:
            for descriptor in (start_writer, leave_writer):
                os.close(descriptor)
            os.read(start_reader, 1)  # end of file: everybody starts
            with holdfast.open("rush", root=self.root, limits=SMALL) as space:
                incarnation = space._member.control.words.get(Header.INCARNATION)
                os.write(out_writer, f"{incarnation:016x} {space._member.slot} {space._member.place.hash}\n".encode())
                os.read(leave_reader, 1)  # end of file: everybody was in

        children = [forked(participant) for _ in range(16)]
        os.close(out_writer)
        os.close(start_writer)
        with os.fdopen(out_reader) as lines:
            seen = [lines.readline().split() for _ in children]
        os.close(leave_writer)
        codes = [exit_code(pid) for pid in children]
        os.close(start_reader)
        os.close(leave_reader)
        self.hashes.update(line[2] for line in seen)
        self.assertEqual([0] * 16, codes)
        self.assertEqual(1, len({line[0] for line in seen}))
        self.assertEqual(list(range(16)), sorted(int(line[1]) for line in seen))
        self.assert_gone()

    def test_sweepInterval_shortenedWhileOpen_isFollowed(self) -> None:
        space = self.open(limits=dataclasses.replace(SMALL, sweep_interval=86400))
        control = space._member.control
        sweeps = control.cell(Catalog.SWEEPS)
        control.set_cell(Catalog.SWEEP_INTERVAL, 10_000_000)  # as `holdfast limits --sweep-interval` does
        self.await_true(lambda: control.cell(Catalog.SWEEPS) >= sweeps + 2, "the watch follows the new interval")


class LeaveTest(SpaceTest):
    def test_close_lastOneEmpty_removesTheSpace(self) -> None:
        space = self.open()
        space.create("a", 10).close()
        space.close()
        self.assert_gone()

    def test_close_othersAlive_keepsTheSpace(self) -> None:
        first, second = self.open(), self.open()
        second.close()
        self.assertEqual([0], [p.slot for p in first.participants()])
        first.close()
        self.assert_gone()

    def test_close_regionLeft_keepsSpaceAndRegion(self) -> None:
        with self.open() as space:
            space.create("kept", 10, policy="manual").view[0] = 7
        with self.open(create=False) as space:
            with space.open("kept") as region:
                self.assertEqual(7, region.view[0])
            self.assertTrue(space.remove("kept"))
        self.assert_gone()

    def test_close_twice_isHarmless(self) -> None:
        space = self.open()
        space.close()
        space.close()
        self.assertTrue(space.closed)

    def test_close_endsItsThread(self) -> None:
        space = self.open()
        thread = space._membership._watch._thread
        self.assertTrue(thread.is_alive())
        space.close()
        self.assertFalse(thread.is_alive())

    def test_use_afterClose_raisesClosed(self) -> None:
        space = self.open()
        region = space.create("a", 10)
        space.close()
        for use in (
            lambda: space.create("b", 1),
            lambda: space.open("a"),
            lambda: space.remove("a"),
            lambda: list(space),
            lambda: "a" in space,
            lambda: space.participants(),
            lambda: space.events(),
            lambda: space.limits,
            lambda: space.sweep(),
            lambda: region.view,
            lambda: region.info(),
        ):
            with self.assertRaises(holdfast.Closed):
                use()

    def test_drop_withoutClose_leavesInTheEnd(self) -> None:
        keeper = self.open()
        holdfast.open("space", root=self.root).create("a", 10)
        self.await_true(lambda: len(keeper.participants()) == 1, "the dropped space left")
        self.await_true(lambda: not list(keeper), "its region went")

    def test_exit_withoutClose_leaves(self) -> None:
        self.hashes.add(self.open("other")._member.place.hash)
        child = self.child('space = holdfast.open("exiting", root=root, limits=SMALL); r = space.create("a", 10); ready(space._member.place.hash)')
        self.hashes.add(child.await_ready()[0])
        self.assertEqual(0, child.go_on())
        self.assertEqual(["other"], os.listdir(self.root))


class RefusalTest(SpaceTest):
    def test_open_symbolicLinkAsRoot_isRefused(self) -> None:
        os.mkdir(os.path.join(self.parent, "elsewhere"), 0o700)
        os.symlink(os.path.join(self.parent, "elsewhere"), self.root)
        with self.assertRaisesRegex(holdfast.SpaceRefused, "symbolic link"):
            self.open()

    def test_open_symbolicLinkAsSpace_isRefused(self) -> None:
        os.mkdir(self.root, 0o700)
        os.symlink(self.parent, os.path.join(self.root, "space"))
        with self.assertRaisesRegex(holdfast.SpaceRefused, "symbolic link"):
            self.open()

    def test_open_symbolicLinkAsLive_isRefused(self) -> None:
        os.makedirs(os.path.join(self.root, "space"), 0o700)
        victim = os.path.join(self.parent, "victim")
        with open(victim, "w") as file:
            file.write("precious")
        os.symlink(victim, os.path.join(self.root, "space", "live"))
        with self.assertRaisesRegex(holdfast.SpaceRefused, "symbolic link"):
            self.open()
        with open(victim) as file:
            self.assertEqual("precious", file.read())

    def test_open_worldWritable_isRefused(self) -> None:
        os.mkdir(self.root)
        os.chmod(self.root, 0o777)
        with self.assertRaisesRegex(holdfast.SpaceRefused, "everybody can write"):
            self.open()

    def test_open_fileAsSpace_isRefused(self) -> None:
        os.mkdir(self.root, 0o700)
        with open(os.path.join(self.root, "space"), "w"):
            pass
        with self.assertRaisesRegex(holdfast.SpaceRefused, "not a directory"):
            self.open()

    def test_open_foreignOwner_isRefused(self) -> None:
        os.mkdir(self.root, 0o700)
        with mock.patch.object(_os.os, "geteuid", lambda: os.getuid() + 1):
            with self.assertRaisesRegex(holdfast.SpaceRefused, "another user owns"):
                self.open()

    def test_open_controlRemovedUnderTheLiving_isRefused(self) -> None:
        space = self.open()
        _os.unlink_shared(space._member.place.control_name)
        with self.assertRaisesRegex(holdfast.SpaceRefused, "removed under living"):
            self.open()

    def test_open_rootsParentMissing_saysSo(self) -> None:
        with self.assertRaisesRegex(holdfast.SpaceRefused, "parent directory"):
            self.open(root=os.path.join(self.parent, "no", "root"))


if __name__ == "__main__":
    unittest.main()
