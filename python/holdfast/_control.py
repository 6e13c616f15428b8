"""The control segment: made, checked, and addressed by table, row and column.

Geometry comes from the header once, is checked once, and is kept in ordinary integers afterwards:
whatever is written over the header later cannot lead an access out of the mapping.
"""

from __future__ import annotations

import mmap
import os
import time
from typing import NamedTuple, Optional

from . import _layout as layout
from ._checksum import crc32c
from ._layout import Catalog, Header, Kind, Participant, Region, State
from ._types import Limits
from ._words import Words, put_word, word_at
from .errors import Corrupted, LayoutMismatch


class Stamp(NamedTuple):
    """What tells one life of a space from another."""

    boot_high: int
    boot_low: int
    incarnation: int
    created_ns: int


def format_header(space: str, limits: Limits, stamp: Stamp) -> bytes:
    """The first page of a new segment, not ready yet."""
    raw = bytearray(Header.BYTES)
    raw[Header.MAGIC : Header.MAGIC + 8] = Header.MAGIC_BYTES
    name = space.encode()
    tables = layout.sections(limits.participant_capacity, limits.regions, limits.events)
    for offset, value in (
        (Header.MAJOR, layout.MAJOR),
        (Header.MINOR, layout.MINOR),
        (Header.BYTE_ORDER, Header.BYTE_ORDER_MARK),
        (Header.SIZE, segment_size(limits)),
        (Header.BOOT_HIGH, stamp.boot_high),
        (Header.BOOT_LOW, stamp.boot_low),
        (Header.INCARNATION, stamp.incarnation),
        (Header.CREATED, stamp.created_ns),
        (Header.PARTICIPANTS, limits.participant_capacity),
        (Header.REGIONS, limits.regions),
        (Header.EVENTS, limits.events),
        (Header.SECTION_COUNT, len(tables)),
        (Header.NAME_LENGTH, len(name)),
    ):
        put_word(raw, offset, value)
    raw[Header.NAME : Header.NAME + len(name)] = name
    for index, section in enumerate(tables):
        for column, value in enumerate(section):
            put_word(raw, Header.SECTIONS + index * Header.SECTION_BYTES + column * 8, value)
    put_word(raw, Header.CRC, crc32c(bytes(raw[: Header.CRC])))
    return bytes(raw)


def format_catalog(limits: Limits) -> bytes:
    """The catalog of a new segment."""
    raw = bytearray(Catalog.BYTES)
    for offset, value in (
        (Catalog.LIMIT_BYTES, limits.bytes),
        (Catalog.LIMIT_REGION_BYTES, limits.region_bytes),
        (Catalog.LIMIT_PARTICIPANT_BYTES, limits.participant_bytes),
        (Catalog.LIMIT_REGIONS, limits.regions),
        (Catalog.LIMIT_PARTICIPANTS, limits.participants),
        (Catalog.SWEEP_INTERVAL, round(limits.sweep_interval * 1e9)),
    ):
        put_word(raw, offset, value)
    return bytes(raw)


def segment_size(limits: Limits) -> int:
    """The exact size of a segment with these capacities."""
    _, offset, count, stride = layout.sections(limits.participant_capacity, limits.regions, limits.events)[-1]
    return offset + layout.round_up(count * stride)


def write_new(words: Words, space: str, limits: Limits, stamp: Stamp) -> None:
    """Writes a fresh, zeroed segment; ``ready`` comes last."""
    words.write(0, format_header(space, limits, stamp))
    words.write(Header.BYTES, format_catalog(limits))
    words.set(Header.READY, 1)


# ---- checks ----------------------------------------------------------------------------------


def is_half_made(descriptor: int) -> bool:
    """Whether the creator died: shorter than a header, shorter than the header says, or not ready."""
    size = os.fstat(descriptor).st_size
    if size < Header.BYTES:
        return True
    raw = os.pread(descriptor, Header.BYTES, 0)
    if word_at(raw, Header.READY) == 0:
        return True
    return raw[:8] == Header.MAGIC_BYTES and size < word_at(raw, Header.SIZE)


def read_header(descriptor: int, what: str) -> bytes:
    """A private copy of the header, its magic and CRC checked."""
    raw = os.pread(descriptor, Header.BYTES, 0)
    if raw[:8] != Header.MAGIC_BYTES:
        raise Corrupted(
            f"not a control segment: object={what}, magic={raw[:8]!r}, expected={Header.MAGIC_BYTES!r}; "
            "another program uses this name, or it was overwritten"
        )
    found, expected = word_at(raw, Header.CRC), crc32c(raw[: Header.CRC])
    if found != expected:
        raise Corrupted(
            f"control segment header is damaged: object={what}, crc={found:#x}, expected={expected:#x}; "
            "something overwrote it, end all participants and remove the object"
        )
    return raw


