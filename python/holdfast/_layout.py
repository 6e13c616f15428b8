"""The control segment's layout 1.0: offsets, kinds and bit fields, and nothing that acts.

The tables of ``docs/layout/control-segment.md`` as constants. The tests compare them with the
document.
"""

from __future__ import annotations

MAJOR = 1
MINOR = 0
WORD = 8
PAGE = 4096
MASK = (1 << 64) - 1
GENERATION_MAX = (1 << 32) - 1

LOCK_CREATION = 1048576
LOCK_CATALOG = 1048577
LOCK_PARTICIPANTS = 65536


class Header:
    """Bytes 0–4095 of the segment."""

    MAGIC_BYTES = b"HOLDFAST"
    BYTE_ORDER_MARK = 0x0102030405060708
    MAGIC = 0
    MAJOR = 8
    MINOR = 16
    REQUIRED = 24
    OPTIONAL = 32
    BYTE_ORDER = 40
    SIZE = 48
    BOOT_HIGH = 56
    BOOT_LOW = 64
    INCARNATION = 72
    CREATED = 80
    PARTICIPANTS = 88
    REGIONS = 96
    EVENTS = 104
    SECTION_COUNT = 112
    NAME_LENGTH = 120
    NAME = 128
    NAME_BYTES = 64
    SECTIONS = 512
    SECTION_BYTES = 32
    SECTIONS_MAX = 15
    CRC = 1016
    READY = 1024
    BYTES = 4096


class Kind:
    """Section kinds."""

    CATALOG = 1
    PARTICIPANTS = 2
    STATES = 3
    NAMES = 4
    LEDGER = 5
    REGIONS = 6
    EVENTS = 7


class Catalog:
    """The catalog section."""

    ACTOR = 0
    HIGH_SLOT = 8
    REGIONS_IN_USE = 16
    BYTES_IN_USE = 24
    LIMIT_BYTES = 32
    LIMIT_REGION_BYTES = 40
    LIMIT_PARTICIPANT_BYTES = 48
    LIMIT_REGIONS = 56
    LIMIT_PARTICIPANTS = 64
    SWEEP_INTERVAL = 72
    EVENTS_RECORDED = 80
    LAST_SWEEP = 88
    SWEEPS = 96
    RECOVERED = 104
    JOINS = 112
    RECLAIMED = 120
    UNDONE = 128
    BYTES = 512


class Participant:
    """One participant's entry."""

    WORD = 0
    PID = 8
    START_TIME = 16
    PID_NAMESPACE = 24
    UID = 32
    JOINED = 40
    KIND = 48
    BYTES_IN_USE = 56
    LABEL_LENGTH = 128
    LABEL = 136
    LABEL_BYTES = 120
    BYTES = 256

    FREE = 0
    LIVE = 1
    KIND_PYTHON = 2

    @staticmethod
    def pack(state: int, generation: int) -> int:
        return generation << 32 | state

    @staticmethod
    def state(word: int) -> int:
        return word & 0xFFFFFFFF

    @staticmethod
    def generation(word: int) -> int:
        return word >> 32


class State:
    """One region's state word."""

    FREE = 0
    CREATING = 1
    LIVE = 2
    RECLAIMING = 3
    RETIRED = 1 << 8

    @staticmethod
    def pack(state: int, generation: int, actor: int = 0, retired: bool = False) -> int:
        """``actor`` is the acting participant's slot + 1, or 0."""
        return generation << 32 | actor << 16 | (State.RETIRED if retired else 0) | state

    @staticmethod
    def state(word: int) -> int:
        return word & 0xFF

    @staticmethod
    def retired(word: int) -> bool:
        return bool(word & State.RETIRED)

    @staticmethod
    def actor(word: int) -> int:
        return word >> 16 & 0xFFFF

    @staticmethod
    def generation(word: int) -> int:
        return word >> 32


class Region:
    """One region's entry."""

    SIZE = 0
    BACKING = 8
    POLICY = 16
    POLICY_NANOS = 24
    MODE = 32
    OPTIONS = 40
    CREATED = 48
    OWNER = 56
    OWNER_PID = 64
    OWNER_UID = 72
    HANDLE = 80
    NAME_LENGTH = 88
    PATH_LENGTH = 96
    METADATA_LENGTH = 104
    FIXED_BYTES = 120
    CRC = 120
    LAST_ACCESS = 128
    OPENS = 136
    WRITABLE_OPENS = 144
    UNHELD_SINCE = 152
    CHECKSUM_HANDLE = 160
    CHECKSUM = 168
    CHECKSUM_AT = 176
    FORCED = 184
    FILE_MADE = 192
    DEATH_ACTED = 200
    NAME = 256
    NAME_BYTES = 128
    NAME_CHARS = 120
    PATH = 384
    PATH_BYTES = 384
    METADATA = 768
    METADATA_BYTES = 256
    BYTES = 1024

    SHM = 1
    FILE = 2
    AUTOMATIC = 1
    MANUAL = 2
    REFERENCE_COUNTED = 3
    OPTION_ZERO = 1
    OPTION_OWN_FILE = 2
    DEATH_SHIFT = 8
    DEATH_KEEP = 0
    DEATH_RETIRE = 1
    DEATH_RESET = 2


class Event:
    """One event record."""

    SEQUENCE = 0
    AT = 8
    KIND = 16
    ACTOR = 24
    REGION = 32
    VALUE = 40
    PID = 48
    TEXT_LENGTH = 56
    TEXT = 64
    TEXT_BYTES = 56
    CRC = 120
    BYTES = 128

    JOINED = 1
    LEFT = 2
    RECOVERED = 3
    CREATED = 4
    RETIRED = 5
    RECLAIMED = 6
    FORCED = 7
    UNDONE = 8
    LIMITS = 9
    REPAIRED = 10
    OWNER_DEATH = 11
    LEFTOVER = 12
    LOCK_OWNER_DIED = 13
    DEADLOCK = 14


def handle(slot: int, generation: int) -> int:
    """A participant's or region's handle."""
    return generation << 16 | slot


def handle_slot(value: int) -> int:
    return value & 0xFFFF


def handle_generation(value: int) -> int:
    return value >> 16


def next_generation(generation: int) -> int:
    return 1 if generation >= GENERATION_MAX else generation + 1


def region_id(value: int) -> str:
    """The id of the region with this handle."""
    return f"r{value:x}"


def ledger_stride(participants: int) -> int:
    """Bytes of one ledger row."""
    return -(-(participants // 8) // 64) * 64


def sections(participants: int, regions: int, events: int) -> list[tuple[int, int, int, int]]:
    """Every section as (kind, offset, count, stride), in order."""
    shapes = [
        (Kind.CATALOG, 1, Catalog.BYTES),
        (Kind.PARTICIPANTS, participants, Participant.BYTES),
        (Kind.STATES, regions, WORD),
        (Kind.NAMES, regions, WORD),
        (Kind.LEDGER, regions, ledger_stride(participants)),
        (Kind.REGIONS, regions, Region.BYTES),
        (Kind.EVENTS, events, Event.BYTES),
    ]
    result, offset = [], Header.BYTES
    for kind, count, stride in shapes:
        result.append((kind, offset, count, stride))
        offset += round_up(count * stride)
    return result


def round_up(size: int) -> int:
    """``size`` rounded up to a page."""
    return -(-size // PAGE) * PAGE
