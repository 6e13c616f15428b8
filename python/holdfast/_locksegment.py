"""The lock segment: made, checked, mapped, and addressed by table, row and field.

As with the control segment, geometry comes from the header once, is checked once, and is kept in
ordinary integers afterwards.
"""

from __future__ import annotations

import mmap
import os
import sys
from typing import Iterator

from . import _locklayout as layout
from . import _os
from ._checksum import crc32c
from ._layout import Header as ControlHeader
from ._layout import PAGE
from ._locklayout import Context, Header, Lock, Tables
from ._member import Member
from ._words import Words, put_word, word_at
from .errors import Corrupted, LayoutMismatch, SpaceRefused

_STARTS = (
    Header.DOORBELLS_START,
    Header.WAITS_START,
    Header.CONTEXTS_START,
    Header.LOCKS_START,
    Header.CELLS_START,
)


def format_header(tables: Tables, incarnation: int) -> bytes:
    """The first page of a new segment, not ready yet."""
    raw = bytearray(Header.BYTES)
    raw[:8] = Header.MAGIC_BYTES
    for offset, value in (
        (Header.MAJOR, layout.MAJOR),
        (Header.MINOR, layout.MINOR),
        (Header.SIZE, tables.size),
        (Header.INCARNATION, incarnation),
        (Header.PARTICIPANTS, tables.participants),
        (Header.CONTEXTS, tables.contexts),
        (Header.LOCKS, tables.locks),
        (Header.CELLS, tables.cells),
        *zip(_STARTS, tables[4:9]),
    ):
        put_word(raw, offset, value)
    put_word(raw, Header.CRC, crc32c(bytes(raw[: Header.CRC])))
    return bytes(raw)


# ---- checks ----------------------------------------------------------------------------------


def is_obsolete(descriptor: int, incarnation: int) -> bool:
    """Whether its creator died inside, or it belongs to an earlier life of the space."""
    size = os.fstat(descriptor).st_size
    if size < Header.BYTES:
        return True
    raw = os.pread(descriptor, Header.BYTES, 0)
    if word_at(raw, Header.READY) == 0 or word_at(raw, Header.INCARNATION) != incarnation:
        return True
    return raw[:8] == Header.MAGIC_BYTES and size < word_at(raw, Header.SIZE)


def check(raw: bytes, size: int, participants: int, what: str) -> Tables:
    """Checks everything a header claims; only then is it believed."""

    def damaged(field: str, found: object, expected: object) -> Corrupted:
        return Corrupted(
            f"lock segment header is damaged: object={what}, {field}={found}, expected={expected}; "
            "something overwrote it, end all participants and remove the object"
        )

    if raw[:8] != Header.MAGIC_BYTES:
        raise damaged("magic", raw[:8], Header.MAGIC_BYTES)
    major, minor = word_at(raw, Header.MAJOR), word_at(raw, Header.MINOR)
    if major != layout.MAJOR:
        raise LayoutMismatch(
            f"layout mismatch: object={what}, found={major}.{minor}, expected={layout.MAJOR}.x; "
            "it was made by another version of Holdfast, open the space's locks with that version"
        )
    found, expected = word_at(raw, Header.CRC), crc32c(raw[: Header.CRC])
    if found != expected:
        raise damaged("crc", hex(found), hex(expected))
    counts = [word_at(raw, at) for at in (Header.PARTICIPANTS, Header.CONTEXTS, Header.LOCKS, Header.CELLS)]
    if counts[0] != participants:
        raise damaged("participants", counts[0], participants)
    for field, count, low, high in (
        ("contexts", counts[1], layout.CONTEXTS_MIN, layout.CONTEXTS_MAX),
        ("locks", counts[2], 1, layout.LOCKS_MAX),
        ("cells", counts[3], layout.CELLS_MIN, layout.CELLS_MAX),
    ):
        if not low <= count <= high:
            raise damaged(field, count, f"{low}–{high}")
    tables = layout.tables(*counts)
    starts = tuple(word_at(raw, at) for at in _STARTS)
    if starts != tables[4:9] or any(start % PAGE for start in starts):
        raise damaged("starts of tables", starts, tables[4:9])
    if word_at(raw, Header.SIZE) != size or tables.size != size:
        raise damaged("size", word_at(raw, Header.SIZE), size)
    return tables


# ---- open or create --------------------------------------------------------------------------


