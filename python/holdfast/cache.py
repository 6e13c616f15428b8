"""A cache that processes share, in Python and Java: fixed memory, eviction, time to live.

>>> with holdfast.open("web") as space, SharedCache.open_or_create(space, "pages", 64 << 20) as pages:
...     pages.put("/index", b"<html>...")
...     pages.get("/index")
"""

from __future__ import annotations

import os
import struct
import time
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional, Protocol, Union

from . import _layout as layout
from ._cachelayout import CacheGeometry, CacheHeader, Seat
from ._cachetable import CacheTable, CacheUsage
from ._checksum import crc32c
from ._region import Region
from ._words import Words, put_word, word_at
from .errors import Closed, LayoutMismatch, NameTaken, RegionNotFound

if TYPE_CHECKING:
    from ._space import Space

_MAKING_SECONDS = 10.0
_PAUSE_SECONDS = 0.001
_SECONDS_MAX = ((1 << 63) - 1) / 1e9


class Codec(Protocol):
    """Turns keys or values into bytes and back; equal keys must give equal bytes, different keys different ones.

    ``name`` is written into the cache and compared by everyone who opens it: 1 to 40 bytes of UTF-8.
    """

    name: str

    def encode(self, value: Any) -> bytes:
        """The bytes of a value."""

    def decode(self, data: bytes) -> Any:
        """The value of these bytes."""


class _Codec(NamedTuple):
    name: str
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


_CODECS = {
    "utf8": _Codec("utf8", str.encode, bytes.decode),
    "bytes": _Codec("bytes", lambda data: bytes(memoryview(data)), bytes),
    "int64": _Codec("int64", struct.Struct("<q").pack, lambda data: struct.unpack("<q", data)[0]),
}


class CacheStats(NamedTuple):
    """What was counted in a shared cache since it was made, by all processes together."""

    hits: int
    misses: int
    puts: int
    refused: int
    explicit: int
    replaced: int
    evicted: int
    expired: int
    recovered: int


