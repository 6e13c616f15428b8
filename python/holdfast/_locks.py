"""A participant's part in its space's locks: which it has open, what it owns, its end, its forks, its dead."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from itertools import islice
from typing import Any, Callable, NamedTuple, Optional, TypeVar, Union

from . import _entry, _events, _layout
from . import _locklayout as layout
from . import _locksegment
from ._checksum import crc32c
from ._contexts import Contexts, ThreadContext, Waiter
from ._gate import LocalGate
from ._layout import Event, Participant
from ._locklayout import Header, Lock, Owner, Placed, Wait
from ._locksegment import LockSegment
from ._member import Member
from ._os import pauses
from ._words import put_word, word_at
from .errors import Busy, Corrupted, HoldfastError, LimitExceeded, WrongLockKindError

_LOOKS_MAX = 1000
_SAMPLE_EVERY = 16
_T = TypeVar("_T")
_log = logging.getLogger("holdfast")
_WORD_MODES = (Wait.EXCLUSIVE, Wait.UPDATE)
UNDOABLE = (Lock.MUTEX_KIND, Lock.READ_WRITE)
KINDS = {
    Lock.MUTEX_KIND: "mutex",
    Lock.READ_WRITE: "read-write lock",
    Lock.SEMAPHORE: "semaphore",
    Lock.CONDITION: "condition",
}


class Blueprint(NamedTuple):
    """What a lock shall be, every value checked: the arguments of *open a lock by name*."""

    name: str
    kind: int
    options: int = 0
    cells: int = 0
    mutex: int = 0
    undo_cells: int = 0

    @property
    def all_cells(self) -> int:
        """Those that name owners, and the undo record's."""
        return self.cells + self.undo_cells


class Row(NamedTuple):
    """A lock that this participant has open: it cannot become another one meanwhile.

    ``index`` is its key in wait words; ``words`` hold it at ``at``, its ``cells`` of owners at
    ``cells_at``, and after those the ``undo_cells`` of its undo record, whose length is in the word
    ``undo_at`` from bit ``undo_shift`` on. Statistics are ``counted`` for locks that have a name.
    """

    index: int
    at: int
    name: str
    kind: int
    options: int
    first_cell: int
    cells: int
    mutex: int
    undo_cells: int = 0
    words: Any = None
    cells_at: int = 0
    undo_at: int = 0
    undo_shift: int = 0
    counted: bool = True
    place: Any = None

    @property
    def strictly_fair(self) -> bool:
        return bool(self.options & Lock.STRICTLY_FAIR)

    def cell(self, index: int) -> int:
        """Where a cell of an owner stands."""
        return self.cells_at + 8 * index

    def count(self, field: int, amount: int = 1) -> None:
        """Adds to a statistic."""
        if self.counted:
            self.words.fetch_add(self.at + field, amount)

    def clear_undo(self) -> None:
        """By its owner: what the undo record was for is complete."""
        if self.undo_cells:
            self.words.set(self.undo_at, self.words.get(self.undo_at) & ((1 << self.undo_shift) - 1))


def of(member: Member) -> Locks:
    """The member's locks; the lock segment is opened or made by the first call."""
    if member.locks is None:
        with member.creation():
            if member.locks is None:
                segment = _locksegment.open_or_create(
                    member, layout.DEFAULT_CONTEXTS, layout.DEFAULT_LOCKS, layout.DEFAULT_CELLS
                )
                locks = Locks(member, segment)
                locks.join(member.slot)
                member.locks = locks
    return member.locks


