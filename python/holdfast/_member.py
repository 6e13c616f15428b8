"""One participant of one space: its slot, its locks, its holds, and who in this process may act."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator, NamedTuple, Optional

from . import _entry
from . import _layout as layout
from ._control import Control
from ._layout import Catalog, Participant, Region, State
from ._os import LockFile
from .errors import Busy, Closed, Corrupted, HoldfastError

if TYPE_CHECKING:
    from ._locks import Locks

CATALOG_TIMEOUT = 10.0


class Place(NamedTuple):
    """Where a space lives in the operating system."""

    space: str
    root: str
    directory: str
    hash: str

    @property
    def control_name(self) -> str:
        return f"/hf-{self.hash}-ctl"

    @property
    def lock_name(self) -> str:
        return f"/hf-{self.hash}-lck"

    @property
    def live_path(self) -> str:
        return f"{self.directory}/live"

    @property
    def descriptor_path(self) -> str:
        return f"{self.directory}/space.json"

    def object_name(self, region_id: str) -> str:
        return f"/hf-{self.hash}-{region_id}"


class _LocalHold:
    """How often this process holds one slot. The shared bit is set while ``count`` is not 0."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.generation = 0
        self.count = 0


class Member:
    """A participant.

    **Sharing.** Any thread. Locks on the liveness file belong to its descriptor, so each has a gate
    here. Order: creation → recovery → slot → catalog; the slot lock is never held while another is
    taken. Finalizers run anywhere, even inside a gate, and therefore take none: they append to
    ``deferred``. **Lifetime.** From the join until :func:`_join.leave`; forked children replace
    their copy's identity (:mod:`_fork`).
    """

    def __init__(self, place: Place, live: LockFile, control: Control, timeout: float, label: str) -> None:
        self.place = place
        self.live = live
        self.control = control
        self.timeout = timeout
        self.label = label
        self.slot = -1
        self.handle = 0
        self.deferred: deque[tuple[int, int]] = deque()
        self.closing = False
        self.gone: Optional[str] = None
        self.locks: Optional[Locks] = None
        self._holds: dict[int, _LocalHold] = {}
        self.renew_gates()

    def renew_gates(self) -> None:
        """Fresh gates: at the start and in a forked child, where nobody is inside any."""
        self.operations = OperationGate()
        self.recovery_gate = threading.RLock()
        self._creation_gate = threading.Lock()
        self._catalog_gate = threading.Lock()
        self._holds_lock = threading.Lock()
        for local in self._holds.values():
            local.lock = threading.Lock()

    def identify(self, slot: int, generation: int) -> None:
        """Acts as this participant from now on."""
        self.slot = slot
        self.handle = layout.handle(slot, generation)

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Wraps whatever a user's call does: not during a fork, not after the end."""
        with self.operations:
            if self.gone:
                raise Closed(self.gone)
            yield

    # ---- sections ------------------------------------------------------------------------------

    @contextmanager
    def creation(self) -> Iterator[None]:
        """Inside the creation byte's lock."""
        with _gate(self._creation_gate, self.timeout, "creation"):
            if not self.live.lock(layout.LOCK_CREATION, self.timeout):
                raise Busy(
                    f"space is busy: space={self.place.space}, timeout={self.timeout} s, lock=creation; "
                    "a participant that joins or leaves is stopped or very slow, look for it and try again"
                )
            try:
                yield
            finally:
                if self.live.descriptor >= 0:
                    self.live.unlock(layout.LOCK_CREATION)

    @contextmanager
    def catalog(self) -> Iterator[None]:
        """Inside the catalog's lock, sums right.

        An exception out of the section leaves ``actor`` set: whoever comes next recounts.
        """
        control = self.control
        with _gate(self._catalog_gate, CATALOG_TIMEOUT, "catalog"):
            if not self.live.lock(layout.LOCK_CATALOG, CATALOG_TIMEOUT):
                raise Busy(
                    f"catalog is busy: space={self.place.space}, actor={control.cell(Catalog.ACTOR) - 1}, "
                    f"timeout={CATALOG_TIMEOUT} s; that participant is stopped inside a change, continue or end it"
                )
            try:
                if control.cell(Catalog.ACTOR):
                    recount(control)
                control.set_cell(Catalog.ACTOR, self.slot + 1)
                yield
                control.set_cell(Catalog.ACTOR, 0)
            finally:
                self.live.unlock(layout.LOCK_CATALOG)

    # ---- local holds ---------------------------------------------------------------------------

    def _local(self, slot: int) -> _LocalHold:
        with self._holds_lock:
            return self._holds.setdefault(slot, _LocalHold())

    def take_hold(self, slot: int, generation: int) -> Optional[int]:
        """Holds a region once more; None when held, else the state word that stands in the way."""
        control, local = self.control, self._local(slot)
        with local.lock:
            if local.count:
                word = control.state(slot)
                if local.generation != generation or State.retired(word):
                    return word
                local.count += 1
                return None
            try:
                control.set_bit(slot, self.slot)
                word = control.state(slot)  # after the bit: pairs with the second look of who reclaims
                if word == State.pack(State.LIVE, generation):
                    local.generation, local.count = generation, 1
                    return None
            finally:
                if not local.count:
                    control.clear_bit(slot, self.slot)
            return word

    def adopt_hold(self, slot: int, generation: int) -> None:
        """The creator's hold, taken before the region is LIVE."""
        local = self._local(slot)
        with local.lock:
            self.control.set_bit(slot, self.slot)
            local.generation, local.count = generation, 1

    def drop_hold(self, slot: int, generation: int) -> bool:
        """Gives one hold back; whether it was the last one here."""
        local = self._local(slot)
        with local.lock:
            if not local.count or local.generation != generation:
                return False
            local.count -= 1
            if local.count == 0:
                self.control.note_unheld(slot)  # before the bit: whoever sees the row zero sees the time
                self.control.clear_bit(slot, self.slot)
            return local.count == 0

    def forget_hold(self, slot: int) -> None:
        """Drops a slot's holds and bit whatever their number."""
        local = self._local(slot)
        with local.lock:
            local.count = 0
            self.control.clear_bit(slot, self.slot)

    def held_slots(self) -> list[int]:
        """The slots held here."""
        with self._holds_lock:
            return [slot for slot, local in self._holds.items() if local.count]