def open_or_create(member: Member, contexts: int, locks: int, cells: int) -> LockSegment:
    """Maps the space's lock segment and makes it if there is none of this life of the space.

    Inside the creation byte's lock. The capacities are those of a new one. Cost when new: about
    5 MB of shared memory with the default capacities.
    """
    name = member.place.lock_name
    incarnation = member.control.words.get(ControlHeader.INCARNATION)
    try:
        descriptor = _os.open_shared(name, writable=True)
    except FileNotFoundError:
        return _create(member, layout.tables(member.control.participants, contexts, locks, cells), incarnation)
    try:
        _os.check_ours(os.fstat(descriptor), name)
        if not is_obsolete(descriptor, incarnation):
            return LockSegment.map(descriptor, member.control.participants, name)
    finally:
        os.close(descriptor)
    _os.unlink_shared(name)
    return _create(member, layout.tables(member.control.participants, contexts, locks, cells), incarnation)


def _create(member: Member, tables: Tables, incarnation: int) -> LockSegment:
    name = member.place.lock_name
    try:
        descriptor = _os.create_shared(name, 0o600)
    except FileExistsError:
        raise SpaceRefused(f"somebody makes our lock segment without our lock: object={name}") from None
    try:
        _os.allocate(descriptor, tables.size, _os.SHM_DIRECTORY, f"lock segment {name}")
        words = Words(mmap.mmap(descriptor, tables.size))
        words.write(0, format_header(tables, incarnation))
        words.set(Header.READY, 1)
        return LockSegment(words, tables, name)
    except BaseException:
        _os.unlink_shared(name)
        raise
    finally:
        os.close(descriptor)


# ---- access ----------------------------------------------------------------------------------


class Waits:
    """A copy of the wait words: a scan is a search in bytes, which costs next to nothing."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def places(self, word: int) -> Iterator[int]:
        """The contexts that wait with exactly this word."""
        pattern, start = word.to_bytes(8, sys.byteorder), -1
        while True:
            start = self._raw.find(pattern, start + 1)
            if start < 0:
                return
            if start % 8 == 0:
                yield start // 8

    def all(self) -> dict[int, int]:
        """Every context that waits, and its word."""
        return {index: word for index, word in enumerate(memoryview(self._raw).cast("Q")) if word}


class LockSegment:
    """The tables of a mapped lock segment, by row: where a word stands, checked against the capacity."""

    def __init__(self, words: Words, tables: Tables, what: str) -> None:
        self.words = words
        self.tables = tables
        self.what = what

    @staticmethod
    def map(descriptor: int, participants: int, what: str) -> LockSegment:
        """Maps an open segment after checking it."""
        size = os.fstat(descriptor).st_size
        tables = check(os.pread(descriptor, Header.BYTES, 0), size, participants, what)
        return LockSegment(Words(mmap.mmap(descriptor, size, access=mmap.ACCESS_WRITE)), tables, what)

    def doorbell(self, participant: int) -> int:
        self._check_row(participant, self.tables.participants, "doorbells")
        return self.tables.doorbells_at + participant * layout.DOORBELL_BYTES

    def wait(self, context: int) -> int:
        """The offset of a context's wait word."""
        self._check_row(context, self.tables.contexts, "waits")
        return self.tables.waits_at + context * 8

    def context(self, context: int) -> int:
        """The offset of a context."""
        self._check_row(context, self.tables.contexts, "contexts")
        return self.tables.contexts_at + context * Context.BYTES

    def lock(self, index: int) -> int:
        """The offset of a lock."""
        self._check_row(index, self.tables.locks, "locks")
        return self.tables.locks_at + index * Lock.BYTES

    def cell(self, index: int) -> int:
        self._check_row(index, self.tables.cells, "cells")
        return self.tables.cells_at + index * 8

    def high(self, field: int) -> int:
        """One of the header's high-water marks, never beyond its table."""
        limits = {
            Header.HIGH_CONTEXT: self.tables.contexts,
            Header.HIGH_LOCK: self.tables.locks,
            Header.HIGH_PARTICIPANT: self.tables.participants,
        }
        found = self.words.get(field)
        if found > limits[field]:
            raise Corrupted(
                f"lock segment is damaged: object={self.what}, high-water mark at {field}={found}, "
                f"capacity={limits[field]}; end all participants and remove the object"
            )
        return found

    def raise_high(self, field: int, least: int) -> None:
        """Raises a high-water mark to at least this."""
        while True:
            found = self.words.get(field)
            if found >= least or self.words.compare_and_set(field, found, least):
                return

    def waits(self) -> Waits:
        """A copy of the wait words below *high context*: no older than this call."""
        high = self.high(Header.HIGH_CONTEXT)
        self.words.fence()
        return Waits(self.words.read(self.tables.waits_at, high * 8))

    def _check_row(self, row: int, count: int, table: str) -> None:
        if not 0 <= row < count:
            raise Corrupted(f"no such row: object={self.what}, table={table}, row={row}, rows={count}")