class Geometry(NamedTuple):
    """Where the tables stand, in checked integers."""

    size: int
    participants: int
    regions: int
    events: int
    offsets: dict[int, int]


def check_header(raw: bytes, size: int, space: str, what: str) -> Geometry:
    """Checks everything a header claims; only then is it believed."""
    major, minor = word_at(raw, Header.MAJOR), word_at(raw, Header.MINOR)
    if major != layout.MAJOR:
        raise LayoutMismatch(
            f"layout mismatch: object={what}, found={major}.{minor}, expected={layout.MAJOR}.x; "
            "it was made by another version of Holdfast, open it with that version"
        )
    required = word_at(raw, Header.REQUIRED)
    if required:
        raise LayoutMismatch(
            f"unknown required features: object={what}, layout={major}.{minor}, "
            f"ours={layout.MAJOR}.{layout.MINOR}, features={required:#x}; open it with the version that made it"
        )
    if word_at(raw, Header.BYTE_ORDER) != Header.BYTE_ORDER_MARK:
        raise LayoutMismatch(f"byte order differs: object={what}, mark={word_at(raw, Header.BYTE_ORDER):#x}")
    if word_at(raw, Header.SIZE) != size:
        raise _damaged(what, "size", word_at(raw, Header.SIZE), size)
    length = word_at(raw, Header.NAME_LENGTH)
    name = raw[Header.NAME : Header.NAME + min(length, Header.NAME_BYTES)]
    if name != space.encode():
        raise _damaged(what, "space", name.decode(errors="replace"), space)
    return _check_tables(raw, size, what)


def _check_tables(raw: bytes, size: int, what: str) -> Geometry:
    participants, regions, events = (
        word_at(raw, offset) for offset in (Header.PARTICIPANTS, Header.REGIONS, Header.EVENTS)
    )
    if participants % 64 or not 64 <= participants <= 1024:
        raise _damaged(what, "participants", participants, "a multiple of 64, 64–1024")
    if not 1 <= regions <= 65535:
        raise _damaged(what, "regions", regions, "1–65535")
    if events & events - 1 or not 64 <= events <= 65536:
        raise _damaged(what, "events", events, "a power of two, 64–65536")
    expected = {kind: (count, stride) for kind, _, count, stride in layout.sections(participants, regions, events)}
    count = word_at(raw, Header.SECTION_COUNT)
    if count > Header.SECTIONS_MAX:
        raise _damaged(what, "sections", count, f"at most {Header.SECTIONS_MAX}")
    offsets: dict[int, int] = {}
    for index in range(count):
        start = Header.SECTIONS + index * Header.SECTION_BYTES
        kind, offset, rows, stride = (word_at(raw, start + 8 * column) for column in range(4))
        if kind not in expected:
            continue
        if (rows, stride) != expected[kind] or kind in offsets:
            raise _damaged(what, f"section {kind}", (rows, stride), expected[kind])
        if offset % layout.PAGE or offset < Header.BYTES or offset + rows * stride > size:
            raise _damaged(what, f"section {kind} offset", offset, f"a page within {size} bytes")
        offsets[kind] = offset
    missing = sorted(set(expected) - set(offsets))
    if missing:
        raise _damaged(what, "sections missing", missing, "none")
    return Geometry(size, participants, regions, events, offsets)


def _damaged(what: str, field: str, found: object, expected: object) -> Corrupted:
    return Corrupted(
        f"control segment header is damaged: object={what}, {field}={found}, expected={expected}; "
        "end all participants and remove the object"
    )


# ---- access ----------------------------------------------------------------------------------


