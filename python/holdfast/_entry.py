"""A region's entry as a private, checked value."""

from __future__ import annotations

import os
from typing import Callable, NamedTuple, Optional, Union

from . import _layout as layout
from ._checksum import crc32c
from ._control import Control
from ._layout import Region, State
from ._words import put_word, word_at
from .errors import Corrupted

POLICIES = {Region.AUTOMATIC: "automatic", Region.MANUAL: "manual", Region.REFERENCE_COUNTED: "reference-counted"}
BACKINGS = {Region.SHM: "shm", Region.FILE: "file"}
DEATHS = {Region.DEATH_KEEP: "keep", Region.DEATH_RETIRE: "retire", Region.DEATH_RESET: "reset"}


class Entry(NamedTuple):
    """The unchanging part of a region's entry."""

    size: int
    backing: int
    policy: int
    policy_ns: int
    mode: int
    options: int
    created_ns: int
    owner: int
    owner_pid: int
    owner_uid: int
    handle: int
    name: str
    path: str
    metadata: str

    @property
    def zero(self) -> bool:
        return bool(self.options & Region.OPTION_ZERO)

    @property
    def on_death(self) -> int:
        return self.options >> Region.DEATH_SHIFT & 0xFF

    @property
    def metadata_map(self) -> dict[str, str]:
        return dict(line.partition("=")[::2] for line in self.metadata.split("\n") if line)


_FIXED = (
    Region.SIZE,
    Region.BACKING,
    Region.POLICY,
    Region.POLICY_NANOS,
    Region.MODE,
    Region.OPTIONS,
    Region.CREATED,
    Region.OWNER,
    Region.OWNER_PID,
    Region.OWNER_UID,
    Region.HANDLE,
)


def pack(entry: Entry, last_access_ns: int) -> bytes:
    """The 1024 bytes of a new entry: statistics 0, CRC in place."""
    raw = bytearray(Region.BYTES)
    for offset, value in zip(_FIXED, entry):
        put_word(raw, offset, value)
    for text, length, start in (
        (entry.name.encode(), Region.NAME_LENGTH, Region.NAME),
        (os.fsencode(entry.path), Region.PATH_LENGTH, Region.PATH),
        (entry.metadata.encode(), Region.METADATA_LENGTH, Region.METADATA),
    ):
        put_word(raw, length, len(text))
        raw[start : start + len(text)] = text
    put_word(raw, Region.CRC, _crc(raw))
    put_word(raw, Region.LAST_ACCESS, last_access_ns)
    return bytes(raw)


def _crc(raw: Union[bytes, bytearray]) -> int:
    return crc32c(bytes(raw[: Region.FIXED_BYTES] + raw[Region.NAME :]))


def read(control: Control, slot: int, generation: int) -> Entry:
    """Copies and checks an entry; damage is :class:`Corrupted`."""
    raw = control.words.read(control.region(slot), Region.BYTES)
    handle = layout.handle(slot, generation)

    def damaged(field: str, found: object, expected: object) -> Corrupted:
        return Corrupted(
            f"region entry is damaged: object={control.what}, region={layout.region_id(handle)}, "
            f"{field}={found}, expected={expected}; something wrote over the control segment"
        )

    found = word_at(raw, Region.CRC)
    expected = _crc(raw)
    if found != expected:
        raise damaged("crc", hex(found), hex(expected))
    values = [word_at(raw, offset) for offset in _FIXED]
    entry = Entry(
        *values,
        name=_text(raw, Region.NAME_LENGTH, Region.NAME, Region.NAME_CHARS, damaged),
        path=_text(raw, Region.PATH_LENGTH, Region.PATH, Region.PATH_BYTES, damaged),
        metadata=_text(raw, Region.METADATA_LENGTH, Region.METADATA, Region.METADATA_BYTES, damaged),
    )
    if entry.handle != handle:
        raise damaged("handle", hex(entry.handle), hex(handle))
    if not 1 <= entry.size < 1 << 63:
        raise damaged("size", entry.size, "1 … 2^63-1")
    for field, value, known in (
        ("backing", entry.backing, BACKINGS),
        ("policy", entry.policy, POLICIES),
        ("on owner death", entry.on_death, DEATHS),
    ):
        if value not in known:
            raise damaged(field, value, sorted(known))
    if entry.backing == Region.FILE and not entry.path.startswith("/"):
        raise damaged("path", entry.path, "an absolute path")
    return entry


def _text(raw: bytes, length_at: int, start: int, limit: int, damaged: Callable[[str, object, object], Corrupted]) -> str:
    length = word_at(raw, length_at)
    if length > limit:
        raise damaged("text length", length, f"at most {limit}")
    return os.fsdecode(raw[start : start + length])


def peek(control: Control, slot: int) -> Optional[tuple[int, Entry]]:
    """A region's state word and entry without a hold; None if the slot is FREE or changed meanwhile.

    An entry does not change while its slot is not FREE, so one that stood between two readings of the
    same generation is whole; damage is then damage.
    """
    word = control.state(slot)
    while State.state(word) != State.FREE:
        try:
            return word, read(control, slot, State.generation(word))
        except Corrupted:
            again = control.state(slot)
            if State.generation(again) == State.generation(word) and State.state(again) != State.FREE:
                raise
            word = again
    return None