class SharedCache:
    """A cache that processes share.

    Made by :meth:`open` and :meth:`open_or_create`. ``keys`` and ``values`` are ``"utf8"`` (``str``),
    ``"bytes"``, ``"int64"`` (``int``), or a :class:`Codec`.

    **Sharing.** Any thread of any process of the space, in Python and Java; lock-free. **Lifetime.** A
    context manager. The cache is a region, and goes when that goes. A process that is killed in the
    middle of a put leaves its half-made entry, which others give back; the key keeps the value it had.
    **Errors.** :class:`ValueError` for an entry that is larger than ``entry_bytes_max``,
    :class:`Closed` after it or its space was closed, :class:`LayoutMismatch` for a region that is not this cache.
    """

    def __init__(self, space: Space, region: Region, keys: Codec, values: Codec) -> None:
        words = Words(region._mapping())
        header = words.read(0, min(words.size, CacheHeader.BYTES))
        self._geometry = _check(region.name, header, words.size, keys, values)
        self._time_to_live_ns = word_at(header, CacheHeader.TIME_TO_LIVE)
        self._space = space
        self._region = region
        self._keys = keys
        self._values = values
        self._seated = 0
        table = CacheTable(
            words, self._geometry, word_at(header, CacheHeader.HASH_SEED), self._seat, self._living
        )
        self._tables = [table]  # emptied by close()
        self._seat()
        table.recover_dead()

    # ---- opening -------------------------------------------------------------------------------

    @classmethod
    def open(
        cls, space: Space, name: str, *, keys: Union[str, Codec] = "utf8", values: Union[str, Codec] = "bytes"
    ) -> SharedCache:
        """Opens a cache that exists, whatever its size.

        Raises :class:`RegionNotFound`, :class:`LayoutMismatch`.
        """
        codecs = _codec(keys), _codec(values)
        return cls._over(space, space.open(name, writable=True), *codecs)

    @classmethod
    def open_or_create(
        cls,
        space: Space,
        name: str,
        size: int = 16 << 20,
        *,
        entry_size: int = 512,
        time_to_live: Optional[float] = None,
        keys: Union[str, Codec] = "utf8",
        values: Union[str, Codec] = "bytes",
        policy: str = "reference-counted",
    ) -> SharedCache:
        """Opens the cache of that name, and makes it if there is none.

        Nobody finds one half-made: its region cannot be opened before its header stands in it, and goes if its
        maker dies before.

        ``size`` is all the memory it ever uses, in bytes. ``entry_size`` is that of a usual entry, key
        and value together; it decides how many entries there can be. ``time_to_live`` in seconds is
        for entries that are put without one; what a signed word of nanoseconds cannot count (292 years)
        is for ever. ``policy`` says when its region goes, as in :meth:`Space.create`.

        Raises :class:`LayoutMismatch` if there is a region of that name that is no cache, or not as asked, which is
        left as it is; or if who makes it lives but has not finished it in 10 s.
        """
        blueprint = _Blueprint(name, size, entry_size, _nanoseconds(time_to_live), _codec(keys), _codec(values), policy)
        deadline = time.monotonic() + _MAKING_SECONDS
        while True:
            try:
                region = space.open(name, writable=True)
                return cls._over(space, region, blueprint.keys, blueprint.values)._require_as(blueprint)
            except RegionNotFound:
                try:
                    return cls._create(space, blueprint)
                except NameTaken as last:
                    if time.monotonic() >= deadline:
                        raise LayoutMismatch(
                            f"cache could be neither opened nor made: waited={_MAKING_SECONDS} s; "
                            f"its maker lives but has not finished it: {last}"
                        ) from last
                    time.sleep(_PAUSE_SECONDS)  # somebody else was faster: then it can be opened soon

    @classmethod
    def _create(cls, space: Space, blueprint: _Blueprint) -> SharedCache:
        geometry = CacheGeometry.of(blueprint.size, blueprint.entry_size, space.limits.participants)
        stamp = struct.unpack("=QQ", os.urandom(16))
        header = pack_header(geometry, blueprint, stamp[0], time.time_ns(), stamp[1])

        def fill(view: memoryview) -> None:
            view[: CacheHeader.READY] = header
            view[CacheHeader.READY : CacheHeader.READY + 8] = struct.pack("=Q", 1)

        region = space.create(blueprint.name, blueprint.size, policy=blueprint.policy, fill=fill)
        return cls._over(space, region, blueprint.keys, blueprint.values)

    @classmethod
    def _over(cls, space: Space, region: Region, keys: Codec, values: Codec) -> SharedCache:
        try:
            return cls(space, region, keys, values)
        except BaseException:
            region.close()
            raise

    def _require_as(self, blueprint: _Blueprint) -> SharedCache:
        wanted = CacheGeometry.of(blueprint.size, blueprint.entry_size, self._geometry.seats)
        if (wanted, blueprint.time_to_live_ns) == (self._geometry, self._time_to_live_ns):
            return self
        self.close()
        raise LayoutMismatch(
            f"cache is another one: region={blueprint.name}, found={self._geometry}, wanted={wanted}, "
            f"time to live found={self._time_to_live_ns}, wanted={blueprint.time_to_live_ns}; "
            "open it as it is, or remove it"
        )

    # ---- use -----------------------------------------------------------------------------------

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of a key, or ``default`` if there is none or its time is over."""
        found = self._table().get(self._keys.encode(key))
        return default if found is None else self._values.decode(found)

    def put(self, key: Any, value: Any, time_to_live: Optional[float] = None) -> bool:
        """Sets the value of a key, for ``time_to_live`` seconds or the cache's own time.

        False if no room could be made, because others fill all of it right now; what the key had before
        is gone all the same.
        """
        nanoseconds = self._time_to_live_ns if time_to_live is None else _nanoseconds(time_to_live)
        return self._table().put(self._keys.encode(key), self._values.encode(value), nanoseconds)

    def remove(self, key: Any) -> bool:
        """Forgets a key; whether there was anything to forget."""
        return self._table().remove(self._keys.encode(key))

    def clear(self) -> None:
        """Forgets everything that is in it now."""
        self._table().clear()

    def handle(self, key: Any) -> Optional[int]:
        """Names the entry of a key, this one and no later one; None if there is none."""
        return self._table().handle(self._keys.encode(key)) or None

    def get_by_handle(self, handle: int, default: Any = None) -> Any:
        """The value of that very entry, without looking for its key; ``default`` if it is gone."""
        found = self._table().get_handle(handle)
        return default if found is None else self._values.decode(found)

    def sweep(self) -> int:
        """Gives back what the dead left half-made and what has expired, now; how many entries went."""
        return self._table().sweep()

    def __contains__(self, key: object) -> bool:
        return self._table().handle(self._keys.encode(key)) != 0

    # ---- what it is ----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name of its region."""
        return self._region.name

    @property
    def entry_bytes_max(self) -> int:
        """The largest entry it takes, bytes of key and value together."""
        return self._geometry.entry_bytes_max

    def stats(self) -> CacheStats:
        """What was counted since it was made, by all processes together."""
        total = self._table().total
        return CacheStats(
            hits=total(Seat.HITS),
            misses=total(Seat.MISSES),
            puts=total(Seat.PUTS),
            refused=total(Seat.REFUSED),
            explicit=total(Seat.REMOVED),
            replaced=total(Seat.REPLACED),
            evicted=total(Seat.EVICTED),
            expired=total(Seat.EXPIRED),
            recovered=total(Seat.RECOVERED),
        )

    def usage(self) -> CacheUsage:
        """How full it is; looks at every slot and block."""
        return self._table().usage()

    def close(self) -> None:
        """Closes this view; the cache stays for the others. The second call does nothing."""
        self._tables.clear()  # unpins the mapping
        self._region.close()

    def __enter__(self) -> SharedCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SharedCache({self.name!r}, {self._keys.name} -> {self._values.name})"

    # ---- inside --------------------------------------------------------------------------------

    def _table(self) -> CacheTable:
        if not self._region.closed:
            try:
                return self._tables[0]
            except IndexError:
                pass  # closed just now
        raise Closed(f"cache or its space is closed: region={self.name}; open it again")

    def _seat(self) -> int:
        """One's seat, taken if this is another participant than before: a fork makes one."""
        handle = self._space._member.handle
        seat = layout.handle_slot(handle)
        if handle != self._seated:
            if seat >= self._geometry.seats:
                raise LayoutMismatch(
                    f"cache has no seat for this participant: region={self.name}, seats={self._geometry.seats}, "
                    f"slot={seat}; it was made when the space had lower limits, remove and make it again"
                )
            self._table().take_seat(seat, handle)
            self._seated = handle
        return seat

    def _living(self) -> set[int]:
        return {participant.handle for participant in self._space.participants() if participant.alive}


