"""The thread that notices deaths, sweeps from time to time, and does what finalizers may not."""

from __future__ import annotations

import os
import select
import threading
import time
from typing import Callable

from . import _os, _recovery
from ._layout import Catalog, Participant
from ._member import Member
from .errors import Closed, HoldfastError

_NEWCOMERS_SECONDS = 0.2


class _Bell:
    """A pipe that wakes the thread. It closes when nobody is left who could ring, so a late ring
    never reaches a descriptor that means something else by then."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self._writer, False)

    def ring(self) -> None:
        try:
            os.write(self._writer, b"!")
        except BlockingIOError:
            pass  # full: it rings already

    def silence(self) -> None:
        try:
            os.read(self.reader, 4096)
        except BlockingIOError:
            pass

    def __del__(self) -> None:
        os.close(self.reader)
        os.close(self._writer)


class Watch:
    """One daemon thread a member.

    It sleeps on a pipe and on the pidfds of peers that can be seen from here. A pidfd is only a
    hint: the sweep that it starts asks the kernel's locks. ``drain`` is called after each wake-up and
    says whether the thread goes on.
    """

    def __init__(self, member: Member, drain: Callable[[], bool]) -> None:
        self._member = member
        self._drain = drain
        self._peers: dict[int, int] = {}
        self._joins = -1
        self._children: set[int] = set()
        self._bell = _Bell()
        self._thread = threading.Thread(target=self._run, name=f"holdfast-{member.place.space}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Wakes the thread; takes no lock, so that a finalizer may call it."""
        self._bell.ring()

    def expect_child(self, slot: int) -> None:
        """A forked child will sign this slot; until then no pidfd can tell of its death."""
        self._children.add(slot)
        self.wake()

    def join(self) -> None:
        """Waits until the thread ended, unless it is the caller."""
        self.wake()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def abandon(self) -> None:
        """In a forked child, where the thread does not exist: closes what it had open."""
        self._close()

    def _close(self) -> None:
        for descriptor in self._peers:
            os.close(descriptor)
        self._peers.clear()

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._bell.reader, select.POLLIN)
        swept_at = time.monotonic()
        next_sweep = swept_at + self._interval()
        while self._drain():
            try:
                with self._member.operation():
                    self._follow_newcomers(poller)
                    self._look_after_children()
                    if self._member.locks:
                        self._member.locks.tick()
                    next_sweep = swept_at + self._interval()  # it may be another one now
            except Closed:
                continue
            except HoldfastError as problem:
                _recovery.log.warning("%s", problem)
            left = max(0.0, min(_NEWCOMERS_SECONDS, next_sweep - time.monotonic()))
            ready = [descriptor for descriptor, _ in poller.poll(left * 1000)]
            if self._bell.reader in ready:
                self._bell.silence()
            dead = [descriptor for descriptor in ready if descriptor in self._peers]
            if dead or time.monotonic() >= next_sweep:
                self._sweep(bool(dead))
                swept_at = time.monotonic()
            for descriptor in dead:
                self._drop(poller, descriptor)
        self._close()

    def _interval(self) -> float:
        return min(max(self._member.control.cell(Catalog.SWEEP_INTERVAL) / 1e9, 0.01), 86400.0)

    def _sweep(self, death: bool) -> None:
        try:
            with self._member.operation():
                found = _recovery.sweep(self._member).recovered
                if self._member.locks and (death or found):
                    self._member.locks.look_again()
        except Closed:
            pass
        except HoldfastError as problem:
            _recovery.log.warning("%s", problem)

    def _follow_newcomers(self, poller: select.poll) -> None:
        control = self._member.control
        joins = control.cell(Catalog.JOINS)
        if joins == self._joins or not hasattr(os, "pidfd_open"):
            return
        self._joins = joins
        known = set(self._peers.values())
        namespace = _os.identity().pid_namespace
        for slot in control.live_participants():
            offset = control.participant(slot)
            pid = control.words.get(offset + Participant.PID)
            same = control.words.get(offset + Participant.PID_NAMESPACE) == namespace
            if slot == self._member.slot or not same or pid in known or not 0 < pid < 1 << 22:
                continue
            if not self._follow(poller, pid, control.words.get(offset + Participant.START_TIME)):
                _recovery.recover_if_dead(self._member, slot)  # it died before we could look

    def _look_after_children(self) -> None:
        control = self._member.control
        for slot in list(self._children):
            signed = control.words.get(control.participant(slot) + Participant.PID) != os.getpid()
            if signed or _recovery.recover_if_dead(self._member, slot):
                self._children.discard(slot)

    def _follow(self, poller: select.poll, pid: int, start_time: int) -> bool:
        """Watches a process; false if it is not there any more."""
        if pid == os.getpid():
            return True
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        except OSError:
            return True  # not to be watched from here; the sweep finds out
        if _os.start_time_of(pid) != start_time:
            os.close(descriptor)
            return False
        self._peers[descriptor] = pid
        poller.register(descriptor, select.POLLIN)
        return True

    def _drop(self, poller: select.poll, descriptor: int) -> None:
        poller.unregister(descriptor)
        del self._peers[descriptor]
        os.close(descriptor)
