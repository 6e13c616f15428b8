"""The undo record: what an owner writes down before it changes anything, for the next one if it dies in the middle."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Callable, Optional, Union

from .errors import Corrupted, HoldfastError

if TYPE_CHECKING:
    from ._contexts import Contexts
    from ._locks import Row
    from ._region import Region

PLAIN, RANGES = 1, 2
BYTES_MAX = 65536
_RANGE = struct.Struct("=QQQ")


def cells(undo_bytes: object) -> int:
    """The cells that so many bytes take."""
    if isinstance(undo_bytes, bool) or not isinstance(undo_bytes, int):
        raise TypeError(f"undo_bytes must be an int: undo_bytes={undo_bytes!r}")
    if not 0 <= undo_bytes <= BYTES_MAX:
        raise ValueError(f"bad undo bytes: undo_bytes={undo_bytes}; 0–{BYTES_MAX}")
    return (undo_bytes + 7) // 8


class UndoRecord:
    """How to take back what the owner of a mutex, or the writer of a read-write lock, is about to change.

    Save before each change; the release says that all of it is complete, and the record is gone. If
    the owner dies in between, the next one finds it. Made by :attr:`Hold.undo`.

    **Sharing.** The thread that owns the lock. **Lifetime.** Until the release, ``mark_consistent``
    or a downgrade. Who dies while rolling back leaves it to the next one, who rolls back again.
    **Cost.** Of the room, bytes take 8 more than they are; ranges 8 once, and each 24 and its bytes,
    rounded up to 8. **Errors.** ``RuntimeError`` without the lock, ``ValueError`` when it does not
    fit, :class:`Corrupted`.

    >>> with space.mutex("ledger", undo_bytes=256) as held:
    ...     if held.owner_died:
    ...         held.undo.roll_back(accounts)
    ...         held.mark_consistent()
    ...     held.undo.save_range(accounts, 0, 16)
    ...     move(accounts, 100)
    """

    __slots__ = ("_check_owner", "_check_writer", "_contexts", "_row")

    def __init__(
        self, row: Row, contexts: Contexts, check_owner: Callable[[str], object], check_writer: Callable[[str], object]
    ) -> None:
        if not row.undo_cells:
            raise HoldfastError(
                f"lock has no room for an undo record: lock={row.name}; who makes it says how much: undo_bytes=…"
            )
        self._row = row
        self._contexts = contexts
        self._check_owner = check_owner
        self._check_writer = check_writer

    @property
    def capacity(self) -> int:
        """How many bytes the lock has for it, all together."""
        return self._row.undo_cells * 8

    @property
    def present(self) -> bool:
        """Whether there is one."""
        self._check_owner("undo")
        return self._length() > 0

    def save(self, data: Union[bytes, bytearray, memoryview]) -> None:
        """Saves bytes of your own meaning; once, until :meth:`clear`."""
        self._check_writer("undo.save")
        if self._length():
            raise RuntimeError(
                f"there is an undo record: lock={self._row.name}, bytes={self._length()}; "
                "clear() it when its change is complete"
            )
        self._append(struct.pack("=Q", PLAIN) + bytes(data))

    def save_range(self, region: Region, offset: int, length: int) -> None:
        """Saves a range of a region as it is now, beside those that were saved before."""
        self._check_writer("undo.save_range")
        if offset < 0 or length < 0 or offset + length > region.size:
            raise ValueError(f"no such bytes: region={region.name}, offset={offset}, length={length}, size={region.size}")
        record = self._read()
        if record and self._form(record) != RANGES:
            raise RuntimeError(f"the undo record is of another form: lock={self._row.name}; clear() it first")
        head = b"" if record else struct.pack("=Q", RANGES)
        old = bytes(region.view[offset : offset + length])
        self._append(head + _RANGE.pack(region._entry.handle, offset, length) + old + bytes(-length % 8))

    def read(self) -> Optional[bytes]:
        """The bytes that were saved, None if none were."""
        self._check_owner("undo.read")
        record = self._read()
        return record[8:] if record and self._form(record) == PLAIN else None

    def roll_back(self, *regions: Region) -> int:
        """Writes the saved ranges back into these regions, which are writable; how many there were.

        All or, when it raises, none: :class:`ValueError` if a range is of another region.
        """
        self._check_owner("undo.roll_back")
        ranges = self._ranges({region._entry.handle: region for region in regions})
        for region, offset, old in reversed(ranges):
            region.view[offset : offset + len(old)] = old
        return len(ranges)

    def clear(self) -> None:
        """Throws it away: its change is complete."""
        self._check_owner("undo.clear")
        with self._contexts.acting():
            self._row.clear_undo()

    # ---- the bytes -----------------------------------------------------------------------------

    def _at(self) -> int:
        return self._row.cell(self._row.cells)

    def _length(self) -> int:
        length = self._row.words.get(self._row.undo_at) >> self._row.undo_shift
        if length > self.capacity:
            raise self._damaged(f"length={length}, capacity={self.capacity}")
        return length

    def _read(self) -> bytes:
        length = self._length()
        return self._row.words.read(self._at(), length) if length else b""

    def _append(self, data: bytes) -> None:
        row, length = self._row, self._length()
        if len(data) > self.capacity - length:
            raise ValueError(
                f"undo record does not fit: lock={row.name}, bytes={len(data)}, used={length}, "
                f"capacity={self.capacity}; make the lock with more, or change less at a time"
            )
        with self._contexts.acting():
            row.words.write(self._at() + length, data)
            below = row.words.get(row.undo_at) & ((1 << row.undo_shift) - 1)
            row.words.set(row.undo_at, below | length + len(data) << row.undo_shift)  # last: it counts from now on

    def _form(self, record: bytes) -> int:
        if len(record) < 8:
            raise self._damaged(f"length={len(record)}")
        return struct.unpack_from("=Q", record)[0]

    def _ranges(self, regions: dict[int, Region]) -> list[tuple[Region, int, bytes]]:
        record, at, ranges = self._read(), 8, list[tuple["Region", int, bytes]]()
        if not record:
            return ranges
        if self._form(record) != RANGES:
            raise RuntimeError(f"the undo record is no ranges of regions: lock={self._row.name}; read() it")
        while at < len(record):
            if at + _RANGE.size > len(record):
                raise self._damaged("a range that ends too early")
            handle, offset, length = _RANGE.unpack_from(record, at)
            at += _RANGE.size
            region = regions.get(handle)
            if region is None:
                raise ValueError(
                    f"a range of the undo record is of another region: lock={self._row.name}, region=r{handle:x}, "
                    f"given={[each.id for each in regions.values()]}"
                )
            if at + length + -length % 8 > len(record) or offset + length > region.size:
                raise self._damaged(f"offset={offset}, length={length}")
            ranges.append((region, offset, record[at : at + length]))
            at += length + -length % 8
        return ranges

    def _damaged(self, what: str) -> Corrupted:
        return Corrupted(
            f"undo record is damaged: lock={self._row.name}, {what}; "
            "repair what the lock protects by other means, then mark_consistent()"
        )