class _Blueprint(NamedTuple):
    name: str
    size: int
    entry_size: int
    time_to_live_ns: int
    keys: Codec
    values: Codec
    policy: str


def pack_header(
    geometry: CacheGeometry, blueprint: _Blueprint, incarnation: int, created_ns: int, seed: int
) -> bytes:
    """The bytes of the header up to the ready word."""
    raw = bytearray(CacheHeader.READY)
    raw[CacheHeader.MAGIC : CacheHeader.MAGIC + 8] = CacheHeader.MAGIC_BYTES
    for offset, value in (
        (CacheHeader.MAJOR, CacheHeader.MAJOR_VERSION),
        (CacheHeader.MINOR, CacheHeader.MINOR_VERSION),
        (CacheHeader.BYTE_ORDER, CacheHeader.BYTE_ORDER_MARK),
        (CacheHeader.INCARNATION, incarnation),
        (CacheHeader.CREATED, created_ns),
        (CacheHeader.HASH_SEED, seed),
        (CacheHeader.TIME_TO_LIVE, blueprint.time_to_live_ns),
        *_geometry_words(geometry),
    ):
        put_word(raw, offset, value)
    for length_at, at, name in (
        (CacheHeader.KEY_CODEC_LENGTH, CacheHeader.KEY_CODEC, blueprint.keys.name),
        (CacheHeader.VALUE_CODEC_LENGTH, CacheHeader.VALUE_CODEC, blueprint.values.name),
    ):
        encoded = name.encode()
        put_word(raw, length_at, len(encoded))
        raw[at : at + len(encoded)] = encoded
    put_word(raw, CacheHeader.CRC, crc32c(bytes(raw[: CacheHeader.CRC])))
    return bytes(raw)


