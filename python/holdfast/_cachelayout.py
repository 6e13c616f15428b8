"""The shared cache's layout 1.0: offsets and bit fields, and nothing that acts.

The tables of ``docs/layout/shared-cache.md`` as constants. The tests compare them with the document.
"""

from __future__ import annotations

from typing import NamedTuple

PAGE = 4096
MASK = (1 << 64) - 1
_GENERATION_MAX = (1 << 32) - 1
_SLOTS_A_SET = 3
_SLOTS_MIN = 4
_BLOCKS_AN_ENTRY = 4
_BLOCK_BYTES_DEFAULT_MAX = 4096
_ENTRIES_MIN = 4


class CacheHeader:
    """Bytes 0–4095 of the region."""

    BYTES = 4096
    MAGIC_BYTES = b"HFSCACHE"
    MAJOR_VERSION = 1
    MINOR_VERSION = 0
    BYTE_ORDER_MARK = 0x0102030405060708
    CODEC_NAME_BYTES = 40
    MAGIC = 0
    MAJOR = 8
    MINOR = 16
    REQUIRED = 24
    OPTIONAL = 32
    BYTE_ORDER = 40
    SIZE = 48
    INCARNATION = 56
    CREATED = 64
    HASH_SEED = 72
    SEATS = 80
    SETS = 88
    SLOTS = 96
    BLOCKS = 104
    BLOCK_BYTES = 112
    ENTRY_BYTES_MAX = 120
    TIME_TO_LIVE = 128
    SEATS_OFFSET = 136
    SETS_OFFSET = 144
    SLOTS_OFFSET = 152
    BLOCK_WORDS_OFFSET = 160
    BLOCKS_OFFSET = 168
    KEY_CODEC_LENGTH = 176
    KEY_CODEC = 184
    VALUE_CODEC_LENGTH = 224
    VALUE_CODEC = 232
    RESERVED = 272
    CRC = 1016
    READY = 1024
    HAND = 2048


class Seat:
    """One seat."""

    BYTES = 128
    PARTICIPANT = 0
    HITS = 8
    MISSES = 16
    PUTS = 24
    REFUSED = 32
    REMOVED = 40
    REPLACED = 48
    EVICTED = 56
    EXPIRED = 64
    RECOVERED = 72
    RESERVED = 80


class Cell:
    """A cell of a set: generation, tag, slot + 1."""

    COUNT = 8
    EMPTY = 0
    SLOTS_MAX = (1 << 24) - 1

    @staticmethod
    def of(slot: int, generation: int, key_hash: int) -> int:
        return generation << 32 | (key_hash >> 56) << 24 | (slot + 1)

    @staticmethod
    def slot(cell: int) -> int:
        return (cell & Cell.SLOTS_MAX) - 1

    @staticmethod
    def generation(cell: int) -> int:
        return cell >> 32

    @staticmethod
    def may_hold(cell: int, key_hash: int) -> bool:
        return cell != Cell.EMPTY and cell >> 24 & 0xFF == key_hash >> 56

    @staticmethod
    def refers_to(cell: int, slot: int, generation: int) -> bool:
        return Cell.slot(cell) == slot and cell >> 32 == generation


class Slot:
    """The head of an entry."""

    BYTES = 64
    WORD = 0
    HASH = 8
    LENGTHS = 16
    EXPIRES = 24
    FIRST_BLOCK = 32
    FREQUENCY = 40
    RESERVED = 48
    FREE = 0
    FILLING = 1
    LIVE = 2
    FREQUENCY_MAX = 3
    NEVER = 0

    @staticmethod
    def first_block(chain: list[int]) -> int:
        """Where an entry's bytes begin, and how many blocks after the first one lie behind it in a row."""
        if not chain:
            return 0
        row = 1
        while row < len(chain) and chain[row] == chain[0] + row:
            row += 1
        return row - 1 << 32 | (chain[0] + 1)

    @staticmethod
    def block(first_block: int) -> int:
        return (first_block & 0xFFFFFFFF) - 1

    @staticmethod
    def row(first_block: int) -> int:
        """How many blocks from the first one on lie in a row."""
        return (first_block >> 32) + 1

    @staticmethod
    def free(generation: int) -> int:
        return generation << 32

    @staticmethod
    def filling(generation: int, seat: int) -> int:
        return generation << 32 | (seat + 1) << 16 | Slot.FILLING

    @staticmethod
    def live(generation: int) -> int:
        return generation << 32 | Slot.LIVE

    @staticmethod
    def state(word: int) -> int:
        return word & 3

    @staticmethod
    def seat(word: int) -> int:
        return (word >> 16 & 0xFFFF) - 1

    @staticmethod
    def holds(word: int, generation: int) -> bool:
        return word >> 32 == generation and word & 3 != Slot.FREE

    @staticmethod
    def next_generation(word: int) -> int:
        generation = word >> 32
        return 1 if generation == _GENERATION_MAX else generation + 1


