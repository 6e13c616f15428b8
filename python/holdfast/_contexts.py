"""Contexts: how a thread shows that it waits or owns, how it sleeps, and how others wake it."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Optional

from . import _futex, _layout
from ._events import cut
from ._layout import Participant
from ._locklayout import Context, Header, Owner, Wait, excludes
from ._locksegment import LockSegment
from ._member import Member
from ._words import put_word, word_at
from .errors import Closed, LimitExceeded

_ZERO_FIELDS = bytes(Context.VICTIM - Context.SINCE)
PRIORITIES = {"low": 0, "normal": 1, "high": 2, "critical": 3}
_PRIORITY_MAX = 3
LEVEL_NANOS = 1_000_000_000
_CHAIN_MAX = 8


class ThreadContext:
    """One thread's context while it waits or owns; only that thread acts with it."""

    __slots__ = ("at", "busy", "died_at", "gave_way", "handle", "held", "identity", "index", "sequence", "thread", "ticket", "wait_at")

    def __init__(self, segment: LockSegment, index: int, handle: int) -> None:
        self.index = index
        self.handle = handle
        self.thread = threading.current_thread()
        self.identity = Owner.identity(index, handle)
        self.at = segment.context(index)
        self.wait_at = segment.wait(index)
        self.sequence = 0
        self.busy = 0
        self.ticket = 0  # of its thread's transaction, as drawn
        self.gave_way = False  # that one has to begin again
        self.died_at: Any = None  # the mutex at which it had to give way to another one
        self.held: dict[int, list[int]] = {}


class Waiter(NamedTuple):
    """Somebody who waits, as it was read: its context, its participant, its wait word."""

    index: int
    handle: int
    word: int

    @property
    def identity(self) -> int:
        return Owner.identity(self.index, self.handle)