def _geometry_words(geometry: CacheGeometry) -> list[tuple[int, int]]:
    return [
        (CacheHeader.SIZE, geometry.size),
        (CacheHeader.SEATS, geometry.seats),
        (CacheHeader.SETS, geometry.sets),
        (CacheHeader.SLOTS, geometry.slots),
        (CacheHeader.BLOCKS, geometry.blocks),
        (CacheHeader.BLOCK_BYTES, geometry.block_bytes),
        (CacheHeader.ENTRY_BYTES_MAX, geometry.entry_bytes_max),
        (CacheHeader.SEATS_OFFSET, geometry.seats_offset),
        (CacheHeader.SETS_OFFSET, geometry.sets_offset),
        (CacheHeader.SLOTS_OFFSET, geometry.slots_offset),
        (CacheHeader.BLOCK_WORDS_OFFSET, geometry.block_words_offset),
        (CacheHeader.BLOCKS_OFFSET, geometry.blocks_offset),
    ]


def _check(region: str, raw: bytes, size: int, keys: Codec, values: Codec) -> CacheGeometry:
    """The geometry in a header that is that of this cache."""

    def require(what: str, found: object, expected: object, hint: str) -> None:
        if found != expected:
            raise LayoutMismatch(
                f"region is not the cache it is opened as: region={region}, {what}={found!r}, "
                f"expected={expected!r}; {hint}"
            )

    require("room for a header", len(raw) == CacheHeader.BYTES, True, "the region is something else")
    magic = raw[CacheHeader.MAGIC : CacheHeader.MAGIC + 8]
    require("magic", magic, CacheHeader.MAGIC_BYTES, "the region is something else")
    require("layout", word_at(raw, CacheHeader.MAJOR), CacheHeader.MAJOR_VERSION, "created by another version")
    checksum = crc32c(raw[: CacheHeader.CRC])
    require("checksum", word_at(raw, CacheHeader.CRC), checksum, "its header is damaged")
    require("required features", word_at(raw, CacheHeader.REQUIRED), 0, "created by a newer version")
    order = word_at(raw, CacheHeader.BYTE_ORDER)
    require("byte order", order, CacheHeader.BYTE_ORDER_MARK, "of another machine")
    require("bytes", word_at(raw, CacheHeader.SIZE), size, "it was resized")
    require("ready", word_at(raw, CacheHeader.READY), 1, "its maker never finished it")
    geometry = CacheGeometry(
        size,
        word_at(raw, CacheHeader.SEATS),
        word_at(raw, CacheHeader.SETS),
        word_at(raw, CacheHeader.SLOTS),
        word_at(raw, CacheHeader.BLOCKS),
        word_at(raw, CacheHeader.BLOCK_BYTES),
        word_at(raw, CacheHeader.ENTRY_BYTES_MAX),
    )
    sound = geometry.is_sound() and all(word_at(raw, at) == value for at, value in _geometry_words(geometry))
    require("tables inside", sound, True, "its header makes no sense")
    hint = "open it with its codecs"
    require("keys", _name(raw, CacheHeader.KEY_CODEC_LENGTH, CacheHeader.KEY_CODEC), keys.name, hint)
    require("values", _name(raw, CacheHeader.VALUE_CODEC_LENGTH, CacheHeader.VALUE_CODEC), values.name, hint)
    return geometry


def _name(raw: bytes, length_at: int, at: int) -> str:
    length = min(word_at(raw, length_at), CacheHeader.CODEC_NAME_BYTES)
    return raw[at : at + length].decode(errors="replace")


def _codec(codec: Union[str, Codec]) -> Codec:
    found = _CODECS.get(codec) if isinstance(codec, str) else codec
    if found is None:
        raise ValueError(f"no such codec: codec={codec!r}; one of {', '.join(_CODECS)}, or a Codec")
    if not 1 <= len(found.name.encode()) <= CacheHeader.CODEC_NAME_BYTES:
        raise ValueError(f"a codec's name has 1 to {CacheHeader.CODEC_NAME_BYTES} bytes: name={found.name!r}")
    return found


def _nanoseconds(seconds: Optional[float]) -> int:
    """Of a time to live; 0 is for ever, and so is what a signed word cannot count."""
    if seconds is None:
        return 0
    if not seconds > 0:  # nor is what is no number
        raise ValueError(f"a time to live is positive: seconds={seconds}")
    if seconds >= _SECONDS_MAX:
        return 0
    return max(1, round(seconds * 1e9))
