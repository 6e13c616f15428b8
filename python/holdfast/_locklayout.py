"""The lock segment's layout 1.0: offsets, kinds and bit fields, and nothing that acts.

The tables of ``docs/layout/locks.md`` as constants. The tests compare them with the document.
"""

from __future__ import annotations

from typing import NamedTuple

from ._layout import MASK, round_up

MAJOR = 1
MINOR = 0


class Header:
    """Bytes 0–4095 of the lock segment."""

    MAGIC_BYTES = b"HFLOCKS1"
    MAGIC = 0
    MAJOR = 8
    MINOR = 16
    SIZE = 24
    INCARNATION = 32
    PARTICIPANTS = 40
    CONTEXTS = 48
    LOCKS = 56
    CELLS = 64
    DOORBELLS_START = 72
    WAITS_START = 80
    CONTEXTS_START = 88
    LOCKS_START = 96
    CELLS_START = 104
    CRC = 112
    READY = 120
    HIGH_CONTEXT = 192
    HIGH_LOCK = 200
    TOKEN_FLOOR = 208
    DEADLOCKS = 216
    OWNERS_DIED = 224
    TICKETS = 232
    HIGH_PARTICIPANT = 240
    BYTES = 4096


class Context:
    """One thread that waits or owns."""

    HANDLE = 0
    PARK = 8
    SEQUENCE = 16
    SINCE = 24
    PRIORITY = 32
    AMOUNT = 40
    CANCEL = 48
    TICKET = 56
    DEADLINE = 64
    VICTIM = 72
    THREAD = 80
    LABEL_LENGTH = 88
    LABEL = 96
    LABEL_BYTES = 32
    HELD = 128
    HELD_WORDS = 16
    BYTES = 256

    CLAIMING = 1 << 63
    TICKET_WOUNDED = 1 << 63
    TICKET_WAIT_DIE = 1 << 62
    PARK_SLEEPS = 1
    PARK_SLEEPS_ELSEWHERE = 2
    PARK_SIGNALLED = 4


class Lock:
    """One lock that has a name."""

    WORD = 0
    TOKEN = 8
    FAIR_AT = 16
    HELD_SINCE = 24
    HELD_SINCE_TOKEN = 32
    UNDO = 40
    STATE = 64
    KIND = 72
    OPTIONS = 80
    FIRST_CELL = 88
    CELLS = 96
    CREATED = 104
    MUTEX = 112
    UNDO_CELLS = 112
    CRC = 120
    NAME_LENGTH = 128
    NAME = 136
    NAME_BYTES = 120
    CONTENDED = 256
    HAND_OVERS = 264
    OWNERS_DIED = 272
    VICTIMS = 280
    TIMEOUTS = 288
    WAIT_NANOS = 296
    HOLD_NANOS = 304
    HOLDS_SAMPLED = 312
    WAIT_TIMES = 320
    HOLD_TIMES = 480
    BUCKETS = 20
    OPENERS = 640
    OPENER_WORDS = 16
    BYTES = 768

    FREE = 0
    LIVE = 1
    MUTEX_KIND = 1
    READ_WRITE = 2
    SEMAPHORE = 3
    CONDITION = 4
    STRICTLY_FAIR = 1
    READ_BIASED = 2

    @staticmethod
    def pack_state(state: int, generation: int) -> int:
        return generation << 32 | state

    @staticmethod
    def state(word: int) -> int:
        return word & 0xFF

    @staticmethod
    def generation(word: int) -> int:
        return word >> 32


class Placed:
    """One lock that stands in a region; what is not here is as in :class:`Lock`."""

    MAGIC = 40
    SIZE = 48
    LIFE = 56
    BYTES = 64

    MAGIC_BYTES = b"HFLOCK"
    CELLS_MAX = 0xFFFF
    UNDO_SHIFT = 16
    LENGTH_SHIFT = 32

    @staticmethod
    def pack_magic(kind: int, options: int) -> int:
        return int.from_bytes(Placed.MAGIC_BYTES, "little") | kind << 48 | options << 56

    @staticmethod
    def is_magic(word: int) -> bool:
        return word & (1 << 48) - 1 == int.from_bytes(Placed.MAGIC_BYTES, "little")

    @staticmethod
    def life(incarnation: int, region: int) -> int:
        """Of which life of which region its words are."""
        return incarnation ^ region * 0x9E3779B97F4A7C15 & MASK

    @staticmethod
    def name(region: str, offset: int) -> str:
        """What people call it."""
        return f"{region}[{offset}]"


