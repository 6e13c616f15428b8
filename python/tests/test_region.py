"""The life of regions: names, limits, policies, views, files, removal, events."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
import time
import unittest
from contextlib import contextmanager
from typing import Iterator
from unittest import mock

import holdfast
from holdfast import _lifecycle, _os
from holdfast._layout import Region as Fields
from holdfast._layout import State
from support import SMALL, SpaceTest


@contextmanager
def later(seconds: float) -> Iterator[None]:
    """So much later by the clock; a time from before the machine started would be no time at all."""
    now = time.monotonic_ns
    with mock.patch("time.monotonic_ns", lambda: now() + round(seconds * 1e9)):
        yield


class LifeTest(SpaceTest):
    def test_create_isWritableZeroedAndSeenByOthers(self) -> None:
        with self.open() as space, self.open() as other:
            with space.create("a", 5000) as region:
                self.assertEqual(bytes(5000), bytes(region.view))
                region.view[4999] = 9
                with other.open("a") as same:
                    self.assertEqual(9, same.view[4999])
                    self.assertEqual((region.id, region.os_name, 5000), (same.id, same.os_name, same.size))
                    self.assertEqual((0, 1), same.info().holders)
                with other.open(region.id, writable=True) as writable:
                    writable.view[0] = 1
                self.assertEqual(1, region.view[0])
                self.assertEqual((2, 1), (region.info().opens, region.info().writable_opens))
            self.assert_sound(space)

    def test_create_fill_othersSeeItWholeOrNotAtAll(self) -> None:
        with self.open() as space, self.open() as other:

            def fill(view: memoryview) -> None:
                self.assertNotIn("a", other)
                self.assertEqual(["creating"], [info.state for info in other])
                with self.assertRaises(holdfast.RegionNotFound):
                    other.open("a")
                with self.assertRaises(holdfast.NameTaken):
                    other.create("a", 10)
                view[:] = b"whole text"

            with space.create("a", 10, fill=fill) as region, other.open("a") as same:
                self.assertEqual(b"whole text", bytes(same.view))
                region.view[0] = 0
                self.assertEqual(0, same.view[0])
            self.assert_sound(space)

    def test_create_fillRaises_theRegionNeverWas(self) -> None:
        with self.open() as space:
            for error in (FileExistsError("mine"), KeyboardInterrupt(), ValueError("bad")):

                def fill(view: memoryview) -> None:
                    view[:] = b"x" * 10
                    kept = view[:5]
                    raise error

                with self.assertRaises(type(error)) as raised:
                    space.create("a", 10, policy="manual", zero=True, fill=fill)
                self.assertIs(error, raised.exception)
                self.assertEqual([], self.objects(space))
                self.assert_sound(space)
            space.create("a", 10).close()

    def test_create_fillRaises_secretIsZeroedFirst(self) -> None:
        path = os.path.join(self.parent, "file")

        def fill(view: memoryview) -> None:
            view[:] = b"x" * 10
            raise ValueError

        with self.open() as space, mock.patch.object(_os, "unlink_file"):
            with self.assertRaises(ValueError):
                space.create("a", 10, path=path, zero=True, fill=fill)
            with open(path, "rb") as file:
                self.assertEqual(bytes(10), file.read())
            self.assert_sound(space)

    def test_close_lastHolderOfReferenceCounted_givesBack(self) -> None:
        with self.open() as space:
            first = space.create("a", 10)
            second = space.open("a")
            first.close()
            self.assertIn("a", space)
            second.close()
            self.assertNotIn("a", space)
            self.assertEqual([], self.objects(space))
            self.assert_sound(space)

    def test_close_twiceHeldLocally_keepsTheBit(self) -> None:
        with self.open() as space:
            region = space.create("a", 10)
            for _ in range(3):
                space.open("a").close()
            self.assertEqual((0,), region.info().holders)

    def test_grace_keepsTheRegionUntilTheSweepAfterIt(self) -> None:
        with self.open() as space:
            space.create("a", 10, grace=3600).close()
            self.assertEqual(0, space.sweep().reclaimed)
            self.assertIn("a", space)
            with later(3601):
                self.assertEqual(1, space.sweep().reclaimed)
            self.assertNotIn("a", space)

    def test_grace_heldAgain_startsAnew(self) -> None:
        with self.open() as space:
            space.create("a", 10, grace=3600).close()
            first = space._member.control.region_word(0, Fields.UNHELD_SINCE)
            space.open("a").close()
            self.assertGreater(space._member.control.region_word(0, Fields.UNHELD_SINCE), first)

    def test_automatic_goesWhenNeitherHeldNorUsedForItsTimeout(self) -> None:
        with self.open() as space:
            region = space.create("a", 10, policy="automatic", timeout=3600)
            region.close()
            self.assertEqual(0, space.sweep().reclaimed)
            with later(3601):
                space._member.control.set_region_word(0, Fields.LAST_ACCESS, time.monotonic_ns())
                self.assertEqual(0, space.sweep().reclaimed)
            with later(2 * 3601):
                self.assertEqual(1, space.sweep().reclaimed)
            self.assert_sound(space)

    def test_manual_staysUntilRemoved(self) -> None:
        with self.open() as space:
            space.create("a", 10, policy="manual").close()
            space.sweep()
            self.assertIn("a", space)
            self.assertTrue(space.remove("a"))
            self.assertNotIn("a", space)
            self.assert_sound(space)

    def test_id_ofAnEarlierGeneration_isNotFound(self) -> None:
        with self.open() as space:
            with space.create("a", 10) as region:
                old = region.id
            with space.create("a", 10) as region:
                self.assertNotEqual(old, region.id)
                with self.assertRaises(holdfast.RegionNotFound):
                    space.open(old)
                self.assertNotIn(old, space)
                self.assertIn(region.id, space)
                self.assertEqual((0,), region.info().holders)

    def test_open_unknown_isNotFoundAndALookupError(self) -> None:
        with self.open() as space:
            for name in ("nothing", "r10000", "rffff0ffff", "r100000ffff"):
                with self.assertRaises(LookupError):
                    space.open(name)
                with self.assertRaises(holdfast.RegionNotFound):
                    space.remove(name)

    def test_regions_filters(self) -> None:
        with self.open() as space, space.create("frame-1", 10, policy="manual"):
            space.create("frame-2", 10, policy="manual", metadata={"made-by": "me=x"}).close()
            space.create("index", 10, policy="automatic").close()
            self.assertEqual(["frame-1", "frame-2"], [r.name for r in space.regions(name="frame-*")])
            self.assertEqual(["frame-2", "index"], [r.name for r in space.regions(held=False)])
            self.assertEqual(["index"], [r.name for r in space.regions(policy="automatic")])
            self.assertEqual([], space.regions(owner_pid=1))
            self.assertEqual({"made-by": "me=x"}, space.regions(name="frame-2")[0].metadata)
            space.remove("frame-1")
            self.assertEqual(["frame-1"], [r.name for r in space.regions(state="retired")])
            space.remove("frame-2")
            space.remove("index")

    def test_threads_openAndCloseTogether_leaveNothing(self) -> None:
        with self.open() as space:
            errors: list[BaseException] = []

            def work(number: int) -> None:
                try:
                    for turn in range(60):
                        name = f"n{(number + turn) % 3}"
                        try:
                            region = space.create(name, 64)
                        except holdfast.NameTaken:
                            try:
                                region = space.open(name)
                            except holdfast.RegionNotFound:
                                continue
                        region.close()
                except BaseException as error:
                    errors.append(error)

            threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual([], errors)
            self.assertEqual([], list(space))
            self.assert_sound(space)


class ArgumentTest(SpaceTest):
    def test_create_badArguments_changeNothing(self) -> None:
        with self.open() as space:
            before = len(space.events())
            for arguments, error in (
                ({"size": 0}, ValueError),
                ({"size": -1}, ValueError),
                ({"size": 1.0}, TypeError),
                ({"size": True}, TypeError),
                ({"size": "1"}, TypeError),
                ({"size": 1 << 63}, ValueError),
                ({"name": ""}, ValueError),
                ({"name": "ä"}, ValueError),
                ({"name": "-a"}, ValueError),
                ({"name": "a b"}, ValueError),
                ({"name": "a" * 121}, ValueError),
                ({"name": "r10000"}, ValueError),
                ({"name": None}, TypeError),
                ({"policy": "forever"}, ValueError),
                ({"policy": 1}, TypeError),
                ({"policy": "manual", "grace": 1.0}, ValueError),
                ({"timeout": 1.0}, ValueError),
                ({"grace": -1.0}, ValueError),
                ({"mode": 0o400}, ValueError),
                ({"mode": 0o1600}, ValueError),
                ({"mode": "rw"}, TypeError),
                ({"on_owner_death": "cry"}, ValueError),
                ({"metadata": {"a=b": "c"}}, ValueError),
                ({"metadata": {"a": "x\ny"}}, ValueError),
                ({"metadata": {"a": 1}}, TypeError),
                ({"metadata": {"a": "x" * 256}}, ValueError),
                ({"path": "/" + "x" * 400}, ValueError),
            ):
                with self.subTest(arguments), self.assertRaises(error):
                    space.create(**{"name": "a", "size": 10, **arguments})
            self.assertEqual(before, len(space.events()))
            self.assertEqual([], list(space))

    def test_create_nameTaken_saysByWhom(self) -> None:
        with self.open() as space, space.create("a", 10):
            with self.assertRaisesRegex(holdfast.NameTaken, f"owner pid={os.getpid()}"):
                space.create("a", 10)
            self.assert_sound(space)

    def test_create_longestName_works(self) -> None:
        with self.open() as space, space.create("a" * 120, 10):
            self.assertIn("a" * 120, space)


class LimitTest(SpaceTest):
    def limited(self, **limits: int) -> holdfast.Space:
        return self.open(limits=holdfast.Limits(**{"participants": 64, "regions": 16, "events": 64, **limits}))

    def assert_over(self, limit: str, space: holdfast.Space, size: int) -> None:
        with self.assertRaises(holdfast.LimitExceeded) as caught:
            space.create("over", size)
        self.assertEqual(limit, caught.exception.limit)
        self.assert_sound(space)

    def test_regionBytes(self) -> None:
        space = self.limited(region_bytes=100)
        space.create("fits", 100).close()
        self.assert_over("region_bytes", space, 101)

    def test_spaceBytes(self) -> None:
        with self.limited(bytes=100) as space, space.create("a", 60):
            self.assert_over("bytes", space, 41)
            space.create("fits", 40).close()

    def test_participantBytes(self) -> None:
        with self.limited(participant_bytes=100) as space, space.create("a", 60), self.open() as other:
            self.assert_over("participant_bytes", space, 41)
            other.create("others", 41).close()

    def test_regions(self) -> None:
        with self.limited(regions=2) as space, space.create("a", 1), space.create("b", 1):
            self.assert_over("regions", space, 1)

    def test_full_deadRegionsInTheWay_areSweptFirst(self) -> None:
        with self.limited(regions=1) as space:
            space.create("a", 10, grace=3600).close()
            with later(3601):
                space.create("b", 10).close()
            self.assert_sound(space)

    def test_filesDoNotCount(self) -> None:
        with self.limited(bytes=10, region_bytes=10) as space:
            with space.create("file", 100, path=os.path.join(self.parent, "f")):
                self.assert_sound(space)


class ViewTest(SpaceTest):
    def test_readOnlyView_refusesWritesInPythonAndHardware(self) -> None:
        with self.open() as space, space.create("a", 4096), space.open("a") as region:
            with self.assertRaises(TypeError):
                region.view[0] = 1
            self.assertTrue(region.view.readonly)
            with open("/proc/self/maps") as maps:
                rights = sorted(line.split()[1] for line in maps if region.os_name[1:] in line)
            self.assertEqual(["r--s", "rw-s"], rights)

    def test_view_afterClose_raises(self) -> None:
        with self.open() as space:
            region = space.create("a", 10)
            view = region.view
            region.close()
            region.close()
            with self.assertRaises(ValueError):
                view[0]
            with self.assertRaises(holdfast.Closed):
                region.view

    def test_slice_outlivesClose_keepsHoldUntilItDies(self) -> None:
        with self.open() as space:
            region = space.create("a", 10)
            region.view[3] = 33
            piece = region.view[3:5]
            region.close()
            self.assertEqual(33, piece[0])
            self.assertIn("a", space)
            del piece
            gc.collect()
            self.await_true(lambda: "a" not in space, "the hold went with the slice")
            self.assert_sound(space)

    def test_region_dropped_releases(self) -> None:
        with self.open() as space:
            region = space.create("a", 10)
            del region
            gc.collect()
            self.await_true(lambda: "a" not in space, "the dropped region went")

    def test_osName_isMappableByAnyProgram(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with self.open() as space, space.create("a", 10) as region:
            region.view[:3] = b"abc"
            descriptor = libc.shm_open(region.os_name.encode(), os.O_RDONLY, 0)
            self.assertGreaterEqual(descriptor, 0)
            self.assertEqual(b"abc" + bytes(7), os.pread(descriptor, 100, 0))
            os.close(descriptor)


class FileTest(SpaceTest):
    def setUp(self) -> None:
        super().setUp()
        self.path = os.path.join(self.parent, "file")

    def test_newFile_goesWithTheRegion(self) -> None:
        with self.open() as space:
            with space.create("a", 100, path=self.path, mode=0o640) as region:
                region.view[:3] = b"abc"
                self.assertEqual(self.path, region.os_name)
                self.assertEqual("file", region.info().backing)
                with space.open("a") as same:
                    self.assertEqual(b"abc", bytes(same.view[:3]))
                self.assertEqual((100, 0o100640), (os.stat(self.path).st_size, os.stat(self.path).st_mode))
            self.assertNotIn("a", space)
            self.assert_sound(space)
        self.assertFalse(os.path.exists(self.path))

    def test_existingFile_isMappedAsItIs(self) -> None:
        with open(self.path, "wb") as file:
            file.write(b"x" * 200)
        with self.open() as space, space.create("a", 100, path=self.path) as region:
            self.assertEqual(b"x" * 100, bytes(region.view))
        self.assertEqual(200, os.path.getsize(self.path))

    def test_existingFileTooShort_isRefused(self) -> None:
        with open(self.path, "wb") as file:
            file.write(b"x")
        with self.open() as space, self.assertRaisesRegex(ValueError, "shorter"):
            space.create("a", 100, path=self.path)

    def test_symbolicLink_isRefusedAndUndone(self) -> None:
        os.symlink("/etc/hostname", self.path)
        with self.open() as space:
            with self.assertRaises((holdfast.SpaceRefused, ValueError)):
                space.create("a", 1, path=self.path)
            self.assert_sound(space)
            self.assertEqual([], list(space))

    def test_missingDirectory_isTypedAndUndone(self) -> None:
        with self.open() as space:
            with self.assertRaises(holdfast.SystemCallFailed):
                space.create("a", 1, path=os.path.join(self.parent, "no", "file"))
            self.assert_sound(space)

    def test_truncatedUnderUs_isCorrupted(self) -> None:
        with self.open() as space, space.create("a", 100, path=self.path):
            os.truncate(self.path, 50)
            with self.assertRaisesRegex(holdfast.Corrupted, "truncated"):
                space.open("a")


class RemoveTest(SpaceTest):
    def test_remove_held_isTwoPhased(self) -> None:
        with self.open() as space:
            region = space.create("a", 10)
            region.view[0] = 5
            self.assertFalse(space.remove("a"))
            self.assertNotIn("a", space)
            self.assertEqual("retired", region.info().state)
            with self.assertRaises(holdfast.RegionNotFound):
                space.open(region.id)
            with space.create("a", 20) as successor:
                self.assertEqual(5, region.view[0])
                self.assertNotEqual(region.os_name, successor.os_name)
            self.assertEqual(1, len(self.objects(space)))
            region.close()
            self.assertEqual([], self.objects(space))
            self.assert_sound(space)

    def test_remove_forced_takesTheObjectsNameAtOnce(self) -> None:
        with self.open() as space:
            region = space.create("a", 10)
            region.view[0] = 5
            self.assertFalse(space.remove("a", force=True))
            self.assertEqual([], self.objects(space))
            self.assertEqual(5, region.view[0])
            region.close()
            self.assert_sound(space)
            self.assertEqual(["joined", "created", "retired", "forced", "reclaimed"], [e.kind for e in space.events()])

    def test_remove_forcedButZeroed_keepsTheNameUntilTheEnd(self) -> None:
        with self.open() as space:
            region = space.create("a", 10, zero=True)
            space.remove("a", force=True)
            self.assertEqual([region.os_name], self.objects(space))
            region.close()
            self.assert_sound(space)

    def test_remove_twiceById_isFine(self) -> None:
        with self.open() as space:
            region = space.create("a", 10)
            self.assertFalse(space.remove(region.id))
            self.assertFalse(space.remove(region.id))
            region.close()
            with self.assertRaises(holdfast.RegionNotFound):
                space.remove(region.id)

    def test_zero_overwritesBeforeGiveBack(self) -> None:
        path = os.path.join(self.parent, "file")
        with self.open() as space:
            with space.create("a", 3 << 20, zero=True, path=path) as region:
                region.view[:] = b"s" * region.size
                witness = open(path, "rb")  # keeps the bytes when the name is gone
        with witness as file:
            self.assertEqual(bytes(3 << 20), file.read())

    def test_zeroFails_regionStaysRetiredAndSweepReports(self) -> None:
        with self.open() as space:
            region = space.create("a", 10, zero=True)
            with mock.patch.object(_os, "zero", side_effect=OSError(5, "broken")):
                space.remove("a")
                region.close()
                self.assertIn("errno=5", space.sweep().problems[0])
                self.assertEqual(State.LIVE | State.RETIRED, space._member.control.state(0) & 0xFFFFFFFF)
            self.assertEqual(1, space.sweep().reclaimed)
            self.assert_sound(space)

    def test_leftoverObject_takesTheNextGeneration(self) -> None:
        with self.open() as space:
            leftover = space._member.place.object_name("r10000")
            os.close(_os.create_shared(leftover, 0o600))
            with space.create("a", 10) as region:
                self.assertEqual("r20000", region.id)
            self.assertEqual([leftover], self.objects(space))

    def test_objectRemovedByOthers_isNotFoundAndReleased(self) -> None:
        with self.open() as space:
            with space.create("a", 10, policy="manual") as region:
                _os.unlink_shared(region.os_name)
            with self.assertRaisesRegex(holdfast.RegionNotFound, "object is gone"):
                space.open("a")
            self.assertEqual((), next(iter(space)).holders)
            space.remove("a")
            self.assert_sound(space)


class ReclaimRaceTest(SpaceTest):
    def test_hold_duringATrial_waitsAndHolds(self) -> None:
        with self.open() as space, self.open() as other:
            space.create("a", 10, policy="manual").close()
            control = space._member.control
            live = control.state(0)
            trial = State.pack(State.RECLAIMING, State.generation(live), space._member.slot + 1)
            self.assertTrue(control.change_state(0, live, trial))
            opened: list[holdfast.Region] = []
            thread = threading.Thread(target=lambda: opened.append(other.open("a")))
            thread.start()
            self.assertFalse(control.has_bit(0, 1) and opened)
            self.assertTrue(control.change_state(0, trial, live))
            thread.join()
            self.assertEqual((1,), opened[0].info().holders)
            opened[0].close()
            space.remove("a")

    def test_remove_underAReclaimer_itGoesBackRetired(self) -> None:
        with self.open() as space:
            region = space.create("a", 10, policy="manual")
            control = space._member.control
            live = control.state(0)
            mine = State.pack(State.RECLAIMING, State.generation(live), 1)
            control.change_state(0, live, mine)
            self.assertFalse(space.remove("a"))
            self.assertEqual(mine | State.RETIRED, control.state(0))
            self.assertFalse(_lifecycle.finish_reclaim(space._member, 0, mine))
            self.assertEqual(live | State.RETIRED, control.state(0))
            region.close()
            self.assert_sound(space)

    def test_finish_heldMeanwhile_givesWay(self) -> None:
        with self.open() as space:
            space.create("a", 10, policy="manual").close()
            control = space._member.control
            live = control.state(0)
            mine = State.pack(State.RECLAIMING, State.generation(live), 1)
            control.change_state(0, live, mine)
            control.set_bit(0, 5)
            self.assertFalse(_lifecycle.finish_reclaim(space._member, 0, mine))
            self.assertEqual(live, control.state(0))
            control.clear_bit(0, 5)
            space.remove("a")


class FullMountTest(SpaceTest):
    def test_create_tooLarge_isOutOfMemoryWithAdviceAndUndone(self) -> None:
        status = os.statvfs("/dev/shm")
        limits = holdfast.Limits(regions=4, bytes=1 << 50, region_bytes=1 << 50, participant_bytes=1 << 50)
        with self.open(limits=limits) as space:
            with self.assertRaises(holdfast.OutOfSharedMemory) as caught:
                space.create("a", status.f_blocks * status.f_frsize + 1)
            for word in ("mount=", "free=", "asked=", "size=", "--shm-size", "sizeLimit"):
                self.assertIn(word, str(caught.exception))
            self.assert_sound(space)

    @unittest.skipUnless(os.geteuid() == 0, "NOT RUN: mounting a small tmpfs needs root")
    def test_create_onATinyMount_namesIt(self) -> None:
        import subprocess

        mount = os.path.join(self.parent, "tiny")
        os.mkdir(mount)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], capture_output=True).returncode:
            self.skipTest("NOT RUN: mount is not permitted here")
        try:
            with self.open() as space:
                with self.assertRaisesRegex(holdfast.OutOfSharedMemory, f"size=65536 bytes, mount={mount}, type=tmpfs"):
                    space.create("a", 1 << 20, path=os.path.join(mount, "file"))
                self.assertEqual([], os.listdir(mount))
                self.assert_sound(space)
        finally:
            subprocess.run(["umount", mount], check=True)


class EventTest(SpaceTest):
    def test_events_wrapAround_keepTheLatest(self) -> None:
        with self.open() as space:
            for number in range(50):
                space.create(f"n{number}", number + 1).close()
            events = space.events()
            self.assertEqual(64, len(events))
            self.assertEqual(list(range(38, 102)), [e.sequence for e in events])
            self.assertEqual(("reclaimed", "n49", 50), (events[-1].kind, events[-1].text, events[-1].value))

    def test_events_halfWrittenOrDamaged_areLeftOut(self) -> None:
        with self.open() as space:
            space.create("a", 1).close()
            control = space._member.control
            control.words.set(control.event(2), 0)
            control.words.fetch_or(control.event(3) + 40, 1 << 60)
            self.assertEqual([1], [e.sequence for e in space.events()])


if __name__ == "__main__":
    unittest.main()
