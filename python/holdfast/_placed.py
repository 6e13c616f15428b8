"""Locks whose words stand in the bytes of a region, beside what they protect."""

from __future__ import annotations

import threading
from typing import Any, Callable, Optional, TypeVar

from . import _undo
from ._layout import Header
from ._locklayout import Lock, Owner, Placed, Wait
from ._locks import KINDS, UNDOABLE, Locks, Row
from ._mutex import Mutex
from ._region import Region
from ._rwlock import ReadWriteLock
from ._semaphore import Semaphore
from ._words import Words
from .errors import Closed, Corrupted, LockNotFoundError, PlaceTakenError, WrongLockKindError

_PERMITS_MAX = 4096
_T = TypeVar("_T")


class PlacedLocks:
    """The locks of one region: at offsets you choose, as many as there is room for. Made by :meth:`Space.placed`.

    Somebody *places* a lock, once; the others *open* it, in any language. A lock takes 64 bytes; a
    semaphore 8 more a permit, a read-write lock 8 more a participant slot of the space. They work as
    those that have a name, but count no statistics, and a mutex has one condition only.

    **Sharing.** Any thread of any process. **Lifetime.** A lock is gone when the region is, or when
    somebody who knows that nobody uses it sets its 64 bytes to 0. This holds the region, and so does
    every lock that was opened through it: the mapping goes with the last of them, after
    :meth:`close`. Owners in bytes that were kept in a file, or copied, count as dead. **Errors.**
    :class:`ValueError` for an offset that is no multiple of 64 or has no room behind it,
    :class:`PlaceTakenError`, :class:`LockNotFoundError`, :class:`WrongLockKindError`,
    :class:`Corrupted`, :class:`Closed`.

    >>> with space.create("accounts", 1 << 20) as region, space.placed("accounts") as locks:
    ...     locks.place_mutex(0)
    ...     with locks.mutex(0):
    ...         region.view[64:72] = balance
    """

    def __init__(self, locks: Locks, region: Region) -> None:
        self._locks = locks
        self._region = region
        self._mapped = [Words(region._mapping())]  # emptied by close(), by one atomic pop
        self._handle = region._entry.handle
        self._opening = threading.Lock()
        self._kept: dict[int, object] = {}
        locks.places.add(self)

    # ---- placing -------------------------------------------------------------------------------

    def place_mutex(self, offset: int, fair: bool = False, undo_bytes: int = 0) -> Mutex:
        """Places a mutex where no lock is; ``undo_bytes`` leaves room for a :class:`UndoRecord`."""
        self._place(offset, Lock.MUTEX_KIND, Lock.STRICTLY_FAIR if fair else 0, 0, undo_bytes)
        return self.mutex(offset)

    def place_rwlock(self, offset: int, undo_bytes: int = 0) -> ReadWriteLock:
        """Places a read-write lock where no lock is."""
        self._place(offset, Lock.READ_WRITE, 0, self._locks.member.control.participants, undo_bytes)
        return self.rwlock(offset)

    def place_semaphore(self, offset: int, permits: int, fair: bool = False) -> Semaphore:
        """Places a semaphore of 1–4096 permits where no lock is."""
        if isinstance(permits, bool) or not isinstance(permits, int):
            raise TypeError(f"permits must be an int: permits={permits!r}")
        if not 1 <= permits <= _PERMITS_MAX:
            raise ValueError(f"bad permits: permits={permits}; 1–{_PERMITS_MAX}")
        self._place(offset, Lock.SEMAPHORE, Lock.STRICTLY_FAIR if fair else 0, permits, 0)
        return self.semaphore(offset)

    def _place(self, offset: int, kind: int, options: int, cells: int, undo_bytes: int) -> None:
        undo = _undo.cells(undo_bytes)
        size = Placed.BYTES + 8 * (cells + undo)
        words = self._words
        self._check_place(offset, size)
        with self._locks.member.operation(), self._locks.member.catalog():
            self._check_vacant(words, offset, size)
            for at in range(offset + Placed.BYTES, offset + size, 8):
                words.set(at, 0)
            for at in range(offset, offset + Placed.MAGIC, 8):
                words.set(at, 0)
            words.set(offset + Placed.SIZE, cells | undo << Placed.UNDO_SHIFT)
            words.set(offset + Placed.LIFE, self._life())
            words.set(offset + Placed.MAGIC, Placed.pack_magic(kind, options))

    def _life(self) -> int:
        return Placed.life(self._locks.member.control.words.get(Header.INCARNATION), self._handle)

    @property
    def _words(self) -> Words:
        """Those of the region; :class:`Closed` after ``close()``, of this or of the space."""
        if self._locks.contexts.closed:
            raise Closed(self._locks.contexts.closed)
        try:
            return self._mapped[0]
        except IndexError:
            raise Closed(
                f"the locks of this region are closed: region={self._region.name}; open them again"
            ) from None

    def _check_place(self, offset: int, size: int) -> None:
        if isinstance(offset, bool) or not isinstance(offset, int):
            raise TypeError(f"offset must be an int: offset={offset!r}")
        if offset < 0 or offset % Placed.BYTES:
            raise ValueError(
                f"place not aligned: region={self._region.name}, offset={offset}, alignment={Placed.BYTES}; "
                "a lock stands on a line of its own"
            )
        if offset + size > self._region.size:
            raise ValueError(
                f"lock does not fit into the region: region={self._region.name}, offset={offset}, "
                f"lock={size} bytes, region={self._region.size} bytes"
            )

    def _check_vacant(self, words: Words, offset: int, size: int) -> None:
        for at in range(offset, min(offset + size, self._region.size - Placed.BYTES + 1), Placed.BYTES):
            if Placed.is_magic(words.get(at + Placed.MAGIC)):
                raise PlaceTakenError(
                    f"there is a lock in the way: region={self._region.name}, offset={at}, "
                    f"wanted={offset} to {offset + size}; open it, or, if nobody uses it any more, "
                    "set its 64 bytes to 0"
                )

    # ---- opening -------------------------------------------------------------------------------

    def find(self, offset: int) -> Optional[str]:
        """What is placed there: ``"mutex"``, ``"read-write lock"``, ``"semaphore"``, or None."""
        words = self._words
        self._check_place(offset, Placed.BYTES)
        magic = words.get(offset + Placed.MAGIC)
        return KINDS.get(magic >> 48 & 0xFF) if Placed.is_magic(magic) else None

    def mutex(self, offset: int) -> Mutex:
        """The mutex that was placed there. It has one condition, :meth:`Mutex.condition`."""
        return self._open(offset, Lock.MUTEX_KIND, Mutex)

    def rwlock(self, offset: int) -> ReadWriteLock:
        """The read-write lock that was placed there."""
        return self._open(offset, Lock.READ_WRITE, ReadWriteLock)

    def semaphore(self, offset: int) -> Semaphore:
        """The semaphore that was placed there."""
        return self._open(offset, Lock.SEMAPHORE, Semaphore)

    def _open(self, offset: int, kind: int, make: Callable[[Locks, Row], _T]) -> _T:
        words = self._words
        self._check_place(offset, Placed.BYTES)
        row = self._read(words, offset, kind)
        self._adopt(row)
        placed = self._locks.placed
        with self._opening:
            found: Any = placed.get((self._handle, offset))
            if found is None or found._row[:8] != row[:8]:
                found = placed[self._handle, offset] = make(self._locks, row)
            self._kept[offset] = found
            return found

    def _read(self, words: Words, offset: int, kind: int) -> Row:
        magic, size = words.get(offset + Placed.MAGIC), words.get(offset + Placed.SIZE)
        name = Placed.name(self._region.name, offset)
        if not Placed.is_magic(magic):
            raise LockNotFoundError(f"no lock is placed there: lock={name}; somebody has to place one first")
        found = magic >> 48 & 0xFF
        if found != kind:
            raise WrongLockKindError(
                f"lock is of another kind: lock={name}, found={KINDS.get(found, found)}, asked={KINDS[kind]}"
            )
        cells, undo = size & Placed.CELLS_MAX, size >> Placed.UNDO_SHIFT & Placed.CELLS_MAX
        participants = self._locks.member.control.participants
        fits = {
            Lock.MUTEX_KIND: cells == 0,
            Lock.READ_WRITE: cells == participants,
            Lock.SEMAPHORE: 1 <= cells <= _PERMITS_MAX,
        }[kind] and (kind in UNDOABLE or undo == 0)
        cells_at = offset + Placed.BYTES
        if not fits or cells_at + 8 * (cells + undo) > self._region.size:
            raise Corrupted(
                f"placed lock is damaged: lock={name}, {KINDS[kind]}, cells={cells} + {undo}, "
                f"participants={participants}; repair what it protects, set its 64 bytes to 0 and place it anew"
            )
        key = Wait.place(self._handle & 0xFFFF, offset)
        return Row(
            key, offset, name, kind, magic >> 56, 0, cells, 0, undo, words, cells_at,
            offset + Placed.SIZE, Placed.LENGTH_SHIFT, False, self,
        )  # fmt: skip

    def _adopt(self, row: Row) -> None:
        """The bytes were copied, or kept in a file: whoever they name as owner is not one of ours."""
        life, words = self._life(), row.words
        if words.get(row.at + Placed.LIFE) == life:
            return
        with self._locks.member.operation(), self._locks.member.catalog():
            if words.get(row.at + Placed.LIFE) == life:
                return
            word = words.get(row.at)
            if row.kind == Lock.SEMAPHORE:
                words.set(row.at, 0)
            elif not Owner.free(word) and not Owner.lost(word):
                words.set(row.at, Owner.D)
            for index in range(row.cells):
                words.set(row.cell(index), 0)
            words.set(row.at + Placed.LIFE, life)

    # ---- the end -------------------------------------------------------------------------------

    def close(self) -> None:
        """Opens no more locks; those that the program still has work on, and hold the region. Twice is fine."""
        self._mapped.clear()
        self._kept.clear()
        self._region.close()

    def _give_back(self) -> None:
        """The space is closed: nobody uses a lock of it any more, whoever still has one in its hands."""
        self.close()
        self._region._release_hold()

    def __enter__(self) -> PlacedLocks:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<holdfast.PlacedLocks {self._region.name}{'' if self._mapped else ' closed'}>"
