"""The ring of events: what happened, readable even after everybody crashed."""

from __future__ import annotations

import os
import time

from . import _layout as layout
from ._checksum import crc32c
from ._control import Control
from ._layout import Catalog, Event
from ._types import EVENT_KINDS, SpaceEvent
from ._words import put_word, word_at


def cut(text: str, limit: int) -> bytes:
    """``text`` in UTF-8, cut to at most ``limit`` bytes between characters."""
    return text.encode(errors="replace")[:limit].decode(errors="ignore").encode()


def pack(at_ns: int, kind: int, actor: int, region: int, value: int, pid: int, text: str) -> bytes:
    """Bytes 8–127 of a record."""
    raw = bytearray(Event.BYTES)
    words = (at_ns, kind, actor, region, value & layout.MASK, pid)
    for offset, word in zip(range(Event.AT, Event.TEXT_LENGTH, 8), words):
        put_word(raw, offset, word)
    data = cut(text, Event.TEXT_BYTES)
    put_word(raw, Event.TEXT_LENGTH, len(data))
    raw[Event.TEXT : Event.TEXT + len(data)] = data
    put_word(raw, Event.CRC, crc32c(bytes(raw[Event.AT : Event.CRC])))
    return bytes(raw[Event.AT :])


def record(control: Control, actor: int, kind: int, region: int = 0, value: int = 0, text: str = "") -> None:
    """Appends a record; a writer that dies inside leaves one that nobody believes."""
    body = pack(time.time_ns(), kind, actor, region, value, os.getpid(), text)
    sequence = control.add_cell(Catalog.EVENTS_RECORDED, 1) + 1
    offset = control.event(sequence)
    control.words.set(offset, 0)
    control.words.write(offset + Event.AT, body)
    control.words.set(offset, sequence)


def read_all(control: Control) -> list[SpaceEvent]:
    """Every record that can be believed, oldest first."""
    last = control.cell(Catalog.EVENTS_RECORDED)
    found = []
    for sequence in range(max(1, last - control.events + 1), last + 1):
        offset = control.event(sequence)
        before = control.words.get(offset)
        raw = control.words.read(offset, Event.BYTES)
        if before != sequence or control.words.get(offset) != sequence:
            continue
        if word_at(raw, Event.CRC) == crc32c(raw[Event.AT : Event.CRC]):
            found.append(_parse(sequence, raw))
    return found


def _parse(sequence: int, raw: bytes) -> SpaceEvent:
    at_ns, kind, actor, region, value, pid, length = (
        word_at(raw, offset) for offset in range(Event.AT, Event.TEXT, 8)
    )
    return SpaceEvent(
        sequence,
        at_ns,
        EVENT_KINDS.get(kind, f"kind-{kind}"),
        actor,
        pid,
        layout.region_id(region) if region else None,
        value,
        raw[Event.TEXT : Event.TEXT + min(length, Event.TEXT_BYTES)].decode(errors="replace"),
    )
