"""CRC-32C for headers, entries and events, and FNV-1a for names.

Made for entries of a kilobyte that are mostly zeros: a run of zero bytes costs a few table look-ups
however long it is, because appending zeros is a linear map of the register. Not meant for a
region's content: that is why this package offers no content checksums.
"""

from __future__ import annotations

from functools import lru_cache

_POLYNOMIAL = 0x82F63B78
_CHUNK = 32
_ZEROS = bytes(_CHUNK)


def _byte_step(register: int) -> int:
    for _ in range(8):
        register = register >> 1 ^ (_POLYNOMIAL if register & 1 else 0)
    return register


_TABLE = tuple(_byte_step(value) for value in range(256))


@lru_cache(maxsize=None)
def _zero_tables(doublings: int) -> tuple[tuple[int, ...], ...]:
    """Four tables, one a register byte, that append ``_CHUNK << doublings`` zero bytes."""
    if doublings == 0:
        return tuple(tuple(_append_chunk(value << shift) for value in range(256)) for shift in (0, 8, 16, 24))
    half = _zero_tables(doublings - 1)
    return tuple(
        tuple(_apply(half, _apply(half, value << shift)) for value in range(256)) for shift in (0, 8, 16, 24)
    )


def _append_chunk(register: int) -> int:
    for _ in range(_CHUNK):
        register = register >> 8 ^ _TABLE[register & 0xFF]
    return register


def _apply(tables: tuple[tuple[int, ...], ...], register: int) -> int:
    a, b, c, d = tables
    return a[register & 0xFF] ^ b[register >> 8 & 0xFF] ^ c[register >> 16 & 0xFF] ^ d[register >> 24]


def _append_zero_chunks(register: int, chunks: int) -> int:
    doublings = 0
    while chunks:
        if chunks & 1:
            register = _apply(_zero_tables(doublings), register)
        chunks >>= 1
        doublings += 1
    return register


def crc32c(data: bytes) -> int:
    """The CRC-32C (Castagnoli) of ``data``."""
    register = 0xFFFFFFFF
    table = _TABLE
    zero_chunks = 0
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        if chunk == _ZEROS:
            zero_chunks += 1
            continue
        if zero_chunks:
            register = _append_zero_chunks(register, zero_chunks)
            zero_chunks = 0
        for byte in chunk:
            register = register >> 8 ^ table[(register ^ byte) & 0xFF]
    return _append_zero_chunks(register, zero_chunks) ^ 0xFFFFFFFF


def fnv1a(data: bytes) -> int:
    """The 64-bit FNV-1a hash of ``data``; 1 where it would be 0."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value or 1
