"""The golden lock segment: written from the tables, read and written again byte for byte by each language.

``docs/layout/golden/lock-segment-1.0.bin`` has a JSON beside it as the control segment's has (see
``test_golden``). To write both anew after a change of the layout: ``HOLDFAST_GOLDEN_WRITE=1``.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import unittest

from holdfast import _layout, _locks, _locksegment
from holdfast import _locklayout as layout
from holdfast._locklayout import Context, Header, Lock, Owner, Wait
from holdfast._locks import Blueprint
from holdfast._locksegment import LockSegment
from holdfast._words import Words, word_at
from test_golden import GOLDEN, compare_listed

BINARY = GOLDEN / "lock-segment-1.0.bin"
DESCRIPTION = GOLDEN / "lock-segment-1.0.json"
INCARNATION = 0x1122334455667788
CREATED = 1_700_000_000_000_000_000
OWNER = _layout.handle(1, 3)
READER = _layout.handle(63, 0xFFFFFFFF)
LOCKS = (
    (Blueprint("index", Lock.MUTEX_KIND, Lock.STRICTLY_FAIR), 0),
    (Blueprint("table", Lock.READ_WRITE, Lock.READ_BIASED, 64), 0),
    (Blueprint("gpu", Lock.SEMAPHORE, 0, 3), 64),
    (Blueprint("index/condition", Lock.CONDITION, 0, 0, 0), 0),
)


def write_example() -> bytes:
    """A deterministic segment: a mutex owned and waited for, a read-write lock read, a semaphore half taken."""
    tables = layout.tables(64, 64, 5, 128)
    mapping = mmap.mmap(-1, tables.size)
    words = Words(mapping)
    words.write(0, _locksegment.format_header(tables, INCARNATION))
    segment = LockSegment(words, tables, "golden")
    for field, value in (
        (Header.HIGH_CONTEXT, 4), (Header.HIGH_LOCK, 4), (Header.TOKEN_FLOOR, 17), (Header.DEADLOCKS, 1),
        (Header.OWNERS_DIED, 2), (Header.TICKETS, 5), (Header.HIGH_PARTICIPANT, 64),
    ):  # fmt: skip
        words.set(field, value)
    for index, (wanted, first_cell) in enumerate(LOCKS):
        at = segment.lock(index)
        words.write(at, _locks.pack(wanted, first_cell, CREATED + index, 17))
        words.set(at + Lock.OPENERS, 1 << 63 | 2)
        words.set(at + Lock.STATE, Lock.pack_state(Lock.LIVE, index + 1))
    index = segment.lock(0)
    for offset, value in (
        (Lock.WORD, Owner.W | Owner.D | Owner.identity(2, OWNER)), (Lock.TOKEN, 42), (Lock.FAIR_AT, 5_000_000_000),
        (Lock.HELD_SINCE, 4_999_000_000), (Lock.HELD_SINCE_TOKEN, 42), (Lock.CONTENDED, 7), (Lock.HAND_OVERS, 6),
        (Lock.OWNERS_DIED, 2), (Lock.VICTIMS, 1), (Lock.TIMEOUTS, 3), (Lock.WAIT_NANOS, 123_456_789),
        (Lock.HOLD_NANOS, 987_654), (Lock.HOLDS_SAMPLED, 4), (Lock.WAIT_TIMES + 8 * layout.bucket(1_500_000), 7),
        (Lock.HOLD_TIMES + 8 * layout.bucket(200), 4),
    ):  # fmt: skip
        words.set(index + offset, value)
    words.set(segment.lock(1), Owner.X | Owner.identity(3, OWNER))
    words.set(segment.lock(2), Owner.W)
    words.set(segment.cell(63), READER)
    words.set(segment.cell(65), Owner.identity(2, OWNER))
    words.set(segment.doorbell(63), 9)
    waits = (Wait.pack(Wait.EXCLUSIVE, 0), Wait.G | Wait.pack(Wait.READ, Wait.P | 5 << 42 | 77))
    _write_context(segment, 2, OWNER, "owner", 0, 4, (Wait.pack(Wait.EXCLUSIVE, 0), Wait.pack(Wait.PERMIT, 2)))
    _write_context(segment, 3, OWNER, "waiter-é", waits[0], 7, (Wait.pack(Wait.EXCLUSIVE, 1),))
    words.set(segment.wait(1), waits[1])
    words.set(segment.context(1), Context.CLAIMING | READER)
    words.set(Header.READY, 1)
    return mapping[:]


def _write_context(segment: LockSegment, index: int, handle: int, label: str, wait: int, sequence: int, held: tuple[int, ...]) -> None:
    words, at, text = segment.words, segment.context(index), label.encode()
    for offset, value in (
        (Context.HANDLE, handle), (Context.PARK, Context.PARK_SLEEPS if wait else 0), (Context.SEQUENCE, sequence),
        (Context.SINCE, 4_999_500_000), (Context.PRIORITY, 2), (Context.AMOUNT, 1), (Context.CANCEL, 5),
        (Context.TICKET, 1 << 63 | 5), (Context.DEADLINE, 6_000_000_000), (Context.VICTIM, 1), (Context.THREAD, 4711),
        (Context.LABEL_LENGTH, len(text)), *((Context.HELD + 8 * place, word) for place, word in enumerate(held)),
    ):  # fmt: skip
        words.set(at + offset, value)
    words.write(at + Context.LABEL, text)
    words.set(segment.wait(index), wait)


def listed() -> list[dict[str, object]]:
    """What the document says about the example. Offsets are written out, not computed by the code under test."""
    first_lock, openers = 28672, 1 << 63 | 2
    return [
        {"offset": 0, "hex": b"HFLOCKS1".hex(), "what": "magic"},
        {"offset": 8, "words": [1, 0, 36864, INCARNATION], "what": "layout 1.0, size, incarnation"},
        {"offset": 40, "words": [64, 64, 5, 128], "what": "participants, contexts, locks, cells"},
        {"offset": 72, "words": [4096, 8192, 12288, 28672, 32768], "what": "starts of the tables"},
        {"offset": 120, "words": [1], "what": "ready"},
        {"offset": 192, "words": [4, 4, 17, 1, 2, 5, 64], "what": "high context to high participant"},
        {"offset": 4096 + 63 * 64, "words": [9], "what": "doorbell of participant 63"},
        {"offset": 8192, "words": [0, 0xCC0014000000004D, 0, 1 << 58], "what": "waits: context 1 granted to read a placed lock, context 3 for mutex 0"},
        {"offset": 12288 + 256, "words": [1 << 63 | 0xFFFFFFFF003F], "what": "context 1: being claimed by participant 63"},
        {"offset": 12288 + 512, "words": [0x30001, 0, 4, 4999500000, 2, 1, 5, 1 << 63 | 5, 6000000000, 1, 4711, 5], "what": "context 2: owner, waits for nothing"},
        {"offset": 12288 + 512 + 96, "hex": b"owner".hex(), "what": "context 2: label"},
        {"offset": 12288 + 512 + 128, "words": [1 << 58, 4 << 58 | 2, 0], "what": "context 2: held: mutex 0, permits of semaphore 2"},
        {"offset": 12288 + 768, "words": [0x30001, 1, 7], "what": "context 3: sleeps, wait sequence odd"},
        {"offset": 12288 + 768 + 88, "words": [9], "what": "context 3: length of label in bytes"},
        {"offset": 12288 + 768 + 128, "words": [1 << 58 | 1], "what": "context 3: held: read-write lock 1 exclusive"},
        {"offset": first_lock, "words": [0xC003000000030001, 42, 5000000000, 4999000000, 42, 0], "what": "mutex index: W, D, context 2 of participant 1; token, fair at, held since"},
        {"offset": first_lock + 64, "words": [1 << 32 | 1, 1, 1, 0, 0, CREATED, 0], "what": "mutex index: state, kind, strictly fair"},
        {"offset": first_lock + 128, "words": [5], "what": "mutex index: length of name"},
        {"offset": first_lock + 136, "hex": b"index".hex(), "what": "mutex index: name"},
        {"offset": first_lock + 256, "words": [7, 6, 2, 1, 3, 123456789, 987654, 4], "what": "mutex index: statistics"},
        {"offset": first_lock + 320, "words": [0] * 10 + [7] + [0] * 9 + [4], "what": "mutex index: waits of 1 to 2 ms; holds below 2 µs"},
        {"offset": first_lock + 640, "words": [openers, 0], "what": "mutex index: opened by participants 1 and 63"},
        {"offset": first_lock + 768, "words": [0x2004000000030001, 17], "what": "read-write lock table: X, context 3"},
        {"offset": first_lock + 768 + 64, "words": [2 << 32 | 1, 2, 2, 0, 64, CREATED + 1, 0], "what": "read-write lock table: read-biased, cells 0 to 63"},
        {"offset": first_lock + 1536, "words": [1 << 63], "what": "semaphore gpu: somebody waits"},
        {"offset": first_lock + 1536 + 64, "words": [3 << 32 | 1, 3, 0, 64, 3, CREATED + 2, 0], "what": "semaphore gpu: cells 64 to 66"},
        {"offset": first_lock + 2304 + 64, "words": [4 << 32 | 1, 4, 0, 0, 0, CREATED + 3, 0], "what": "condition index/condition of lock 0"},
        {"offset": first_lock + 3072, "words": [0] * 96, "what": "lock 4: never used"},
        {"offset": 32768 + 63 * 8, "words": [0xFFFFFFFF003F, 0, 0x3000000030001, 0], "what": "cells: participant 63 reads; permit 1 of 3 is context 2's"},
    ]  # fmt: skip


def compare_repacked(test: unittest.TestCase, raw: bytes) -> int:
    """Our reader understands the bytes and our writer writes the same; how many locks there were."""
    tables = _locksegment.check(raw[: Header.BYTES], len(raw), word_at(raw, Header.PARTICIPANTS), "golden")
    header = _locksegment.format_header(tables, word_at(raw, Header.INCARNATION))
    test.assertEqual(header[: Header.READY], raw[: Header.READY], "header")
    found = 0
    for index in range(word_at(raw, Header.HIGH_LOCK)):
        at = tables.locks_at + index * Lock.BYTES
        entry = raw[at : at + Lock.BYTES]
        if Lock.state(word_at(entry, Lock.STATE)) != Lock.LIVE:
            continue
        row, problem = _locks.parse(entry, index, at, tables.cells)
        test.assertIsNotNone(row, problem)
        wanted = Blueprint(row.name, row.kind, row.options, row.cells, row.mutex)
        packed = _locks.pack(wanted, row.first_cell, word_at(entry, Lock.CREATED), 0)
        test.assertEqual(packed[Lock.KIND : Lock.CONTENDED], entry[Lock.KIND : Lock.CONTENDED], row.name)
        found += 1
    return found


@unittest.skipIf(sys.byteorder != "little", "NOT RUN: the golden file is little-endian")
class LockGoldenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        if os.environ.get("HOLDFAST_GOLDEN_WRITE"):
            BINARY.write_bytes(write_example())
            lines = ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in listed())
            DESCRIPTION.write_text(f"[\n{lines}\n]\n", encoding="utf-8")

    def test_example_isAsTheDocumentSays(self) -> None:
        raw = write_example()
        compare_listed(self, raw, listed())
        self.assertEqual(len(LOCKS), compare_repacked(self, raw))
        self.assertEqual(raw, write_example())

    def test_goldenFiles_areAsDescribedAndWhatWeWrite(self) -> None:
        raw = BINARY.read_bytes()
        description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
        compare_listed(self, raw, description)
        self.assertEqual(listed(), description)
        self.assertEqual(len(LOCKS), compare_repacked(self, raw))
        self.assertEqual(write_example(), raw)

    def test_goldenFile_changed_isNoticed(self) -> None:
        raw = bytearray(BINARY.read_bytes())
        raw[28672 + Lock.NAME] ^= 1
        row, problem = _locks.parse(bytes(raw[28672 : 28672 + Lock.BYTES]), 0, 28672, 128)
        self.assertIsNone(row)
        self.assertIn("crc", problem)


if __name__ == "__main__":
    unittest.main()