class Locks:
    """The locks of a space as one participant has them.

    **Sharing.** Any thread. **Lifetime.** From the first lock that is asked for until the participant
    leaves: then its threads' waits end with :class:`Closed`, and what they still own counts as
    abandoned, because nobody knows whether the data is whole. A forked child has the same locks open
    and owns none of them.
    """

    def __init__(self, member: Member, segment: LockSegment) -> None:
        self.member = member
        self.segment = segment
        self.words = segment.words
        self.contexts = Contexts(member, segment)
        self.opened: dict[str, Any] = {}
        self._opening = threading.Lock()
        self._look_once_more = False
        self._ticking = threading.Lock()
        self._left = False
        self.holding: dict[int, HoldClock] = {}
        self.placed: weakref.WeakValueDictionary[tuple[int, int], Any] = weakref.WeakValueDictionary()
        """Those that stand in regions, by region handle and offset, for as long as anybody has them."""
        self.places: weakref.WeakSet[Any] = weakref.WeakSet()
        self._gates: weakref.WeakSet[LocalGate] = weakref.WeakSet()
        self._after_fork: weakref.WeakSet[Any] = weakref.WeakSet()

    # ---- join, fork, leave ---------------------------------------------------------------------

    def join(self, slot: int) -> None:
        """A participant comes in that has nothing open yet, whatever its slot's predecessor left."""
        with self.member.catalog():
            self._clear_opener(slot)
        self.segment.raise_high(Header.HIGH_PARTICIPANT, slot + 1)

    def join_for_child(self, slot: int) -> None:
        """A child that is about to be forked has open what we have open."""
        with self.member.catalog():
            self._clear_opener(slot)
            for index in range(self.segment.high(Header.HIGH_LOCK)):
                at, bit = self._opener(index, self.member.slot)
                if self.words.get(at) & bit:
                    at, bit = self._opener(index, slot)
                    self.words.fetch_or(at, bit)
        self.segment.raise_high(Header.HIGH_PARTICIPANT, slot + 1)

    def on_fork(self, lock: Any) -> None:
        """``lock`` is to forget in a forked child what it owns: that stays the parent's."""
        self._after_fork.add(lock)

    def new_gate(self) -> LocalGate:
        """A gate that is closed with the space and empty in a forked child."""
        gate = LocalGate()
        self._gates.add(gate)
        return gate

    def become_child(self) -> None:
        """In the forked child, after it has its own identity."""
        self.contexts.renew()
        self._ticking = threading.Lock()
        self._left = False
        self.holding.clear()
        for gate in list(self._gates):
            gate.renew()
        for lock in list(self._after_fork):
            lock._forget()

    def close(self) -> None:
        """Ends every wait of this process with :class:`Closed` and abandons what its threads own; again is fine.

        Raises :class:`Busy` while a thread is inside an action: what it still does there could reach what is
        somebody else's after this. Nobody gets a lock any more by then; call it again.
        """
        contexts = self.contexts
        mine = contexts.current()
        if mine is not None and mine.busy:
            raise Busy(
                f"space is closed inside an action on one of its locks: space={self.member.place.space}, "
                f"thread={mine.thread.name}; a signal handler interrupted it? Close the space outside of handlers"
            )
        with self._ticking:
            if self._left:
                return
            contexts.closed = f"space is closed: space={self.member.place.space}; open it again"
        for gate in list(self._gates):
            gate.close()
        self._await_actions()
        with self._ticking:
            if self._left:
                return
            self._left = True
        self.recover(self.member.handle)
        for lock in list(self.placed.values()):
            self._give_up_placed(lock._row)
        contexts.give_all_back()
        try:
            with self.member.catalog():
                self._clear_opener(self.member.slot)
        except HoldfastError as problem:  # bits of who is gone mean nothing; the rest of the end goes on
            _log.warning("%s", problem)

    def _await_actions(self) -> None:
        """Until no thread of this process is inside an action. Counts looks, not time: it may be stopped meanwhile."""
        for pause in islice(pauses(), _LOOKS_MAX):
            self.contexts.signal_own()
            if not self.contexts.is_anybody_acting():
                return
            time.sleep(pause)
        raise Busy(
            f"threads of this process are inside actions on locks: space={self.member.place.space}, looks={_LOOKS_MAX}; "
            "they end by themselves when the processor gets to them; close the space again"
        )

    def _clear_opener(self, slot: int) -> None:
        for index in range(self.segment.high(Header.HIGH_LOCK)):
            at, bit = self._opener(index, slot)
            self.words.fetch_and(at, ~bit)

    def _opener(self, index: int, slot: int) -> tuple[int, int]:
        return self.segment.lock(index) + Lock.OPENERS + slot // 64 * 8, 1 << slot % 64

    # ---- the dead ------------------------------------------------------------------------------

    def recover(self, handle: int) -> None:
        """Takes everything back that a participant owned, dead or leaving; again is fine."""
        for index in range(self.segment.high(Header.HIGH_LOCK)):
            at = self.segment.lock(index)
            if Lock.state(self.words.get(at + Lock.STATE)) == Lock.LIVE:
                self._abandon(index, at, handle)
                self._free_cells(index, at, handle)
                opener, bit = self._opener(index, _layout.handle_slot(handle))
                if self.words.get(at + Lock.KIND) == Lock.CONDITION and self.words.get(opener) & bit:
                    self._wake_condition(self.contexts.waiters(index, (Wait.CONDITION,)))
        self._wake_condition(self.contexts.condition_waiters_in_regions())

    def _give_up_placed(self, row: Row) -> None:
        """What this participant, which is leaving, owns of a lock in a region."""
        while (word := row.words.get(row.at)) & Owner.HANDLE == self.member.handle:
            if row.words.compare_and_set(row.at, word, Owner.D | Owner.W):
                self.contexts.signal_best(row.index, _WORD_MODES)
                self.contexts.signal_all(row.index, (Wait.READ,))
        freed = False
        for index in range(row.cells):
            word = row.words.get(row.cell(index))
            if word & Owner.HANDLE == self.member.handle:
                freed |= row.words.compare_and_set(row.cell(index), word, 0)
        if freed:
            self.contexts.signal_best(row.index, (Wait.PERMIT,)) or self.contexts.signal_best(row.index, (Wait.DRAIN,))

    def _abandon(self, index: int, at: int, handle: int) -> None:
        while True:
            word = self.words.get(at)
            if word & Owner.HANDLE != handle:
                return
            if self.words.compare_and_set(at, word, Owner.D | Owner.W):
                self.words.fetch_add(at + Lock.OWNERS_DIED, 1)
                self._count_owner_died(index)
                self.contexts.signal_best(index, _WORD_MODES)
                self.contexts.signal_all(index, (Wait.READ,))
                return

    def _free_cells(self, index: int, at: int, handle: int) -> None:
        first, count = self.words.get(at + Lock.FIRST_CELL), self._owner_cells(at)
        if count <= 0 or first + count > self.segment.tables.cells:
            return
        raw = memoryview(self.words.read(self.segment.cell(first), count * 8)).cast("Q")
        freed = [
            self.words.compare_and_set(self.segment.cell(first + i), word, 0)
            for i, word in enumerate(raw)
            if word & Owner.HANDLE == handle
        ]
        if any(freed):
            self.words.fetch_add(at + Lock.OWNERS_DIED, 1)
            self.contexts.signal_best(index, (Wait.PERMIT,))
        self.contexts.signal_best(index, (Wait.DRAIN,))  # also for one that was granted to read, and had no cell yet

    def note_owner_died(self, row: Row) -> None:
        """Counts and records that a lock's owner was found dead."""
        row.count(Lock.OWNERS_DIED)
        self._count_owner_died(row.index)

    def _count_owner_died(self, index: int) -> None:
        self.words.fetch_add(Header.OWNERS_DIED, 1)
        self._record(Event.LOCK_OWNER_DIED, index)

    def note_deadlock(self, index: int) -> None:
        """Counts and records that a wait for this lock was ended to break a deadlock."""
        self.words.fetch_add(Header.DEADLOCKS, 1)
        self._record(Event.DEADLOCK, index)

    def _record(self, kind: int, index: int) -> None:
        placed = index & Wait.P
        name = self.name_of(index) if placed else self._raw_name(index).decode(errors="replace")
        value = layout.MASK if placed else index
        _events.record(self.member.control, self.member.handle, kind, 0, value, name)

    def _wake_condition(self, waiters: list[Waiter]) -> None:
        """The dead may have swallowed a signal that was meant for one of these: all look for themselves."""
        for waiter in waiters:
            if self.contexts.grant(waiter):
                self.contexts.signal(waiter.index, waiter.handle)

    def look_again(self) -> None:
        """After a death that somebody else may have recovered: our waiters read again, now and at the next tick.

        By then whoever recovers the dead one has let go of its place, so that no signal goes to it any more.
        """
        self._look_once_more = True
        self._wake_own()

    def _wake_own(self) -> None:
        self._wake_condition(self.contexts.own_waiters(Wait.CONDITION))
        self.contexts.signal_own()

    def tick(self) -> None:
        """The watch's share, several times a second: says since when long holds last, abandons what ended threads owned."""
        with self._ticking:
            if self.contexts.closed:
                return
            if self._look_once_more:
                self._look_once_more = False
                self._wake_own()
            self.contexts.take_from_ended(self._abandon_for)
            for clock in list(self.holding.values()):
                clock.note()

    def _abandon_for(self, context: ThreadContext) -> None:
        for lock in [*self.opened.values(), *self.placed.values()]:
            lock._abandon(context)

    # ---- open by name --------------------------------------------------------------------------

    def get(self, blueprint: Blueprint, make: Callable[[Locks, Row], _T]) -> _T:
        """This process's one object for a lock: its threads share what it knows."""
        with self._opening:
            found = self.opened.get(blueprint.name)
            if found is None:
                found = self.opened[blueprint.name] = make(self, self._open(blueprint))
            problem = self._mismatch(found._row, blueprint)
        if problem:
            raise problem
        return found

    def _open(self, blueprint: Blueprint) -> Row:
        """The lock of that name, made if there is none.

        Raises :class:`WrongLockKindError` when the name has another kind, size or mutex, and
        :class:`LimitExceeded` when there is no slot or no room for its cells even after reclaiming.
        """
        with self.member.catalog():
            found = self._open_in_section(blueprint)
        if isinstance(found, Exception):
            raise found
        return found

    def _open_in_section(self, wanted: Blueprint) -> Union[Row, Exception]:
        for index in range(self.segment.high(Header.HIGH_LOCK)):
            if Lock.state(self.words.get(self.segment.lock(index) + Lock.STATE)) != Lock.LIVE:
                continue
            try:
                row = self._read(index)
            except Corrupted as problem:
                if self._raw_name(index) == wanted.name.encode():
                    return problem
                continue
            if row.name == wanted.name:
                return self._mismatch(row, wanted) or self._join_row(row)
        return self._make(wanted)

    def _join_row(self, row: Row) -> Row:
        at, bit = self._opener(row.index, self.member.slot)
        self.words.fetch_or(at, bit)
        return row

    def _mismatch(self, row: Row, wanted: Blueprint) -> Optional[WrongLockKindError]:
        if row.undo_cells < wanted.undo_cells:
            return WrongLockKindError(
                f"lock has less room for an undo record: space={self.member.place.space}, lock={row.name}, "
                f"found={row.undo_cells * 8} bytes, asked={wanted.undo_cells * 8}; who makes it has to ask for the most"
            )
        for field, found, expected in (
            ("kind", KINDS.get(row.kind, row.kind), KINDS[wanted.kind]),
            ("permits" if wanted.kind == Lock.SEMAPHORE else "cells", row.cells, wanted.cells),
            ("mutex", row.mutex, wanted.mutex),
        ):
            if found != expected:
                return WrongLockKindError(
                    f"a lock of that name is different: space={self.member.place.space}, lock={row.name}, "
                    f"{field}={found}, asked={expected}; use another name, or ask for what it is"
                )
        return None

    def _make(self, wanted: Blueprint) -> Union[Row, Exception]:
        place = self._room(wanted)
        if place is None:
            self._reclaim()
            place = self._room(wanted)
        if place is None:
            return self._full(wanted)
        index, first = place
        for cell in range(first, first + wanted.all_cells):
            self.words.set(self.segment.cell(cell), 0)
        at = self.segment.lock(index)
        state = self.words.get(at + Lock.STATE)
        raw = pack(wanted, first, time.time_ns(), self.words.get(Header.TOKEN_FLOOR))
        self.words.write(at, raw[: Lock.STATE])
        self.words.write(at + Lock.KIND, raw[Lock.KIND :])
        opener, bit = self._opener(index, self.member.slot)
        self.words.set(opener, bit)
        generation = _layout.next_generation(Lock.generation(state))
        self.segment.raise_high(Header.HIGH_LOCK, index + 1)
        self.words.set(at + Lock.STATE, Lock.pack_state(Lock.LIVE, generation))
        return self._read(index)

    def _room(self, wanted: Blueprint) -> Optional[tuple[int, int]]:
        """The lowest FREE slot and the first gap of cells."""
        used, free = [], None
        high = self.segment.high(Header.HIGH_LOCK)
        for index in range(high):
            at = self.segment.lock(index)
            if Lock.state(self.words.get(at + Lock.STATE)) == Lock.LIVE:
                used.append((self.words.get(at + Lock.FIRST_CELL), self.words.get(at + Lock.CELLS)))
            elif free is None:
                free = index
        if free is None:
            free = high if high < self.segment.tables.locks else None
        first = 0
        for start, count in sorted(used):
            if count and start - first < wanted.all_cells:
                first = max(first, start + count)
        if free is None or first + wanted.all_cells > self.segment.tables.cells:
            return None
        return free, first

    def _full(self, wanted: Blueprint) -> LimitExceeded:
        slots = self.segment.tables.locks
        used = sum(
            Lock.state(self.words.get(self.segment.lock(index) + Lock.STATE)) == Lock.LIVE
            for index in range(self.segment.high(Header.HIGH_LOCK))
        )
        limit, allowed, asked = ("locks", slots, slots + 1) if used >= slots else (
            "lock cells", self.segment.tables.cells, wanted.all_cells
        )  # fmt: skip
        return LimitExceeded(
            f"space limit exceeded: space={self.member.place.space}, limit={limit}, allowed={allowed}, "
            f"lock={wanted.name}, cells={wanted.all_cells}, locks in use={used}; "
            "close the locks' spaces in other processes, or use fewer permits",
            limit, allowed, asked,
        )  # fmt: skip

    def _reclaim(self) -> None:
        """Frees what no living participant has open and nobody owns; in the catalog section."""
        for index in range(self.segment.high(Header.HIGH_LOCK)):
            at = self.segment.lock(index)
            state = self.words.get(at + Lock.STATE)
            if Lock.state(state) != Lock.LIVE or self.words.get(at) & ~Owner.W or self._wanted(index, at):
                continue
            floor = max(self.words.get(Header.TOKEN_FLOOR), self.words.get(at + Lock.TOKEN))
            self.words.set(Header.TOKEN_FLOOR, floor)
            self.words.set(at + Lock.STATE, Lock.pack_state(Lock.FREE, Lock.generation(state)))

    def _wanted(self, index: int, at: int) -> bool:
        """Whether a living participant has a lock open or owns one of its cells."""
        control = self.member.control
        for slot in control.live_participants():
            opener, bit = self._opener(index, slot)
            handle = _layout.handle(slot, Participant.generation(control.participant_word(slot)))
            if self.words.get(opener) & bit and not self.contexts.dead(handle, prove=True):
                return True
        first, count = self.words.get(at + Lock.FIRST_CELL), self._owner_cells(at)
        cells = (self.words.get(self.segment.cell(first + i)) & Owner.HANDLE for i in range(count))
        return any(owner and not self.contexts.dead(owner, prove=True) for owner in cells)

    def _owner_cells(self, at: int) -> int:
        """How many cells name owners; the others are the undo record's."""
        undo = self.words.get(at + Lock.UNDO_CELLS) if self.words.get(at + Lock.KIND) in UNDOABLE else 0
        return self.words.get(at + Lock.CELLS) - undo

    # ---- rows ----------------------------------------------------------------------------------

    def _raw_name(self, index: int) -> bytes:
        at = self.segment.lock(index)
        length = min(self.words.get(at + Lock.NAME_LENGTH), Lock.NAME_BYTES)
        return self.words.read(at + Lock.NAME, length)

    def _read(self, index: int) -> Row:
        """A lock's unchanging fields, checked."""
        at = self.segment.lock(index)
        row, problem = parse(self.words.read(at, Lock.BYTES), index, at, self.segment.tables.cells)
        if row is None:
            raise Corrupted(
                f"lock is damaged: object={self.segment.what}, lock={index}, {problem}; "
                "something wrote over the lock segment, end all participants and remove it"
            )
        return row._replace(
            words=self.words,
            cells_at=self.segment.cell(row.first_cell) if row.cells or row.undo_cells else 0,
            undo_at=at + Lock.UNDO,
        )

    def name_of(self, key: int) -> str:
        """What a wait word's key means, for people."""
        if key & Wait.P:
            found = _entry.peek(self.member.control, Wait.region_slot(key))
            region = found[1].name if found else f"region slot {Wait.region_slot(key)}"
            return f"lock {Placed.name(region, Wait.offset(key))!r}"
        if key >= self.segment.tables.locks:
            return f"lock {key}"
        kind = KINDS.get(self.words.get(self.segment.lock(key) + Lock.KIND), "lock")
        return f"{kind} {self._raw_name(key).decode(errors='replace')!r}"