class Owner:
    """The owner word: ``W D X context+1 handle``."""

    HANDLE = (1 << 48) - 1
    CONTEXT_SHIFT = 48
    CONTEXT_MASK = (1 << 13) - 1
    IDENTITY = (1 << 61) - 1
    X = 1 << 61
    D = 1 << 62
    W = 1 << 63
    TAKEN = (1 << 62) - 1
    NOT_RECOVERABLE = CONTEXT_MASK << CONTEXT_SHIFT

    @staticmethod
    def identity(context: int, handle: int) -> int:
        """Bits 0–60 for a context of a participant."""
        return context + 1 << Owner.CONTEXT_SHIFT | handle

    @staticmethod
    def context(word: int) -> int:
        """The owner's context; −1 when there is none."""
        return (word >> Owner.CONTEXT_SHIFT & Owner.CONTEXT_MASK) - 1

    @staticmethod
    def free(word: int) -> bool:
        return not word & Owner.TAKEN

    @staticmethod
    def lost(word: int) -> bool:
        """Whether the word is *not recoverable*."""
        return word & Owner.IDENTITY == Owner.NOT_RECOVERABLE


class Wait:
    """The wait word: ``G P mode key``."""

    KEY = (1 << 58) - 1
    MODE_SHIFT = 58
    P = 1 << 62
    G = 1 << 63

    EXCLUSIVE = 1
    UPDATE = 2
    READ = 3
    PERMIT = 4
    CONDITION = 5
    DRAIN = 6

    @staticmethod
    def pack(mode: int, key: int) -> int:
        """``key`` with its P bit."""
        return mode << Wait.MODE_SHIFT | key

    @staticmethod
    def place(region_slot: int, offset: int) -> int:
        """The key of a lock in a region, with its P bit."""
        return Wait.P | region_slot << 42 | offset // 64

    @staticmethod
    def region_slot(key: int) -> int:
        return key >> 42 & 0xFFFF

    @staticmethod
    def offset(key: int) -> int:
        return (key & (1 << 42) - 1) * 64

    @staticmethod
    def mode(word: int) -> int:
        return word >> Wait.MODE_SHIFT & 15

    @staticmethod
    def key(word: int) -> int:
        """Lock index, or place with its P bit."""
        return word & (Wait.P | Wait.KEY)


_EXCLUDES = {
    Wait.EXCLUSIVE: (Wait.EXCLUSIVE, Wait.UPDATE),
    Wait.UPDATE: (Wait.EXCLUSIVE, Wait.UPDATE),
    Wait.READ: (Wait.EXCLUSIVE,),
    Wait.DRAIN: (Wait.READ,),
    Wait.PERMIT: (Wait.PERMIT,),
}


def excludes(held: int, wanted: int) -> bool:
    """Whether somebody who owns a lock in one mode keeps out who waits for it in another."""
    return held in _EXCLUDES.get(wanted, ())


class Tables(NamedTuple):
    """Capacities of a lock segment and where its tables stand."""

    participants: int
    contexts: int
    locks: int
    cells: int
    doorbells_at: int
    waits_at: int
    contexts_at: int
    locks_at: int
    cells_at: int
    size: int


DOORBELL_BYTES = 64
CONTEXTS_MIN, CONTEXTS_MAX = 64, 8190
LOCKS_MAX = 65535
CELLS_MIN, CELLS_MAX = 64, 16777216
DEFAULT_CONTEXTS, DEFAULT_LOCKS, DEFAULT_CELLS = 2048, 4096, 65536


def tables(participants: int, contexts: int, locks: int, cells: int) -> Tables:
    """The tables for these capacities, one after the other on multiples of 4096."""
    starts, offset = [], Header.BYTES
    for count, stride in (
        (participants, DOORBELL_BYTES),
        (contexts, 8),
        (contexts, Context.BYTES),
        (locks, Lock.BYTES),
        (cells, 8),
    ):
        starts.append(offset)
        offset += round_up(count * stride)
    return Tables(participants, contexts, locks, cells, *starts, size=offset)


def bucket(nanos: int) -> int:
    """The histogram bucket of a duration: i counts [2^i, 2^(i+1)) µs, the first and the last all beyond."""
    return min(max((nanos // 1000).bit_length() - 1, 0), Lock.BUCKETS - 1)


__all__ = ["MASK", "Context", "Header", "Lock", "Owner", "Placed", "Tables", "Wait", "bucket", "excludes", "tables"]
