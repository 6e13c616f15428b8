"""What the tests share: a root of their own, children that can be killed, the invariants of a space."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Callable

import holdfast
from holdfast import _layout as layout
from holdfast import _member, _os
from holdfast._layout import Catalog, Header, Participant, Region, State
from holdfast._checksum import crc32c

REPOSITORY = Path(__file__).resolve().parents[2]
WATCHDOG_SECONDS = 60.0
SMALL = holdfast.Limits(participants=64, regions=16, events=64, sweep_interval=60)


class SpaceTest(unittest.TestCase):
    """A test with an own root below ``/dev/shm``; nothing may be left of it afterwards."""

    def setUp(self) -> None:
        self.parent = tempfile.mkdtemp(prefix="holdfast-test-", dir="/dev/shm")
        self.root = os.path.join(self.parent, "root")
        self.hashes: set[str] = set()
        self.addCleanup(self.remove_everything)

    def remove_everything(self) -> None:
        shutil.rmtree(self.parent, ignore_errors=True)
        for prefix in self.hashes:
            for name in _os.list_shared(f"/hf-{prefix}-"):
                _os.unlink_shared(name)

    def open(self, name: str = "space", **options: object) -> holdfast.Space:
        options.setdefault("limits", SMALL)
        options.setdefault("root", self.root)
        space = holdfast.open(name, **options)
        self.hashes.add(space._member.place.hash)
        self.addCleanup(space.close)
        return space

    def child(self, script: str, *arguments: str) -> Child:
        child = Child(self.root, script, *arguments)
        self.addCleanup(child.end)
        return child

    def await_true(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + WATCHDOG_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"watchdog: {what}")
            time.sleep(0.002)

    def objects(self, space: holdfast.Space) -> list[str]:
        return _os.list_shared(space._member.place.object_name("r"))

    def assert_gone(self) -> None:
        self.assertEqual([], os.listdir(self.root), "a space's directory is still there")
        for prefix in self.hashes:
            self.assertEqual([], _os.list_shared(f"/hf-{prefix}-"))

    def assert_sound(self, space: holdfast.Space) -> None:
        """The invariants of a space in which nobody acts."""
        control = space._member.control
        space._member.operations.close(WATCHDOG_SECONDS)  # the watch may be inside one
        space._member.operations.open()
        self.assertEqual((), space.sweep().problems)
        with space._member.catalog():
            pass  # recounts if somebody died inside
        alive = {p.slot for p in space.participants()}
        self.assertTrue(all(p.alive for p in space.participants()))
        expected = set()
        for slot in range(control.regions):
            word = control.state(slot)
            self.assertIn(State.state(word), (State.FREE, State.LIVE), f"slot {slot}: {word:#x}")
            self.assertEqual(0, State.actor(word))
            self.assertLessEqual(set(control.holders(slot)), alive, f"bits of the dead in slot {slot}")
            if State.state(word) == State.FREE:
                self.assertTrue(control.unheld(slot))
            elif control.region_word(slot, Region.BACKING) == Region.SHM:
                handle = layout.handle(slot, State.generation(word))
                expected.add(space._member.place.object_name(layout.region_id(handle)))
        self.assertEqual(expected, set(self.objects(space)), "orphan or missing objects")
        regions, total, owned = _member.count(control)
        self.assertEqual(regions, control.cell(Catalog.REGIONS_IN_USE))
        self.assertEqual(total, control.cell(Catalog.BYTES_IN_USE))
        for slot in alive:
            cached = control.words.get(control.participant(slot) + Participant.BYTES_IN_USE)
            self.assertEqual(owned.get(slot, 0), cached, f"bytes of participant {slot}")


class Child:
    """A Python process that runs a script with ``space`` open, says ``ready`` and waits for a line."""

    _PROLOGUE = """
import sys, os, signal, time
import holdfast
from support import SMALL
root = sys.argv[1]
def ready(*words):
    print("ready", *words, flush=True)
def wait():
    sys.stdin.readline()
"""

    def __init__(self, root: str, script: str, *arguments: str) -> None:
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(REPOSITORY / "python"), os.path.dirname(__file__)]))
        self.process = subprocess.Popen(
            [sys.executable, "-c", self._PROLOGUE + script, root, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def await_ready(self) -> list[str]:
        line = self.process.stdout.readline().split()
        if line[:1] != ["ready"]:
            raise AssertionError(f"child failed: {line}, rest={self.process.stdout.read()}")
        return line[1:]

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait()

    def go_on(self) -> int:
        """Lets it run to its end; its exit code."""
        self.process.communicate("\n", timeout=WATCHDOG_SECONDS)
        return self.process.returncode

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def forked(body: Callable[[], object]) -> int:
    """Runs ``body`` in a forked child; its pid. The child exits 0 if ``body`` returns."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        body()
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def exit_code(pid: int) -> int:
    """Waits for a forked child: its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def rewrite_header(raw: bytearray, offset: int, value: int) -> None:
    """Changes a header word and makes its CRC right again."""
    raw[offset : offset + 8] = value.to_bytes(8, sys.byteorder)
    raw[Header.CRC : Header.CRC + 8] = crc32c(bytes(raw[: Header.CRC])).to_bytes(8, sys.byteorder)