class HoldClock:
    """How long a lock is owned: written down for holds that last, counted for every sixteenth."""

    def __init__(self, locks: Locks, row: Row) -> None:
        self._locks = locks
        self._row = row
        self._since = 0

    def start(self) -> None:
        """The calling thread owns the lock now."""
        self._since = time.monotonic_ns()
        self._locks.holding[self._row.index] = self

    def stop(self) -> None:
        """It is about to give it back."""
        self._locks.holding.pop(self._row.index, None)
        row = self._row
        if row.words.get(row.at + Lock.TOKEN) % _SAMPLE_EVERY == 0:
            held = time.monotonic_ns() - self._since
            row.count(Lock.HOLD_NANOS, held)
            row.count(Lock.HOLDS_SAMPLED)
            row.count(Lock.HOLD_TIMES + 8 * layout.bucket(held))

    def note(self) -> None:
        """By the watch. A release in between leaves a token that is not the lock's: nobody believes it."""
        words, at, since = self._row.words, self._row.at, self._since
        token = words.get(at + Lock.TOKEN)
        if words.get(at + Lock.HELD_SINCE_TOKEN) != token:
            words.set(at + Lock.HELD_SINCE, since)
            words.set(at + Lock.HELD_SINCE_TOKEN, token)


def pack(wanted: Blueprint, first_cell: int, created_ns: int, token: int) -> bytes:
    """The 768 bytes of a new lock, not LIVE yet and opened by nobody."""
    raw = bytearray(Lock.BYTES)
    name = wanted.name.encode()
    for offset, value in (
        (Lock.TOKEN, token),
        (Lock.KIND, wanted.kind),
        (Lock.OPTIONS, wanted.options),
        (Lock.FIRST_CELL, first_cell),
        (Lock.CELLS, wanted.all_cells),
        (Lock.CREATED, created_ns),
        (Lock.MUTEX, wanted.undo_cells if wanted.kind in UNDOABLE else wanted.mutex),
        (Lock.NAME_LENGTH, len(name)),
    ):
        put_word(raw, offset, value)
    raw[Lock.NAME : Lock.NAME + len(name)] = name
    put_word(raw, Lock.CRC, _crc(raw))
    return bytes(raw)


