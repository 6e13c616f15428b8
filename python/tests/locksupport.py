"""What the lock tests share: shared words to protect, children that own locks, a look at who waits."""

from __future__ import annotations

import itertools
import random
import signal
import os
import struct
import sys
import threading
import time
from typing import Callable, Optional

import holdfast
from holdfast._locklayout import Context, Header, Lock, Owner, Wait
from support import WATCHDOG_SECONDS, SpaceTest, exit_code, forked

SEED = int(os.environ.get("HOLDFAST_SEED", random.SystemRandom().randrange(1 << 32)))
LONG = bool(os.environ.get("HOLDFAST_LONG"))


def seeded(test: str) -> random.Random:
    """A generator whose seed is printed when the test fails: run again with HOLDFAST_SEED."""
    print(f"{test}: HOLDFAST_SEED={SEED}", file=sys.stderr)
    return random.Random(f"{SEED} {test}")


class Shared:
    """Some words of shared memory, for what locks protect."""

    def __init__(self, space: holdfast.Space, name: str = "shared", words: int = 8) -> None:
        self.region = space.create(name, 8 * words, policy="manual")

    def __getitem__(self, index: int) -> int:
        return struct.unpack_from("=Q", self.region.view, 8 * index)[0]

    def __setitem__(self, index: int, value: int) -> None:
        struct.pack_into("=Q", self.region.view, 8 * index, value)


class LockTest(SpaceTest):
    """A test with a space; at its end no lock and no context may be left behind."""

    def setUp(self) -> None:
        super().setUp()
        self.space = self.open()
        self.pids: set[int] = set()
        self.numbers = itertools.count()
        self.addCleanup(self.end_children)

    def end_children(self) -> None:
        for pid in list(self.pids):
            os.kill(pid, signal.SIGKILL)
            self.reap(pid)

    def fork(self, body: Callable[[], object]) -> int:
        """A forked child that is killed at the test's end at the latest; its pid."""
        pid = forked(body)
        self.pids.add(pid)
        return pid

    def reap(self, pid: int) -> int:
        self.pids.discard(pid)
        return exit_code(pid)

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(-signal.SIGKILL, self.reap(pid))

    def owner_in_child(self, acquire: Callable[[], object]) -> int:
        """A forked child that owns what ``acquire`` gives and keeps it; its pid."""
        reader, writer = os.pipe()

        def own() -> None:
            kept = acquire()
            os.write(writer, b"!")
            signal.pause()
            del kept

        pid = self.fork(own)
        os.close(writer)
        self.assertEqual(b"!", os.read(reader, 1), "the child failed")
        os.close(reader)
        return pid

    def run_thread(self, body: Callable[[], object], queues: bool = False) -> Running:
        """A thread that owns a lock of its own, so that it waits in shared memory at once.

        With ``queues`` it owns nothing: of such threads one at a time waits there, the others in the process.
        """
        if not queues:
            own, wanted = self.space.mutex(f"own-{next(self.numbers)}"), body

            def body() -> object:
                with own:
                    return wanted()

        running = Running(body)
        self.addCleanup(running.thread.join, WATCHDOG_SECONDS)
        return running

    def waiting(self, mode: int = 0) -> list[int]:
        """The contexts that wait, in that mode or in any."""
        waits = self.space._member.locks.segment.waits().all()
        return [index for index, word in waits.items() if mode in (0, Wait.mode(word))]

    def await_waiting(self, count: int, mode: int = 0) -> None:
        self.await_true(lambda: len(self.waiting(mode)) >= count, f"{count} wait in mode {mode}")

    def word(self, lock: object, field: int = Lock.WORD) -> int:
        row = lock._row  # type: ignore[attr-defined]
        return self.space._member.locks.words.get(row.at + field)

    def assert_quiet(self) -> None:
        """Nobody waits, nobody owns, no context is in use."""
        locks = self.space._member.locks
        for index in range(locks.segment.high(Header.HIGH_CONTEXT)):
            handle = locks.words.get(locks.segment.context(index) + Context.HANDLE)
            if handle and not locks.contexts.dead(handle, prove=True):
                wait = locks.words.get(locks.segment.wait(index))
                self.fail(f"context {index} is in use: wait={wait:#x}, held={locks.contexts.held_of(index)}")


class Running:
    """A thread whose result or exception is kept."""

    def __init__(self, body: Callable[[], object]) -> None:
        self.problem: Optional[BaseException] = None
        self.value: object = None
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(body,), daemon=True)
        self.thread.start()

    def _run(self, body: Callable[[], object]) -> None:
        try:
            self.value = body()
        except BaseException as problem:
            self.problem = problem
        finally:
            self.done.set()

    def result(self) -> object:
        if not self.done.wait(WATCHDOG_SECONDS):
            raise AssertionError("watchdog: the thread is still running")
        if self.problem:
            raise self.problem
        return self.value


__all__ = ["LONG", "Context", "Lock", "LockTest", "Owner", "Running", "Shared", "Wait", "seeded"]