class Contexts:
    """The contexts of a participant's threads, and what it sees of everybody's.

    **Sharing.** Any thread. **Lifetime.** A thread claims a context when it first needs one and gives
    it back when it owns nothing and waits for nothing; a forked child starts with none. **Cost.** A
    claim is a CAS and four stores; looking for waiters reads 8 bytes for each context ever used.
    **Errors.** :class:`LimitExceeded` when every context is in use by the living.
    """

    def __init__(self, member: Member, segment: LockSegment) -> None:
        self.member = member
        self.segment = segment
        self.words = segment.words
        self.renew()

    def renew(self) -> None:
        """At the start and in a forked child: nobody here has a context."""
        self.closed = ""
        self._local = threading.local()
        self._mine: dict[int, ThreadContext] = {}

    # ---- claim and give back -------------------------------------------------------------------

    def enter(self) -> ThreadContext:
        """This thread's context, for one action; :meth:`exit` ends the action."""
        context: Optional[ThreadContext] = getattr(self._local, "context", None)
        if context is None:
            context = self._claim()
            self._mine[context.index] = context
            self._local.context = context
        context.busy += 1
        if self.closed:  # after `busy`: who closes waits for us, or we see that it closes
            self.exit(context)
            raise Closed(self.closed)
        return context

    def exit(self, context: ThreadContext) -> None:
        """Ends an action; gives the context back when nothing is owned."""
        context.busy -= 1
        if not context.busy and not context.held and not context.ticket:
            self._local.context = None
            self._give_back(context)

    @contextlib.contextmanager
    def acting(self) -> Iterator[ThreadContext]:
        """One action of this thread, also with what it owns: who closes waits for its end, or it is too late, when
        that may be somebody else's already, and raises :class:`Closed`."""
        context = self.enter()
        try:
            yield context
        finally:
            self.exit(context)

    def _give_back(self, context: ThreadContext) -> None:
        self._mine.pop(context.index, None)
        self.words.compare_and_set(context.at + Context.HANDLE, context.handle, 0)

    def is_anybody_acting(self) -> bool:
        """Whether a thread of this process is inside an action."""
        return any(context.busy for context in self.own())

    def current(self) -> Optional[ThreadContext]:
        """This thread's context, if it has one."""
        return getattr(self._local, "context", None)

    def own(self) -> list[ThreadContext]:
        """The contexts of all threads of this process."""
        return list(self._mine.values())

    def take_from_ended(self, abandon: Callable[[ThreadContext], None]) -> None:
        """Gives back the contexts of threads that ended as owners, after ``abandon`` did so for what they owned."""
        for context in self.own():
            if not context.thread.is_alive():
                abandon(context)
                self._give_back(context)

    def _claim(self) -> ThreadContext:
        last = getattr(self._local, "last", None)
        if last is not None:
            context = self._try_claim(last, 0)
            if context:
                return context
        for proved in (False, True):
            high = self.segment.high(Header.HIGH_CONTEXT)
            for index in range(self.segment.tables.contexts if proved else high):
                holder = self.words.get(self.segment.context(index) + Context.HANDLE)
                if holder == 0 or self.dead(holder, proved):
                    context = self._try_claim(index, holder, proved)
                    if context:
                        return context
            if not proved and high < self.segment.tables.contexts:
                context = self._try_claim(high, self.words.get(self.segment.context(high) + Context.HANDLE))
                if context:
                    return context
        allowed = self.segment.tables.contexts
        raise LimitExceeded(
            f"space limit exceeded: space={self.member.place.space}, limit=contexts, allowed={allowed}; "
            "so many threads own locks or wait for them; end some, or let fewer threads wait",
            "contexts", allowed, allowed + 1,
        )  # fmt: skip

    def _try_claim(self, index: int, holder: int, prove: bool = False) -> Optional[ThreadContext]:
        """One attempt on a context that is free or a dead participant's."""
        words, context = self.words, ThreadContext(self.segment, index, self.member.handle)
        if holder and not self.dead(holder, prove):
            return None
        self.segment.raise_high(Header.HIGH_CONTEXT, index + 1)
        if not words.compare_and_set(context.at + Context.HANDLE, holder, context.handle | Context.CLAIMING):
            return None
        # As long as CLAIMING stands there, nobody grants us what the one before us waited for.
        words.set(context.at + Context.PARK, 0)
        words.write(context.at + Context.SINCE, _ZERO_FIELDS)
        words.write(context.at + Context.THREAD, self._signature())
        words.set(context.wait_at, 0)
        context.sequence = words.get(context.at + Context.SEQUENCE)
        if context.sequence & 1:
            context.sequence += 1
            words.set(context.at + Context.SEQUENCE, context.sequence)
        words.set(context.at + Context.HANDLE, context.handle)
        self._local.last = index
        return context

    def _signature(self) -> bytes:
        """Bytes 80–255: thread, label, no held words."""
        found: Optional[bytes] = getattr(self._local, "signature", None)
        if found is None:
            raw = bytearray(Context.BYTES - Context.THREAD)
            text = cut(threading.current_thread().name, Context.LABEL_BYTES)
            put_word(raw, 0, threading.get_native_id())
            put_word(raw, Context.LABEL_LENGTH - Context.THREAD, len(text))
            start = Context.LABEL - Context.THREAD
            raw[start : start + len(text)] = text
            found = self._local.signature = bytes(raw)
        return found

    def give_all_back(self) -> None:
        """Gives every context of this participant back, at its end."""
        for index in range(self.segment.high(Header.HIGH_CONTEXT)):
            at = self.segment.context(index) + Context.HANDLE
            if self.words.get(at) == self.member.handle:
                self.words.set(self.segment.wait(index), 0)
                self.words.compare_and_set(at, self.member.handle, 0)

    # ---- life ----------------------------------------------------------------------------------

    def dead(self, handle: int, prove: bool = False) -> bool:
        """Whether a participant is gone; ``prove`` also asks the kernel when its word says that it lives."""
        handle &= Owner.HANDLE  # of a context that is being claimed, too
        if handle == self.member.handle:
            return False
        slot = _layout.handle_slot(handle)
        control = self.member.control
        if slot >= control.participants:
            return True
        alive = Participant.pack(Participant.LIVE, _layout.handle_generation(handle))
        if control.participant_word(slot) != alive:
            return True
        return prove and slot != self.member.slot and not self.member.live.locked_by_other(slot)

    # ---- held words ----------------------------------------------------------------------------

    def note_held(self, context: ThreadContext, word: int) -> None:
        """Shows that this context owns something, once more; beyond 16 words it is only known here."""
        if word in context.held:
            context.held[word][1] += 1
            return
        used = {place for place, _ in context.held.values()}
        place = next((p for p in range(Context.HELD_WORDS) if p not in used), -1)
        context.held[word] = [place, 1]
        if place >= 0:
            self.words.set(context.at + Context.HELD + 8 * place, word)

    def drop_held(self, context: ThreadContext, word: int) -> None:
        """The opposite of :meth:`note_held`; what is not there is left alone."""
        place, times = context.held.pop(word, (-1, 0))
        if times > 1:
            context.held[word] = [place, times - 1]
        elif place >= 0:
            self.words.set(context.at + Context.HELD + 8 * place, 0)

    def held_of(self, index: int) -> list[int]:
        """The held words of any context."""
        raw = self.words.read(self.segment.context(index) + Context.HELD, Context.HELD_WORDS * 8)
        return [word for word in memoryview(raw).cast("Q") if word]

    # ---- wait ----------------------------------------------------------------------------------

    def publish(self, context: ThreadContext, word: int, priority: int, deadline: Optional[int], since: int) -> None:
        """Shows that this thread waits. ``deadline`` and ``since`` are monotonic nanoseconds."""
        words, at = self.words, context.at
        context.sequence += 1
        words.set(at + Context.SEQUENCE, context.sequence)
        words.set(at + Context.SINCE, since)
        words.set(at + Context.PRIORITY, priority)
        words.set(at + Context.DEADLINE, deadline or 0)
        words.set(at + Context.PARK, 0)
        words.set(context.wait_at, word)

    def end_wait(self, context: ThreadContext) -> None:
        """The wait is over: granted, or taken by ourselves."""
        self.words.set(context.wait_at, 0)
        self._raise_sequence(context)

    def withdraw(self, context: ThreadContext, word: int) -> bool:
        """Gives a wait up; false when it was granted by somebody else in the meantime."""
        while not self.words.compare_and_set(context.wait_at, word, 0):
            found = self.words.get(context.wait_at)
            if found & Wait.G:
                return False
            if found == 0:
                break  # it was taken down already
        self._raise_sequence(context)
        return True

    def granted(self, context: ThreadContext) -> bool:
        """Whether somebody granted it."""
        return bool(self.words.get(context.wait_at) & Wait.G)

    def cancelled(self, context: ThreadContext) -> bool:
        """Whether this wait was chosen to end as a deadlock's victim."""
        return self.words.get(context.at + Context.CANCEL) == context.sequence

    def _raise_sequence(self, context: ThreadContext) -> None:
        context.sequence += 1
        self.words.set(context.at + Context.SEQUENCE, context.sequence)

    def sleep(self, context: ThreadContext, nanos: int) -> bool:
        """Sleeps until signalled, at most ``nanos``; whether it was. The state must be read again after it."""
        words, park = self.words, context.at + Context.PARK
        signalled = bool(words.fetch_or(park, Context.PARK_SLEEPS) & Context.PARK_SIGNALLED)
        end = time.monotonic_ns() + nanos
        while not signalled:
            left = end - time.monotonic_ns()
            if left <= 0:
                break
            _futex.wait(words.address(park), Context.PARK_SLEEPS, left)
            signalled = bool(words.get(park) & Context.PARK_SIGNALLED)
        words.set(park, 0)
        return signalled

    def signal(self, index: int, handle: int) -> None:
        """Wakes the thread of a context, wherever it sleeps; an index out of a damaged word is nobody's."""
        if not 0 <= index < self.segment.tables.contexts:
            return
        words, park = self.words, self.segment.context(index) + Context.PARK
        before = words.fetch_or(park, Context.PARK_SIGNALLED)
        if before & Context.PARK_SLEEPS:
            _futex.wake(words.address(park))
        if before & Context.PARK_SLEEPS_ELSEWHERE:
            self.ring(_layout.handle_slot(handle))

    def ring(self, participant: int) -> None:
        """Rings a participant's doorbell."""
        if participant < self.segment.tables.participants:
            bell = self.segment.doorbell(participant)
            self.words.fetch_add(bell, 1)
            _futex.wake(self.words.address(bell))

    # ---- who waits -----------------------------------------------------------------------------

    def waiters(self, key: int, modes: Iterable[int], granted: int = 0) -> list[Waiter]:
        """The live waiters for a key in one of these modes: those that nobody granted it yet, or with G those that were."""
        raw = self.segment.waits()
        found = []
        for word in (Wait.pack(mode, key) | granted for mode in modes):
            for index in raw.places(word):
                handle = self.handle_of(index)
                if handle and not self.dead(handle):
                    found.append(Waiter(index, handle, word))
        return found

    def condition_waiters_in_regions(self) -> list[Waiter]:
        """The live waiters, of all processes, for a signal of whatever mutex in a region, that nobody signalled yet."""
        found = []
        for index, word in self.segment.waits().all().items():
            if word & Wait.P and Wait.mode(word) == Wait.CONDITION and not word & Wait.G:
                handle = self.handle_of(index)
                if handle and not self.dead(handle):
                    found.append(Waiter(index, handle, word))
        return found

    def handle_of(self, index: int) -> int:
        """Whose context it is; 0 when it is nobody's or is just being claimed."""
        handle = self.words.get(self.segment.context(index) + Context.HANDLE)
        return 0 if handle & Context.CLAIMING else handle

    def grant(self, waiter: Waiter) -> bool:
        """Sets G in a waiter's word; false when it went away."""
        at = self.segment.wait(waiter.index)
        return self.words.compare_and_set(at, waiter.word, waiter.word | Wait.G)

    def take_back(self, waiter: Waiter) -> None:
        """Undoes a grant; if that one still waits, it looks again."""
        if self.words.compare_and_set(self.segment.wait(waiter.index), waiter.word | Wait.G, waiter.word & ~Wait.G):
            self.signal(waiter.index, waiter.handle)

    def take_back_all(self, key: int, modes: Iterable[int]) -> None:
        """Undoes what a releaser granted and died before it finished it."""
        for waiter in self.waiters(key, modes, Wait.G):
            self.take_back(waiter)

    def best(self, waiters: list[Waiter]) -> Optional[Waiter]:
        """Who goes next: the least virtual arrival, then the lower context."""
        if len(waiters) < 2:
            return waiters[0] if waiters else None
        waits = self.segment.waits().all()
        return min(waiters, key=lambda waiter: (self.arrival(waiter.index, waits), waiter.index))

    def arrival(self, index: int, waits: dict[int, int], depth: int = 0) -> int:
        """A waiter's virtual arrival: a level of priority counts as a second of waiting.

        What it owns lets it inherit the arrival of whoever waits for that, along the chain.
        """
        at = self.segment.context(index)
        arrival = self.since(index) - LEVEL_NANOS * min(self.words.get(at + Context.PRIORITY), _PRIORITY_MAX)
        held = {Wait.key(word): Wait.mode(word) for word in self.held_of(index)}
        if held and depth < _CHAIN_MAX:
            for other, word in waits.items():
                if other != index and excludes(held.get(Wait.key(word), 0), Wait.mode(word)):
                    arrival = min(arrival, self.arrival(other, waits, depth + 1))
        return arrival

    def waited(self, index: int, now: int) -> int:
        """For how many nanoseconds a waiter has been waiting."""
        return now - self.since(index)

    def since(self, index: int) -> int:
        """When a waiter began to wait."""
        return self.words.get(self.segment.context(index) + Context.SINCE)

    def signal_best(self, key: int, modes: Iterable[int]) -> bool:
        """Signals who goes next; whether there is somebody."""
        best = self.best(self.waiters(key, modes))
        if best:
            self.signal(best.index, best.handle)
        return best is not None

    def signal_all(self, key: int, modes: Iterable[int]) -> None:
        """Signals everybody who waits for a key in one of these modes."""
        for waiter in self.waiters(key, modes):
            self.signal(waiter.index, waiter.handle)

    def own_waiters(self, mode: int) -> list[Waiter]:
        """The waits of this process in one mode."""
        found = [Waiter(context.index, context.handle, self.words.get(context.wait_at)) for context in self.own()]
        return [waiter for waiter in found if Wait.mode(waiter.word) == mode and not waiter.word & Wait.G]

    def signal_own(self) -> None:
        """Makes every waiting thread of this process look again."""
        for context in self.own():
            if self.words.get(context.wait_at):
                self.signal(context.index, context.handle)

    # ---- for people ----------------------------------------------------------------------------

    def describe(self, index: int) -> str:
        """A context in words: ``pid 4711 thread 'indexer'``."""
        if not 0 <= index < self.segment.tables.contexts:
            return f"nobody: context={index}"
        raw = self.words.read(self.segment.context(index), Context.BYTES)
        handle = word_at(raw, Context.HANDLE)
        return f"{self.describe_participant(handle)} thread '{_label(raw)}'"

    def describe_participant(self, handle: int) -> str:
        """A participant in words: its pid if it still has its slot."""
        slot = _layout.handle_slot(handle)
        if self.dead(handle):
            return f"dead participant {slot}"
        pid = self.member.control.words.get(self.member.control.participant(slot) + Participant.PID)
        return f"participant {slot} pid {pid}"


def _label(raw: bytes) -> str:
    length = min(word_at(raw, Context.LABEL_LENGTH), Context.LABEL_BYTES)
    return raw[Context.LABEL : Context.LABEL + length].decode(errors="replace")