class Block:
    """The words of a block."""

    WORDS_BYTES = 16
    OWNER = 0
    NEXT = 8
    NEVER_USED = 0
    COUNT_MAX = (1 << 24) - 1
    BYTES_MIN = 32
    BYTES_MAX = 65536

    @staticmethod
    def owner(slot: int, generation: int) -> int:
        return generation << 32 | (slot + 1)

    @staticmethod
    def slot(owner: int) -> int:
        return (owner & 0xFFFFFFFF) - 1


class CacheGeometry(NamedTuple):
    """Where everything stands in a cache's region."""

    size: int
    seats: int
    sets: int
    slots: int
    blocks: int
    block_bytes: int
    entry_bytes_max: int

    @classmethod
    def of(cls, size: int, entry_size: int, seats: int) -> CacheGeometry:
        """The best that fits ``size`` bytes; the same in every language."""
        block = _block_bytes(entry_size)
        each = -(-entry_size // block)
        low, high = 0, min(Cell.SLOTS_MAX, Block.COUNT_MAX // each)
        while low < high:
            middle = (low + high + 1) >> 1
            if _end(seats, _sets(middle), middle, middle * each, block) <= size:
                low = middle
            else:
                high = middle - 1
        if low < _SLOTS_MIN:
            least = _end(seats, _sets(_SLOTS_MIN), _SLOTS_MIN, _SLOTS_MIN * each, block)
            raise ValueError(
                f"too little memory for a cache: size={size}, entry_size={entry_size}, seats={seats}, least={least}"
            )
        room = size - _end(seats, _sets(low), low, 0, block) - PAGE
        more = max(0, room) // (block + Block.WORDS_BYTES)
        blocks = min(max(more, low * each), Block.COUNT_MAX)
        entry_max = min((1 << 31) - 1 >> 1, blocks // _ENTRIES_MIN * block)
        return cls(size, seats, _sets(low), low, blocks, block, entry_max)

    @property
    def seats_offset(self) -> int:
        return CacheHeader.BYTES

    @property
    def sets_offset(self) -> int:
        return _sets_offset(self.seats)

    @property
    def slots_offset(self) -> int:
        return _slots_offset(self.seats, self.sets)

    @property
    def block_words_offset(self) -> int:
        return _block_words_offset(self.seats, self.sets, self.slots)

    @property
    def blocks_offset(self) -> int:
        return _blocks_offset(self.seats, self.sets, self.slots, self.blocks)

    def is_sound(self) -> bool:
        """Whether these numbers can be those of a cache; its tables lie inside its region then."""
        return (
            0 < self.seats <= 65535
            and self.sets > 0
            and self.sets & (self.sets - 1) == 0
            and 0 < self.slots <= Cell.SLOTS_MAX
            and 0 < self.blocks <= Block.COUNT_MAX
            and Block.BYTES_MIN <= self.block_bytes <= Block.BYTES_MAX
            and self.block_bytes & (self.block_bytes - 1) == 0
            and 0 < self.entry_bytes_max <= self.blocks * self.block_bytes
            and _end(self.seats, self.sets, self.slots, self.blocks, self.block_bytes) <= self.size
        )


def _block_bytes(entry_size: int) -> int:
    wanted = 1 << (max(1, entry_size // _BLOCKS_AN_ENTRY).bit_length() - 1)
    return min(max(wanted, 2 * Block.BYTES_MIN), _BLOCK_BYTES_DEFAULT_MAX)


def _sets(slots: int) -> int:
    least = -(-slots // _SLOTS_A_SET)
    return 1 if least <= 1 else 1 << (least - 1).bit_length()


def _aligned(offset: int) -> int:
    return -(-offset // PAGE) * PAGE


def _sets_offset(seats: int) -> int:
    return _aligned(CacheHeader.BYTES + seats * Seat.BYTES)


def _slots_offset(seats: int, sets: int) -> int:
    return _aligned(_sets_offset(seats) + sets * Cell.COUNT * 8)


def _block_words_offset(seats: int, sets: int, slots: int) -> int:
    return _aligned(_slots_offset(seats, sets) + slots * Slot.BYTES)


def _blocks_offset(seats: int, sets: int, slots: int, blocks: int) -> int:
    return _aligned(_block_words_offset(seats, sets, slots) + blocks * Block.WORDS_BYTES)


def _end(seats: int, sets: int, slots: int, blocks: int, block_bytes: int) -> int:
    return _blocks_offset(seats, sets, slots, blocks) + blocks * block_bytes


def key_hash(key: bytes, seed: int) -> int:
    """Eight bytes a multiplication, with a seed, its bits mixed at the end."""
    value = seed ^ len(key) * 0x9E3779B97F4A7C15 & MASK
    for start in range(0, len(key), 8):
        value = (value ^ int.from_bytes(key[start : start + 8], "little")) * 0xFF51AFD7ED558CCD & MASK
        value ^= value >> 32
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & MASK
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return value ^ value >> 33