def _crc(raw: Union[bytes, bytearray]) -> int:
    return crc32c(bytes(raw[Lock.KIND : Lock.CRC] + raw[Lock.NAME_LENGTH : Lock.CONTENDED]))


def parse(raw: bytes, index: int, at: int, cells: int) -> tuple[Optional[Row], str]:
    """A lock's unchanging fields, or what is wrong with them."""
    found, expected = word_at(raw, Lock.CRC), _crc(raw)
    if found != expected:
        return None, f"crc={found:#x}, expected={expected:#x}"
    length = word_at(raw, Lock.NAME_LENGTH)
    kind, options, first, count, mutex = (
        word_at(raw, at) for at in (Lock.KIND, Lock.OPTIONS, Lock.FIRST_CELL, Lock.CELLS, Lock.MUTEX)
    )
    if length > Lock.NAME_BYTES or first + count > cells or kind not in KINDS:
        return None, f"name length={length}, kind={kind}, first cell={first}, cells={count}, capacity={cells}"
    name = raw[Lock.NAME : Lock.NAME + length].decode(errors="replace")
    undo, mutex = (mutex, 0) if kind in UNDOABLE else (0, mutex)
    if undo > count:
        return None, f"cells={count}, undo cells={undo}"
    return Row(index, at, name, kind, options, first, count - undo, mutex, undo), ""


__all__ = ["Blueprint", "Locks", "Row", "of"]