class OperationGate:
    """Any number of operations, or one fork. A thread may enter again inside itself."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside: dict[int, int] = {}
        self._exclusive = False

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._changed:
            while self._exclusive and me not in self._inside:
                self._changed.wait()
            self._inside[me] = self._inside.get(me, 0) + 1

    def __exit__(self, *_: object) -> None:
        me = threading.get_ident()
        with self._changed:
            self._inside[me] -= 1
            if not self._inside[me]:
                del self._inside[me]
                self._changed.notify_all()

    def close(self, timeout: float) -> None:
        """Waits until nobody is inside and keeps everybody out."""
        with self._changed:
            if threading.get_ident() in self._inside:
                raise HoldfastError("fork inside an operation of Holdfast: thread is inside; fork outside of it")
            while self._exclusive:
                self._changed.wait()
            self._exclusive = True
            if not self._changed.wait_for(lambda: not self._inside, timeout):
                self._exclusive = False
                self._changed.notify_all()
                raise Busy(f"operations in other threads did not end: timeout={timeout} s")

    def open(self) -> None:
        """Lets everybody in again."""
        with self._changed:
            self._exclusive = False
            self._changed.notify_all()


@contextmanager
def _gate(gate: threading.Lock, timeout: float, name: str) -> Iterator[None]:
    if not gate.acquire(timeout=timeout):
        raise Busy(f"another thread of this process is inside: section={name}, timeout={timeout} s; try again")
    try:
        yield
    finally:
        gate.release()


# ---- sums ------------------------------------------------------------------------------------


def recount(control: Control) -> None:
    """Writes the catalog's sums as the region table says; inside the catalog section."""
    regions, total, owned = count(control)
    for slot in range(control.participants):
        control.words.set(control.participant(slot) + Participant.BYTES_IN_USE, owned.get(slot, 0))
    control.set_cell(Catalog.REGIONS_IN_USE, regions)
    control.set_cell(Catalog.BYTES_IN_USE, total)


def count(control: Control) -> tuple[int, int, dict[int, int]]:
    """Regions in use, their SHM bytes, and these by participant; a damaged entry counts no bytes."""
    regions, total, owned = 0, 0, dict[int, int]()
    for slot in range(control.high_slot()):
        word = control.state(slot)
        if State.state(word) == State.FREE:
            continue
        regions += 1
        try:
            entry = _entry.read(control, slot, State.generation(word))
        except Corrupted:
            continue
        if entry.backing == Region.SHM:
            total += entry.size
            owner = owner_slot(control, entry.owner)
            if owner is not None:
                owned[owner] = owned.get(owner, 0) + entry.size
    return regions, total, owned


def owner_slot(control: Control, handle: int) -> Optional[int]:
    """The slot of the owner if it is still the same participant."""
    slot = layout.handle_slot(handle)
    if slot >= control.participants:
        return None
    same = control.participant_word(slot) == Participant.pack(Participant.LIVE, layout.handle_generation(handle))
    return slot if same else None


def add_to_sums(control: Control, entry: _entry.Entry, sign: int) -> None:
    """Adds a region to the sums or takes it out; inside the catalog section."""
    control.add_cell(Catalog.REGIONS_IN_USE, sign)
    if entry.backing == Region.SHM:
        control.add_cell(Catalog.BYTES_IN_USE, sign * entry.size)
        owner = owner_slot(control, entry.owner)
        if owner is not None:
            control.words.fetch_add(control.participant(owner) + Participant.BYTES_IN_USE, sign * entry.size)

