"""Atomic access to the aligned 64-bit words of a mapping, through libatomic."""

from __future__ import annotations

import ctypes
import mmap
import struct
from typing import Any

from ._layout import MASK
from .errors import HoldfastError

_SEQ_CST = 5
_U64 = ctypes.c_uint64


def _load_library() -> Any:
    try:
        # PyDLL keeps the interpreter lock: the calls take nanoseconds, giving it up would cost more.
        return ctypes.PyDLL("libatomic.so.1")
    except OSError as cause:
        raise HoldfastError(
            f"atomic operations are missing: library=libatomic.so.1, cause={cause}; "
            "install the package libatomic1 (Debian, Ubuntu) or libatomic (Fedora, Alpine)"
        ) from cause


def _function(library: Any, name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
    return function


_library = _load_library()
_load = _function(_library, "__atomic_load_8", _U64, ctypes.c_void_p, ctypes.c_int)
_store = _function(_library, "__atomic_store_8", None, ctypes.c_void_p, _U64, ctypes.c_int)
_exchange = _function(
    _library, "__atomic_compare_exchange_8", ctypes.c_bool,
    ctypes.c_void_p, ctypes.c_void_p, _U64, ctypes.c_int, ctypes.c_int,
)  # fmt: skip
_or = _function(_library, "__atomic_fetch_or_8", _U64, ctypes.c_void_p, _U64, ctypes.c_int)
_and = _function(_library, "__atomic_fetch_and_8", _U64, ctypes.c_void_p, _U64, ctypes.c_int)
_add = _function(_library, "__atomic_fetch_add_8", _U64, ctypes.c_void_p, _U64, ctypes.c_int)
_fence = _function(_library, "atomic_thread_fence", None, ctypes.c_int)

_fence = _function(_library, "atomic_thread_fence", None, ctypes.c_int)


def fence() -> None:
    """Nothing that is read or written above is read or written below it, nor the other way."""
    _fence(_SEQ_CST)


class Words:
    """The words of one writable mapping; values are unsigned.

    **Sharing.** Any thread and any process that maps the same object. The mapping lives as long as
    this object and is never closed under a caller. **Memory effects.** ``get`` … ``add`` are
    sequentially consistent; ``read`` and ``write`` are plain and ordered by the words around them.
    **Errors.** Out of bounds or misaligned is :class:`IndexError`, before memory is touched.
    """

    __slots__ = ("_base", "_mapping", "_pin", "size")

    def __init__(self, mapping: mmap.mmap) -> None:
        self._mapping = mapping
        self._pin = ctypes.c_char.from_buffer(mapping)  # the mapping cannot be closed while it is pinned
        self._base = ctypes.addressof(self._pin)
        self.size = len(mapping)

    def _address(self, offset: int) -> int:
        if offset & 7 or not 0 <= offset <= self.size - 8:
            raise IndexError(f"no word here: offset={offset}, size={self.size}")
        return self._base + offset

    def get(self, offset: int) -> int:
        """Reads a word."""
        return _load(self._address(offset), _SEQ_CST)

    def set(self, offset: int, value: int) -> None:
        """Writes a word."""
        _store(self._address(offset), value, _SEQ_CST)

    def compare_and_set(self, offset: int, expected: int, update: int) -> bool:
        """Writes ``update`` if the word holds ``expected``; whether it did."""
        found = _U64(expected)
        return _exchange(self._address(offset), ctypes.addressof(found), update, _SEQ_CST, _SEQ_CST)

    def fetch_or(self, offset: int, bits: int) -> int:
        """Sets bits; the word as it was before."""
        return _or(self._address(offset), bits, _SEQ_CST)

    def fetch_and(self, offset: int, mask: int) -> int:
        """Keeps only the bits of ``mask``; the word as it was before."""
        return _and(self._address(offset), mask & MASK, _SEQ_CST)

    def fetch_add(self, offset: int, delta: int) -> int:
        """Adds, modulo 2⁶⁴; the word as it was before."""
        return _add(self._address(offset), delta & MASK, _SEQ_CST)

    def fence(self) -> None:
        """Nothing moves across it: what is read plainly afterwards is no older than what was done before."""
        _fence(_SEQ_CST)

    def address(self, offset: int) -> int:
        """Where a word stands in this process: for the kernel, never for shared memory."""
        return self._address(offset)

    def read(self, offset: int, length: int) -> bytes:
        """A private copy of ``length`` bytes."""
        self._check_span(offset, length)
        return self._mapping[offset : offset + length]

    def write(self, offset: int, data: bytes) -> None:
        """Writes bytes."""
        self._check_span(offset, len(data))
        self._mapping[offset : offset + len(data)] = data

    def _check_span(self, offset: int, length: int) -> None:
        if length < 0 or not 0 <= offset <= self.size - length:
            raise IndexError(f"no such bytes: offset={offset}, length={length}, size={self.size}")


def word_at(raw: bytes, offset: int) -> int:
    """The word at ``offset`` of a private copy."""
    return struct.unpack_from("=Q", raw, offset)[0]


def put_word(raw: bytearray, offset: int, value: int) -> None:
    """Writes a word into a private copy."""
    struct.pack_into("=Q", raw, offset, value)