class Control:
    """The tables of a mapped control segment, by row."""

    def __init__(self, words: Words, geometry: Geometry, what: str) -> None:
        self.words = words
        self.what = what
        self.participants = geometry.participants
        self.regions = geometry.regions
        self.events = geometry.events
        self.catalog = geometry.offsets[Kind.CATALOG]
        self._participants = geometry.offsets[Kind.PARTICIPANTS]
        self._states = geometry.offsets[Kind.STATES]
        self._names = geometry.offsets[Kind.NAMES]
        self._ledger = geometry.offsets[Kind.LEDGER]
        self._regions = geometry.offsets[Kind.REGIONS]
        self._events = geometry.offsets[Kind.EVENTS]
        self._row_bytes = layout.ledger_stride(geometry.participants)
        self._row_words = geometry.participants // 64

    @staticmethod
    def map(descriptor: int, space: str, what: str, header: Optional[bytes] = None) -> Control:
        """Maps an open segment after checking it."""
        raw = read_header(descriptor, what) if header is None else header
        size = os.fstat(descriptor).st_size
        geometry = check_header(raw, size, space, what)
        return Control(Words(mmap.mmap(descriptor, size, access=mmap.ACCESS_WRITE)), geometry, what)

    # catalog

    def cell(self, field: int) -> int:
        """A word of the catalog."""
        return self.words.get(self.catalog + field)

    def set_cell(self, field: int, value: int) -> None:
        self.words.set(self.catalog + field, value & layout.MASK)

    def add_cell(self, field: int, delta: int) -> int:
        """Adds to a word of the catalog; its value before."""
        return self.words.fetch_add(self.catalog + field, delta)

    def high_slot(self) -> int:
        """How many region slots were ever used."""
        high = self.cell(Catalog.HIGH_SLOT)
        if high > self.regions:
            raise Corrupted(f"catalog is damaged: object={self.what}, high slot={high}, regions={self.regions}")
        return high

    def participant_limit(self) -> int:
        """How many slots may be joined; never more than there are."""
        return min(self.cell(Catalog.LIMIT_PARTICIPANTS), self.participants)

    # participants

    def participant(self, slot: int) -> int:
        """The offset of a participant's entry."""
        self._check_row(slot, self.participants, "participant")
        return self._participants + slot * Participant.BYTES

    def participant_word(self, slot: int) -> int:
        return self.words.get(self.participant(slot))

    def live_participants(self) -> list[int]:
        """The slots that are not FREE."""
        return [
            slot
            for slot in range(self.participants)
            if Participant.state(self.participant_word(slot)) != Participant.FREE
        ]

    # regions

    def state_offset(self, slot: int) -> int:
        self._check_row(slot, self.regions, "region")
        return self._states + slot * layout.WORD

    def state(self, slot: int) -> int:
        """A region's state word."""
        return self.words.get(self.state_offset(slot))

    def change_state(self, slot: int, expected: int, update: int) -> bool:
        return self.words.compare_and_set(self.state_offset(slot), expected, update)

    def set_name_word(self, slot: int, value: int) -> None:
        self._check_row(slot, self.regions, "region")
        self.words.set(self._names + slot * layout.WORD, value)

    def slots_named(self, hash_word: int) -> list[int]:
        """The slots whose name word is this hash: candidates, to be confirmed by their entry."""
        raw = self.words.read(self._names, self.high_slot() * layout.WORD)
        pattern = hash_word.to_bytes(8, _NATIVE)
        found, start = [], raw.find(pattern)
        while start >= 0:
            if start % layout.WORD == 0:
                found.append(start // layout.WORD)
            start = raw.find(pattern, start + 1)
        return found

    def region(self, slot: int) -> int:
        """The offset of a region's entry."""
        self._check_row(slot, self.regions, "region")
        return self._regions + slot * Region.BYTES

    def region_word(self, slot: int, field: int) -> int:
        return self.words.get(self.region(slot) + field)

    def set_region_word(self, slot: int, field: int, value: int) -> None:
        self.words.set(self.region(slot) + field, value)

    def free_slot(self) -> Optional[int]:
        """The lowest FREE slot; None when every one is in use."""
        return next((s for s in range(self.regions) if State.state(self.state(s)) == State.FREE), None)

    # ledger

    def _bit(self, slot: int, participant: int) -> tuple[int, int]:
        self._check_row(slot, self.regions, "region")
        self._check_row(participant, self.participants, "participant")
        return self._ledger + slot * self._row_bytes + participant // 64 * 8, 1 << participant % 64

    def set_bit(self, slot: int, participant: int) -> None:
        """Claims a hold."""
        offset, bit = self._bit(slot, participant)
        self.words.fetch_or(offset, bit)

    def clear_bit(self, slot: int, participant: int) -> bool:
        """Drops a hold; whether there was one."""
        offset, bit = self._bit(slot, participant)
        return bool(self.words.fetch_and(offset, ~bit) & bit)

    def has_bit(self, slot: int, participant: int) -> bool:
        offset, bit = self._bit(slot, participant)
        return bool(self.words.get(offset) & bit)

    def holders(self, slot: int) -> tuple[int, ...]:
        """The participants whose bit is set."""
        found = []
        for index in range(self._row_words):
            word = self.words.get(self._bit(slot, index * 64)[0])
            while word:
                found.append(index * 64 + (word & -word).bit_length() - 1)
                word &= word - 1
        return tuple(found)

    def unheld(self, slot: int) -> bool:
        """Whether the whole row is zero."""
        first = self._bit(slot, 0)[0]
        return not any(self.words.get(first + 8 * index) for index in range(self._row_words))

    def note_unheld(self, slot: int) -> None:
        self.set_region_word(slot, Region.UNHELD_SINCE, time.monotonic_ns())

    # events

    def event(self, sequence: int) -> int:
        """The offset of the record with this sequence."""
        return self._events + (sequence - 1) % self.events * layout.Event.BYTES

    def _check_row(self, row: int, count: int, table: str) -> None:
        if not 0 <= row < count:
            raise Corrupted(f"no such row: object={self.what}, table={table}, row={row}, rows={count}")


_NATIVE = "little" if word_at(b"\x01" + bytes(7), 0) == 1 else "big"
